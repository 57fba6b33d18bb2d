-- The store: repositories, and the content that they link. Content is kept once, whoever links it.
-- Times are microseconds since 1970. STRICT, because SQLite would otherwise put any value into any column.

CREATE TABLE repositories (
    id             INTEGER PRIMARY KEY,
    name           TEXT    NOT NULL UNIQUE,
    visibility     TEXT    NOT NULL CHECK (visibility IN ('private', 'public')),
    immutable_tags INTEGER NOT NULL CHECK (immutable_tags IN (0, 1)),
    -- Grows with every commit that changes what the repository answers: what a cache compares.
    generation     INTEGER NOT NULL DEFAULT 0,
    created_at     INTEGER NOT NULL
) STRICT;

-- Bytes that the blob store holds ('held'), or that it can fetch from an origin ('lazy').
CREATE TABLE blobs (
    digest       TEXT    NOT NULL PRIMARY KEY,
    size         INTEGER NOT NULL CHECK (size >= 0),
    state        TEXT    NOT NULL CHECK (state IN ('held', 'lazy')),
    -- Until then nobody collects it, referenced or not.
    lease_until  INTEGER NOT NULL,
    created_at   INTEGER NOT NULL,
    -- Hidden since then; the bytes go after a second look.
    condemned_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX blobs_condemned ON blobs (condemned_at) WHERE condemned_at IS NOT NULL;

CREATE TABLE blob_origins (
    digest    TEXT    NOT NULL REFERENCES blobs (digest) ON DELETE CASCADE,
    upstream  TEXT    NOT NULL,
    locator   TEXT    NOT NULL,
    learnt_at INTEGER NOT NULL,
    PRIMARY KEY (digest, upstream)
) STRICT, WITHOUT ROWID;
CREATE INDEX blob_origins_upstream ON blob_origins (upstream, digest);

-- Which repositories a blob may be read through.
CREATE TABLE repository_blobs (
    repository_id INTEGER NOT NULL REFERENCES repositories (id),
    digest        TEXT    NOT NULL REFERENCES blobs (digest) ON DELETE CASCADE,
    linked_at     INTEGER NOT NULL,
    PRIMARY KEY (repository_id, digest)
) STRICT, WITHOUT ROWID;
CREATE INDEX repository_blobs_digest ON repository_blobs (digest);

CREATE TABLE manifests (
    digest        TEXT    NOT NULL PRIMARY KEY,
    media_type    TEXT    NOT NULL,
    size          INTEGER NOT NULL CHECK (size >= 0),
    body          BLOB    NOT NULL,
    artifact_type TEXT,
    subject       TEXT,
    annotations   TEXT,
    created_at    INTEGER NOT NULL
) STRICT;

-- A blob's row outlives every manifest that names it: the key forbids the contrary.
CREATE TABLE manifest_blobs (
    manifest_digest TEXT NOT NULL REFERENCES manifests (digest) ON DELETE CASCADE,
    blob_digest     TEXT NOT NULL REFERENCES blobs (digest),
    PRIMARY KEY (manifest_digest, blob_digest)
) STRICT, WITHOUT ROWID;
CREATE INDEX manifest_blobs_blob ON manifest_blobs (blob_digest);

-- No key on the child: an index may name platforms that are not here.
CREATE TABLE manifest_children (
    manifest_digest TEXT NOT NULL REFERENCES manifests (digest) ON DELETE CASCADE,
    child_digest    TEXT NOT NULL,
    PRIMARY KEY (manifest_digest, child_digest)
) STRICT, WITHOUT ROWID;
CREATE INDEX manifest_children_child ON manifest_children (child_digest);

-- The subject is repeated here, because referrers are asked for by repository.
CREATE TABLE repository_manifests (
    repository_id INTEGER NOT NULL REFERENCES repositories (id),
    digest        TEXT    NOT NULL REFERENCES manifests (digest),
    subject       TEXT,
    pushed_at     INTEGER NOT NULL,
    PRIMARY KEY (repository_id, digest)
) STRICT, WITHOUT ROWID;
CREATE INDEX repository_manifests_subject ON repository_manifests (repository_id, subject, digest);
CREATE INDEX repository_manifests_digest ON repository_manifests (digest);

-- A tag points at a manifest that its own repository links.
CREATE TABLE tags (
    repository_id INTEGER NOT NULL,
    name          TEXT    NOT NULL,
    digest        TEXT    NOT NULL,
    updated_at    INTEGER NOT NULL,
    PRIMARY KEY (repository_id, name),
    FOREIGN KEY (repository_id, digest) REFERENCES repository_manifests (repository_id, digest)
) STRICT, WITHOUT ROWID;
CREATE INDEX tags_digest ON tags (repository_id, digest);

-- A deleted version, which only the same bytes may bring back.
CREATE TABLE tombstones (
    repository_id INTEGER NOT NULL REFERENCES repositories (id),
    tag           TEXT    NOT NULL,
    digest        TEXT    NOT NULL,
    deleted_at    INTEGER NOT NULL,
    PRIMARY KEY (repository_id, tag)
) STRICT, WITHOUT ROWID;
