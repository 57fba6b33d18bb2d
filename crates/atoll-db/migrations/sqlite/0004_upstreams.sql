-- What upstreams said.

CREATE TABLE upstream_documents (
    upstream   TEXT    NOT NULL,
    path       TEXT    NOT NULL,
    status     INTEGER NOT NULL,
    body       BLOB    NOT NULL,
    fetched_at INTEGER NOT NULL,
    PRIMARY KEY (upstream, path)
) STRICT;

-- Signing keys: 'registered' by the owner of a namespace here, or 'seen' at an upstream.
CREATE TABLE namespace_keys (
    host       TEXT    NOT NULL,
    namespace  TEXT    NOT NULL,
    key_id     TEXT    NOT NULL,
    armored    TEXT    NOT NULL,
    role       TEXT    NOT NULL CHECK (role IN ('registered', 'seen')),
    created_at INTEGER NOT NULL,
    PRIMARY KEY (host, namespace, key_id)
) STRICT;
