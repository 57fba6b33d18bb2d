//! The projection of module repositories: versions, what they are, and what their owners say against them.

/// What is read of a version `v` and the blob `b` that is its package, in the order of [`versions::held`].
macro_rules! held_columns {
    () => {
        " v.version, v.tag, v.manifest_digest, v.zip_digest, v.zip_size, v.address, v.subdir, v.source, v.revision,
          v.proof, v.origin, v.captured_at, CASE WHEN b.condemned_at IS NULL THEN b.state END "
    };
}

mod artifacts;
mod deprecations;
mod descriptions;
mod types;
mod versions;

pub use artifacts::{ModuleArtifact, list_artifacts};
pub use deprecations::{Deprecation, deprecate, deprecations, undeprecate};
pub use descriptions::{find_description, put_description};
pub use types::{HeldModule, ModuleVersion};
pub use versions::{find, put, versions, versions_with};
