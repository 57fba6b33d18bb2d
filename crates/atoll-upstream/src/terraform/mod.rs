//! Clients for Terraform registries and network mirrors.

mod discovery;
mod fields;
mod listing;
mod modules;
mod network_mirror;
mod package;
mod registry;
mod versions;

pub use modules::{ModulePath, ModuleSource, ModuleVersions};
pub use network_mirror::{Archive, Archives, MirrorIndex, NetworkMirror};
pub use package::{ListedPackage, PackageDoc, PublishedKey};
pub use registry::Registry;
pub use versions::{ListedVersion, VersionList};
