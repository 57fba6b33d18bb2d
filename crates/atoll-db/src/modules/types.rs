//! What is known of modules.

use atoll_core::digest::Digest;
use atoll_core::origin::Origin;
use atoll_core::proof::Proof;
use atoll_core::reference::Tag;
use atoll_core::time_micros::Micros;
use atoll_core::version::Version;

use crate::blobs::BlobState;

/// A version of a module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModuleVersion {
    /// The version.
    pub version: Version,
    /// The tag that is it.
    pub tag: Tag,
    /// The manifest that the tag points at.
    pub manifest_digest: Digest,
    /// The package.
    pub zip_digest: Digest,
    /// The package's length in bytes.
    pub zip_size: u64,
    /// The address as its publisher spells it.
    pub address: Option<String>,
    /// Where the module is inside its package; none where that is the root.
    pub subdir: Option<String>,
    /// Where the package was fetched from.
    pub source: Option<String>,
    /// The commit that was fetched.
    pub revision: Option<String>,
    /// How its digest is known.
    pub proof: Proof,
    /// How it came here.
    pub origin: Origin,
    /// When it was first known here.
    pub captured_at: Micros,
}

/// A version, and whether its package is here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldModule {
    /// The version.
    pub version: ModuleVersion,
    /// The state of the package; nothing where the blob is unknown, which is damage.
    pub state: Option<BlobState>,
}
