-- The store: repositories, and the content that they link. Content is kept once, whoever links it.
-- Times are microseconds since 1970. Names are compared and paged by their bytes: COLLATE "C", whatever the database's own collation is.

-- Lists are passed as one JSON parameter. SQLite has this function; with it here, both speak the same SQL.
CREATE FUNCTION json_each(list TEXT) RETURNS TABLE (value TEXT) LANGUAGE sql IMMUTABLE
    AS $$ SELECT * FROM pg_catalog.json_array_elements_text(list::json) $$;

CREATE TABLE repositories (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name TEXT COLLATE "C" NOT NULL UNIQUE,
    visibility TEXT COLLATE "C" NOT NULL CHECK (visibility IN ('private', 'public')),
    immutable_tags BOOLEAN NOT NULL,
    -- Grows with every commit that changes what the repository answers: what a cache compares.
    generation BIGINT NOT NULL DEFAULT 0,
    created_at BIGINT NOT NULL
);

-- Bytes that the blob store holds ('held'), or that it can fetch from an origin ('lazy').
CREATE TABLE blobs (
    digest TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    size BIGINT NOT NULL CHECK (size >= 0),
    state TEXT COLLATE "C" NOT NULL CHECK (state IN ('held', 'lazy')),
    -- Until then nobody collects it, referenced or not.
    lease_until BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    -- Hidden since then; the bytes go after a second look.
    condemned_at BIGINT
);
CREATE INDEX blobs_condemned ON blobs (condemned_at) WHERE condemned_at IS NOT NULL;

CREATE TABLE blob_origins (
    digest TEXT COLLATE "C" NOT NULL REFERENCES blobs (digest) ON DELETE CASCADE,
    upstream TEXT COLLATE "C" NOT NULL,
    locator TEXT COLLATE "C" NOT NULL,
    learnt_at BIGINT NOT NULL,
    PRIMARY KEY (digest, upstream)
);
CREATE INDEX blob_origins_upstream ON blob_origins (upstream, digest);

-- Which repositories a blob may be read through.
CREATE TABLE repository_blobs (
    repository_id BIGINT NOT NULL REFERENCES repositories (id),
    digest TEXT COLLATE "C" NOT NULL REFERENCES blobs (digest) ON DELETE CASCADE,
    linked_at BIGINT NOT NULL,
    PRIMARY KEY (repository_id, digest)
);
CREATE INDEX repository_blobs_digest ON repository_blobs (digest);

CREATE TABLE manifests (
    digest TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    media_type TEXT COLLATE "C" NOT NULL,
    size BIGINT NOT NULL CHECK (size >= 0),
    body BYTEA NOT NULL,
    artifact_type TEXT COLLATE "C",
    subject TEXT COLLATE "C",
    annotations TEXT COLLATE "C",
    created_at BIGINT NOT NULL
);

-- A blob's row outlives every manifest that names it: the key forbids the contrary.
CREATE TABLE manifest_blobs (
    manifest_digest TEXT COLLATE "C" NOT NULL REFERENCES manifests (digest) ON DELETE CASCADE,
    blob_digest TEXT COLLATE "C" NOT NULL REFERENCES blobs (digest),
    PRIMARY KEY (manifest_digest, blob_digest)
);
CREATE INDEX manifest_blobs_blob ON manifest_blobs (blob_digest);

-- No key on the child: an index may name platforms that are not here.
CREATE TABLE manifest_children (
    manifest_digest TEXT COLLATE "C" NOT NULL REFERENCES manifests (digest) ON DELETE CASCADE,
    child_digest TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (manifest_digest, child_digest)
);
CREATE INDEX manifest_children_child ON manifest_children (child_digest);

-- The subject is repeated here, because referrers are asked for by repository.
CREATE TABLE repository_manifests (
    repository_id BIGINT NOT NULL REFERENCES repositories (id),
    digest TEXT COLLATE "C" NOT NULL REFERENCES manifests (digest),
    subject TEXT COLLATE "C",
    pushed_at BIGINT NOT NULL,
    PRIMARY KEY (repository_id, digest)
);
CREATE INDEX repository_manifests_subject ON repository_manifests (repository_id, subject, digest);
CREATE INDEX repository_manifests_digest ON repository_manifests (digest);

-- A tag points at a manifest that its own repository links.
CREATE TABLE tags (
    repository_id BIGINT NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    digest TEXT COLLATE "C" NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (repository_id, name),
    FOREIGN KEY (repository_id, digest) REFERENCES repository_manifests (repository_id, digest)
);
CREATE INDEX tags_digest ON tags (repository_id, digest);

-- A deleted version, which only the same bytes may bring back.
CREATE TABLE tombstones (
    repository_id BIGINT NOT NULL REFERENCES repositories (id),
    tag TEXT COLLATE "C" NOT NULL,
    digest TEXT COLLATE "C" NOT NULL,
    deleted_at BIGINT NOT NULL,
    PRIMARY KEY (repository_id, tag)
);
