-- The projection of provider repositories: what the Terraform views read. `atoll reindex` makes it anew from the store.

CREATE TABLE provider_versions (
    repository_id INTEGER NOT NULL,
    version       TEXT    NOT NULL,
    tag           TEXT    NOT NULL,
    index_digest  TEXT    NOT NULL,
    proof         TEXT    NOT NULL CHECK (proof IN ('signed', 'unsigned', 'hashed', 'own')),
    origin        TEXT    NOT NULL CHECK (origin IN ('published', 'mirrored', 'imported', 'pushed')),
    -- A JSON list of protocol versions.
    protocols     TEXT    NOT NULL,
    -- The manifest of the referrer with sums, signature and keys.
    proof_digest  TEXT,
    captured_at   INTEGER NOT NULL,
    PRIMARY KEY (repository_id, version),
    -- Without its tag there is no version. Checked at commit, so that tag and version may be written in either order.
    FOREIGN KEY (repository_id, tag) REFERENCES tags (repository_id, name)
        ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED
) STRICT, WITHOUT ROWID;
CREATE INDEX provider_versions_tag ON provider_versions (repository_id, tag);

CREATE TABLE provider_platforms (
    repository_id   INTEGER NOT NULL,
    version         TEXT    NOT NULL,
    os              TEXT    NOT NULL,
    arch            TEXT    NOT NULL,
    manifest_digest TEXT    NOT NULL,
    zip_digest      TEXT    NOT NULL,
    zip_size        INTEGER NOT NULL CHECK (zip_size >= 0),
    file_name       TEXT    NOT NULL,
    PRIMARY KEY (repository_id, version, os, arch),
    FOREIGN KEY (repository_id, version) REFERENCES provider_versions (repository_id, version) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX provider_platforms_zip ON provider_platforms (zip_digest);

-- What was computed from bytes once and holds for ever, even after the bytes are gone.
CREATE TABLE blob_facts (
    digest TEXT NOT NULL,
    fact   TEXT NOT NULL CHECK (fact IN ('h1')),
    value  TEXT NOT NULL,
    PRIMARY KEY (digest, fact)
) STRICT, WITHOUT ROWID;
