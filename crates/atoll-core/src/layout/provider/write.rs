use crate::digest::Digest;
use crate::layout::ANNOTATION_VERSION;
use crate::layout::oci::{self, Annotations, Index, Manifest};
use crate::manifest::media_types::OCI_MANIFEST;
use crate::manifest::{Descriptor, PlatformOf};
use crate::platform::Platform;
use crate::release::Protocols;
use crate::version::Version;

use super::{ANNOTATION_PROTOCOLS, PROVIDER_TYPE, TARGET_TYPE, ZIP_TYPE};

/// The zip of one platform.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlatformPackage {
    /// What it runs on.
    pub platform: Platform,
    /// The SHA-256 digest of the zip; OpenTofu takes no other.
    pub digest: Digest,
    /// The size of the zip.
    pub size_bytes: u64,
    /// The file name that `SHA256SUMS` lists.
    pub file_name: String,
}

/// The manifest of one platform, as the index lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IndexEntry {
    /// What it is for.
    pub platform: Platform,
    /// The digest of the manifest.
    pub digest: Digest,
    /// The size of the manifest.
    pub size_bytes: u64,
}

/// A manifest or index, and its address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuiltManifest {
    /// The SHA-256 digest of the bytes.
    pub digest: Digest,
    /// The document.
    pub bytes: Vec<u8>,
}

/// All documents of a version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuiltVersion {
    /// The index that the tag points at.
    pub index: BuiltManifest,
    /// The manifest of each platform, in the order of the index.
    pub platforms: Vec<(Platform, BuiltManifest)>,
}

/// The documents of a version: a manifest for each platform and the index.
pub fn build(
    version: &Version,
    protocols: &Protocols,
    packages: &[PlatformPackage],
) -> BuiltVersion {
    let manifest = |package: &PlatformPackage| {
        (
            package.platform.clone(),
            BuiltManifest::new(platform_manifest(package)),
        )
    };
    let mut platforms: Vec<_> = packages.iter().map(manifest).collect();
    platforms.sort_by(|(one, _), (other, _)| one.cmp(other));
    let entries = platforms.iter().map(|(platform, manifest)| IndexEntry {
        platform: platform.clone(),
        digest: manifest.digest.clone(),
        size_bytes: manifest.bytes.len() as u64,
    });
    let index = BuiltManifest::new(index(version, protocols, entries));
    BuiltVersion { index, platforms }
}

/// The manifest of one platform.
pub fn platform_manifest(package: &PlatformPackage) -> Vec<u8> {
    let zip = oci::descriptor(ZIP_TYPE, package.digest.clone(), package.size_bytes);
    Manifest::new(TARGET_TYPE, vec![oci::titled(zip, &package.file_name)]).to_bytes()
}

/// The index of a version. The order of the entries doesn't matter.
pub fn index(
    version: &Version,
    protocols: &Protocols,
    entries: impl IntoIterator<Item = IndexEntry>,
) -> Vec<u8> {
    let mut entries: Vec<_> = entries.into_iter().collect();
    entries.sort_by(|one, other| one.platform.cmp(&other.platform));
    let manifests = entries.into_iter().map(|entry| Descriptor {
        artifact_type: Some(TARGET_TYPE.to_owned()),
        platform: Some(PlatformOf {
            architecture: entry.platform.arch().to_owned(),
            os: entry.platform.os().to_owned(),
            ..PlatformOf::default()
        }),
        ..oci::descriptor(OCI_MANIFEST, entry.digest, entry.size_bytes)
    });
    let annotations = Annotations::from([
        (ANNOTATION_VERSION, version.to_string()),
        (ANNOTATION_PROTOCOLS, protocols.to_string()),
    ]);
    Index::new(PROVIDER_TYPE, manifests.collect(), annotations).to_bytes()
}

impl BuiltManifest {
    fn new(bytes: Vec<u8>) -> Self {
        Self {
            digest: Digest::sha256(&bytes),
            bytes,
        }
    }
}
