//! Publishing a provider's version here.

mod check;
mod error;
mod extend;
mod write;

pub use error::PublishError;
pub(in crate::providers) use write::NewVersion;

use atoll_core::address::ProviderAddr;
use atoll_core::release::Protocols;
use atoll_core::version::Version;
use bytes::Bytes;

use crate::registry::StagedBlob;

/// The largest SHA256SUMS, signature or manifest of a release, in bytes.
pub const RELEASE_DOCUMENT_BYTES_MAX: usize = 1024 * 1024;

/// How many zips one release may have.
pub const RELEASE_ZIPS_MAX: usize = 200;

/// A release as its publisher hands it in: everything that a release directory holds.
#[derive(Debug)]
pub struct Release {
    /// What is published.
    pub provider: ProviderAddr,
    /// Which version of it.
    pub version: Version,
    /// The zips, stored already.
    pub zips: Vec<ReleaseZip>,
    /// `SHA256SUMS`; without it the sums are made here and signed with the key that Atoll keeps for the namespace.
    pub sums: Option<Bytes>,
    /// `SHA256SUMS.sig`.
    pub signature: Option<Bytes>,
    /// `terraform-registry-manifest.json`, under its name in a release.
    pub manifest: Option<Bytes>,
    /// The protocols, where the publisher named them without a manifest.
    pub protocols: Option<Protocols>,
}

/// A zip of a release.
#[derive(Clone, Debug)]
pub struct ReleaseZip {
    /// Its file name.
    pub name: String,
    /// Its bytes.
    pub blob: StagedBlob,
}

/// What was published.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Published {
    /// The provider.
    pub provider: String,
    /// The version.
    pub version: String,
    /// All its platforms now.
    pub platforms: Vec<String>,
    /// How its digests are known.
    pub proof: String,
    /// The id of the key that signed its sums.
    pub key_id: String,
}
