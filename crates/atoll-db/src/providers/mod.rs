//! The projection of provider repositories: versions, platforms, and where their zips are.

mod artifacts;
mod find;
mod types;
mod write;

pub use artifacts::{Artifact, ArtifactCursor, ArtifactPlatform, list_artifacts};
pub use find::{archives, find_archive, versions, versions_with};
pub use types::{
    ListedVersion, ProviderArchive, ProviderPlatform, ProviderVersion, VersionWithPlatforms,
};
pub use write::{delete_of_tag, put};
