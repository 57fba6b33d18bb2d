-- The projection of provider repositories: what the Terraform views read. `atoll reindex` makes it anew from the store.

CREATE TABLE provider_versions (
    repository_id BIGINT NOT NULL,
    version TEXT COLLATE "C" NOT NULL,
    tag TEXT COLLATE "C" NOT NULL,
    index_digest TEXT COLLATE "C" NOT NULL,
    proof TEXT COLLATE "C" NOT NULL CHECK (proof IN ('signed', 'unsigned', 'hashed', 'own')),
    origin TEXT COLLATE "C" NOT NULL CHECK (origin IN ('published', 'mirrored', 'imported', 'pushed')),
    -- A JSON list of protocol versions.
    protocols TEXT COLLATE "C" NOT NULL,
    -- The manifest of the referrer with sums, signature and keys.
    proof_digest TEXT COLLATE "C",
    captured_at BIGINT NOT NULL,
    PRIMARY KEY (repository_id, version),
    -- Without its tag there is no version. Checked at commit, so that tag and version may be written in either order.
    FOREIGN KEY (repository_id, tag) REFERENCES tags (repository_id, name)
        ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX provider_versions_tag ON provider_versions (repository_id, tag);

CREATE TABLE provider_platforms (
    repository_id BIGINT NOT NULL,
    version TEXT COLLATE "C" NOT NULL,
    os TEXT COLLATE "C" NOT NULL,
    arch TEXT COLLATE "C" NOT NULL,
    manifest_digest TEXT COLLATE "C" NOT NULL,
    zip_digest TEXT COLLATE "C" NOT NULL,
    zip_size BIGINT NOT NULL CHECK (zip_size >= 0),
    file_name TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (repository_id, version, os, arch),
    FOREIGN KEY (repository_id, version) REFERENCES provider_versions (repository_id, version) ON DELETE CASCADE
);
CREATE INDEX provider_platforms_zip ON provider_platforms (zip_digest);

-- What was computed from bytes once and holds for ever, even after the bytes are gone.
CREATE TABLE blob_facts (
    digest TEXT COLLATE "C" NOT NULL,
    fact TEXT COLLATE "C" NOT NULL CHECK (fact IN ('h1')),
    value TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (digest, fact)
);
