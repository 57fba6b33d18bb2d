//! Provider versions, in OpenTofu's layout: an index for the version, a manifest for each platform, one zip in each.
//!
//! Spec: <https://opentofu.org/docs/cli/oci_registries/provider-mirror/#storing-provider-packages-as-oci-artifacts>

mod read;
#[cfg(test)]
mod tests;
mod write;

pub use read::{PlatformManifest, PlatformManifestError, ProviderIndex, ProviderIndexError};
pub use write::{
    BuiltManifest, BuiltVersion, IndexEntry, PlatformPackage, build, index, platform_manifest,
};

/// The artifact type of a version's index.
pub const PROVIDER_TYPE: &str = "application/vnd.opentofu.provider";

/// The artifact type of a platform's manifest, and of its descriptor in the index.
pub const TARGET_TYPE: &str = "application/vnd.opentofu.provider-target";

/// The media type of the layer with the zip.
pub const ZIP_TYPE: &str = "archive/zip";

/// The annotation of an index with the protocol versions, `5.0,6.0`.
pub const ANNOTATION_PROTOCOLS: &str = "vnd.atoll.protocols";
