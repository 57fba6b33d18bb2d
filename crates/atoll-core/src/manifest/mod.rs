//! Manifests and indexes: read strictly, stored byte for byte.
//!
//! Spec: <https://github.com/opencontainers/image-spec/blob/v1.1.1/manifest.md>

mod descriptor;
mod document;
mod error;
pub mod media_types;
mod parse;
mod parsed;
mod strict_json;
#[cfg(test)]
mod tests;

pub use descriptor::{ANNOTATION_BYTES_MAX, Descriptor, PlatformOf, SIZE_BYTES_MAX};
pub use error::ManifestError;
pub use media_types::is_manifest as media_type_is_manifest;
pub use parse::{DESCRIPTORS_MAX, MANIFEST_BYTES_MAX, parse};
pub use parsed::{ManifestKind, ParsedManifest};
pub use strict_json::{JSON_DEPTH_MAX, StrictJsonError};
