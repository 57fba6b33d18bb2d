-- Scheduled syncs that some server took on and did not finish yet: one that dies leaves its own to others.

CREATE TABLE scheduled_syncs (
    upstream TEXT    NOT NULL PRIMARY KEY,
    taken_at INTEGER NOT NULL,
    -- How often it was begun: what does not come to its end is given up.
    attempts INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
