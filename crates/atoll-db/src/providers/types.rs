//! What is known of providers.

use atoll_core::digest::Digest;
use atoll_core::origin::Origin;
use atoll_core::platform::Platform;
use atoll_core::proof::Proof;
use atoll_core::reference::Tag;
use atoll_core::time_micros::Micros;
use atoll_core::version::Version;

use crate::blobs::BlobState;

/// A version of a provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderVersion {
    /// The version.
    pub version: Version,
    /// The tag that is it.
    pub tag: Tag,
    /// The index that the tag points at.
    pub index_digest: Digest,
    /// How its digests are known.
    pub proof: Proof,
    /// How it came here.
    pub origin: Origin,
    /// The plugin protocols that it speaks, such as `5.0`.
    pub protocols: Vec<String>,
    /// The referrer with sums, signature and keys.
    pub proof_digest: Option<Digest>,
    /// When it was first known here.
    pub captured_at: Micros,
}

/// A version's package for one platform.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderPlatform {
    /// What it runs on.
    pub platform: Platform,
    /// Its manifest.
    pub manifest_digest: Digest,
    /// The zip.
    pub zip_digest: Digest,
    /// The zip's length in bytes.
    pub zip_size: u64,
    /// The zip's name.
    pub file_name: String,
}

/// A package and what is known of its zip.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderArchive {
    /// The package.
    pub package: ProviderPlatform,
    /// Whether the zip is here; nothing where the blob is unknown, which is damage.
    pub state: Option<BlobState>,
    /// The `h1:` hash, once it was computed.
    pub h1: Option<String>,
}

/// A version as lists show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedVersion {
    /// The version.
    pub version: Version,
    /// The plugin protocols that it speaks, such as `5.0`.
    pub protocols: Vec<String>,
    /// How its digests are known.
    pub proof: Proof,
    /// The platforms whose zips are here, in order.
    pub platforms: Vec<Platform>,
}

/// A version and the platforms that there are packages for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionWithPlatforms {
    /// The version.
    pub version: ProviderVersion,
    /// Its packages.
    pub archives: Vec<ProviderArchive>,
}
