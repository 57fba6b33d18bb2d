-- The projection of module repositories: what the Terraform views read. `atoll reindex` makes it anew from the store.

CREATE TABLE module_versions (
    repository_id   INTEGER NOT NULL,
    version         TEXT    NOT NULL,
    tag             TEXT    NOT NULL,
    manifest_digest TEXT    NOT NULL,
    zip_digest      TEXT    NOT NULL,
    zip_size        INTEGER NOT NULL CHECK (zip_size >= 0),
    -- The address as its publisher spells it.
    address         TEXT,
    -- Where the module is inside its package; absent where that is the root.
    subdir          TEXT,
    -- Where the package was fetched from, and at which commit.
    source          TEXT,
    revision        TEXT,
    proof           TEXT    NOT NULL CHECK (proof IN ('signed', 'unsigned', 'hashed', 'own')),
    origin          TEXT    NOT NULL CHECK (origin IN ('published', 'mirrored', 'imported', 'pushed')),
    captured_at     INTEGER NOT NULL,
    PRIMARY KEY (repository_id, version),
    -- Without its tag there is no version. Checked at commit, so that tag and version may be written in either order.
    FOREIGN KEY (repository_id, tag) REFERENCES tags (repository_id, name)
        ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED
) STRICT, WITHOUT ROWID;
CREATE INDEX module_versions_tag ON module_versions (repository_id, tag);

-- What was read from a package once, for one directory of it. A reader of another format reads again.
CREATE TABLE module_descriptions (
    zip_digest TEXT    NOT NULL,
    subdir     TEXT    NOT NULL,
    format     INTEGER NOT NULL,
    body       TEXT    NOT NULL,
    PRIMARY KEY (zip_digest, subdir)
) STRICT, WITHOUT ROWID;

-- What its owner says against using a version, or a module: that has the empty version.
CREATE TABLE module_deprecations (
    repository_id INTEGER NOT NULL REFERENCES repositories (id) ON DELETE CASCADE,
    version       TEXT    NOT NULL,
    message       TEXT    NOT NULL,
    successor     TEXT,
    set_at        INTEGER NOT NULL,
    PRIMARY KEY (repository_id, version)
) STRICT, WITHOUT ROWID;
