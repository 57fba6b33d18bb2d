-- What upstreams said.

CREATE TABLE upstream_documents (
    upstream TEXT COLLATE "C" NOT NULL,
    path TEXT COLLATE "C" NOT NULL,
    status BIGINT NOT NULL,
    body BYTEA NOT NULL,
    fetched_at BIGINT NOT NULL,
    PRIMARY KEY (upstream, path)
);

-- Signing keys: 'registered' by the owner of a namespace here, or 'seen' at an upstream.
CREATE TABLE namespace_keys (
    host TEXT COLLATE "C" NOT NULL,
    namespace TEXT COLLATE "C" NOT NULL,
    key_id TEXT COLLATE "C" NOT NULL,
    armored TEXT COLLATE "C" NOT NULL,
    role TEXT COLLATE "C" NOT NULL CHECK (role IN ('registered', 'seen')),
    created_at BIGINT NOT NULL,
    PRIMARY KEY (host, namespace, key_id)
);
