-- The projection of module repositories: what the Terraform views read. `atoll reindex` makes it anew from the store.

CREATE TABLE module_versions (
    repository_id BIGINT NOT NULL,
    version TEXT COLLATE "C" NOT NULL,
    tag TEXT COLLATE "C" NOT NULL,
    manifest_digest TEXT COLLATE "C" NOT NULL,
    zip_digest TEXT COLLATE "C" NOT NULL,
    zip_size BIGINT NOT NULL CHECK (zip_size >= 0),
    -- The address as its publisher spells it.
    address TEXT COLLATE "C",
    -- Where the module is inside its package; absent where that is the root.
    subdir TEXT COLLATE "C",
    -- Where the package was fetched from, and at which commit.
    source TEXT COLLATE "C",
    revision TEXT COLLATE "C",
    proof TEXT COLLATE "C" NOT NULL CHECK (proof IN ('signed', 'unsigned', 'hashed', 'own')),
    origin TEXT COLLATE "C" NOT NULL CHECK (origin IN ('published', 'mirrored', 'imported', 'pushed')),
    captured_at BIGINT NOT NULL,
    PRIMARY KEY (repository_id, version),
    -- Without its tag there is no version. Checked at commit, so that tag and version may be written in either order.
    FOREIGN KEY (repository_id, tag) REFERENCES tags (repository_id, name)
        ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX module_versions_tag ON module_versions (repository_id, tag);

-- What was read from a package once, for one directory of it. A reader of another format reads again.
CREATE TABLE module_descriptions (
    zip_digest TEXT COLLATE "C" NOT NULL,
    subdir TEXT COLLATE "C" NOT NULL,
    format BIGINT NOT NULL,
    body TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (zip_digest, subdir)
);

-- What its owner says against using a version, or a module: that has the empty version.
CREATE TABLE module_deprecations (
    repository_id BIGINT NOT NULL REFERENCES repositories (id) ON DELETE CASCADE,
    version TEXT COLLATE "C" NOT NULL,
    message TEXT COLLATE "C" NOT NULL,
    successor TEXT COLLATE "C",
    set_at BIGINT NOT NULL,
    PRIMARY KEY (repository_id, version)
);
