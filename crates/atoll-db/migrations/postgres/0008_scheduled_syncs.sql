-- Scheduled syncs that some server took on and did not finish yet: one that dies leaves its own to others.

CREATE TABLE scheduled_syncs (
    upstream TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    taken_at BIGINT NOT NULL,
    -- How often it was begun: what does not come to its end is given up.
    attempts BIGINT NOT NULL
);
