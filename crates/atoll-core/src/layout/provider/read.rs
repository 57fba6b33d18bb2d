use std::collections::BTreeSet;

use crate::digest::{Algorithm, Digest};
use crate::excerpt::excerpt;
use crate::layout::ANNOTATION_TITLE;
use crate::manifest::media_types::{OCI_INDEX, OCI_MANIFEST};
use crate::manifest::{Descriptor, ManifestKind, ParsedManifest, PlatformOf};
use crate::platform::Platform;
use crate::release::{Protocols, ProtocolsError};

use super::{ANNOTATION_PROTOCOLS, IndexEntry, PROVIDER_TYPE, TARGET_TYPE, ZIP_TYPE};

/// A version's index, as far as the layout goes: whoever pushed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderIndex {
    /// The manifest of each platform, in the order of the index.
    pub entries: Vec<IndexEntry>,
    /// The protocol versions; where the index says nothing, what registries assume.
    pub protocols: Protocols,
}

/// A platform's manifest, as far as the layout goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlatformManifest {
    /// The SHA-256 digest of the zip.
    pub digest: Digest,
    /// The size of the zip.
    pub size_bytes: u64,
    /// The zip's file name, where the manifest says it.
    pub file_name: Option<String>,
}

/// Why an index can't be a provider's version.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProviderIndexError {
    /// A manifest stands where an index should.
    #[error(
        "a provider's version is an OCI image index that lists a manifest for each platform, nothing else; make it with `oras manifest index create`"
    )]
    NotAnIndex,
    /// It is an index of something else.
    #[error(
        "the index has artifactType {0:?}, a provider's has {PROVIDER_TYPE:?}; set it with `oras manifest index create --artifact-type`"
    )]
    ArtifactType(Box<str>),
    /// Nothing is listed.
    #[error("the index lists no platform")]
    Empty,
    /// An entry is not a platform's manifest.
    #[error(
        "{digest} in the index has {member} {found:?}, a platform's manifest has {expected:?}; push it with `oras push --artifact-type {TARGET_TYPE} --artifact-platform OS/ARCH`"
    )]
    Entry {
        /// The entry.
        digest: Digest,
        /// The member of its descriptor.
        member: &'static str,
        /// The value it has.
        found: Box<str>,
        /// The value it should have.
        expected: &'static str,
    },
    /// An entry doesn't say what it is for.
    #[error(
        "{0} in the index has no platform; push it with `oras push --artifact-platform OS/ARCH`"
    )]
    NoPlatform(Digest),
    /// An entry is for something clients don't ask for.
    #[error(
        "{digest} in the index is for platform {platform:?}; a provider's platform is an operating system and an architecture in Go's names, without version or variant"
    )]
    Platform {
        /// The entry.
        digest: Digest,
        /// What its descriptor says.
        platform: Box<str>,
    },
    /// Clients refuse to choose.
    #[error("the index lists {0} twice, and clients refuse to choose")]
    Twice(Platform),
    /// The protocols are not a list of them.
    #[error("the index's annotation {ANNOTATION_PROTOCOLS:?} is no list of protocol versions")]
    Protocols(#[source] ProtocolsError),
}

/// Why a manifest can't be a platform of a provider's version.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlatformManifestError {
    /// An index stands where a manifest should.
    #[error("a provider's platform is an OCI image manifest, nothing else")]
    NotAManifest,
    /// It is a manifest of something else.
    #[error(
        "the manifest has artifactType {0:?}, a provider's platform has {TARGET_TYPE:?}; set it with `oras push --artifact-type`"
    )]
    ArtifactType(Box<str>),
    /// Clients take exactly one.
    #[error(
        "the manifest has {0} layers of type {ZIP_TYPE:?}, a provider's platform has exactly one; name the type with `oras push … FILE.zip:{ZIP_TYPE}`"
    )]
    ZipLayers(usize),
    /// Clients lock providers by SHA-256.
    #[error("the zip has the digest {0}; OpenTofu takes SHA-256 digests alone")]
    NotSha256(Digest),
}

