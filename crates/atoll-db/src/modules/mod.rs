//! The projection of module repositories: versions, what they are, and what their owners say against them.

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