impl ProviderIndex {
    /// Checks what serving a version needs, and what OpenTofu insists on.
    pub fn read(index: &ParsedManifest) -> Result<Self, ProviderIndexError> {
        if index.kind != ManifestKind::Index || index.media_type != OCI_INDEX {
            return Err(ProviderIndexError::NotAnIndex);
        }
        let artifact_type = index.artifact_type.as_deref().unwrap_or_default();
        if artifact_type != PROVIDER_TYPE {
            return Err(ProviderIndexError::ArtifactType(
                excerpt(artifact_type).into(),
            ));
        }
        let entries: Vec<_> = index
            .manifests
            .iter()
            .map(entry)
            .collect::<Result<_, _>>()?;
        let mut platforms = BTreeSet::new();
        if let Some(twice) = entries
            .iter()
            .find(|entry| !platforms.insert(&entry.platform))
        {
            return Err(ProviderIndexError::Twice(twice.platform.clone()));
        }
        if entries.is_empty() {
            return Err(ProviderIndexError::Empty);
        }
        let protocols = match index.annotations.get(ANNOTATION_PROTOCOLS) {
            Some(list) => list.parse().map_err(ProviderIndexError::Protocols)?,
            None => Protocols::default(),
        };
        Ok(Self { entries, protocols })
    }
}

fn entry(descriptor: &Descriptor) -> Result<IndexEntry, ProviderIndexError> {
    let artifact_type = descriptor.artifact_type.as_deref().unwrap_or_default();
    let members = [
        ("mediaType", descriptor.media_type.as_str(), OCI_MANIFEST),
        ("artifactType", artifact_type, TARGET_TYPE),
    ];
    if let Some((member, found, expected)) = members
        .into_iter()
        .find(|(_, found, expected)| found != expected)
    {
        let digest = descriptor.digest.clone();
        return Err(ProviderIndexError::Entry {
            digest,
            member,
            found: excerpt(found).into(),
            expected,
        });
    }
    let no_platform = || ProviderIndexError::NoPlatform(descriptor.digest.clone());
    let wire = descriptor.platform.as_ref().ok_or_else(no_platform)?;
    let platform = platform(wire).ok_or_else(|| ProviderIndexError::Platform {
        digest: descriptor.digest.clone(),
        platform: describe(wire).into(),
    })?;
    Ok(IndexEntry {
        platform,
        digest: descriptor.digest.clone(),
        size_bytes: descriptor.size,
    })
}

/// OpenTofu compares the whole platform, so anything beyond system and architecture would never be found.
fn platform(wire: &PlatformOf) -> Option<Platform> {
    let plain = |member: &Option<String>| member.as_deref().unwrap_or_default().is_empty();
    let all_plain = plain(&wire.os_version) && plain(&wire.variant);
    Platform::new(&wire.os, &wire.architecture)
        .ok()
        .filter(|_| all_plain)
}

fn describe(wire: &PlatformOf) -> String {
    let members = [
        Some(&wire.os),
        Some(&wire.architecture),
        wire.variant.as_ref(),
        wire.os_version.as_ref(),
    ];
    let members: Vec<_> = members
        .into_iter()
        .flatten()
        .map(|member| excerpt(member))
        .collect();
    members.join("/")
}

impl PlatformManifest {
    /// Checks what serving a platform needs, and what OpenTofu insists on.
    pub fn read(manifest: &ParsedManifest) -> Result<Self, PlatformManifestError> {
        if manifest.kind != ManifestKind::Image || manifest.media_type != OCI_MANIFEST {
            return Err(PlatformManifestError::NotAManifest);
        }
        let artifact_type = manifest.artifact_type.as_deref().unwrap_or_default();
        if artifact_type != TARGET_TYPE {
            return Err(PlatformManifestError::ArtifactType(
                excerpt(artifact_type).into(),
            ));
        }
        let zips: Vec<_> = manifest
            .layers
            .iter()
            .filter(|layer| layer.media_type == ZIP_TYPE)
            .collect();
        let [zip] = zips.as_slice() else {
            return Err(PlatformManifestError::ZipLayers(zips.len()));
        };
        if zip.digest.algorithm() != Algorithm::Sha256 {
            return Err(PlatformManifestError::NotSha256(zip.digest.clone()));
        }
        Ok(Self {
            digest: zip.digest.clone(),
            size_bytes: zip.size,
            file_name: zip
                .annotations
                .as_ref()
                .and_then(|notes| notes.get(ANNOTATION_TITLE))
                .cloned(),
        })
    }
}
