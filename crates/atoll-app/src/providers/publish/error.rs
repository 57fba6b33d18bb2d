//! Why a release is refused.

use atoll_core::address::ProviderAddr;
use atoll_core::kind::ErrorKind;
use atoll_core::manifest::ManifestError;
use atoll_core::openpgp::VerifyError;
use atoll_core::release::{RegistryManifestError, ZipNameError};
use atoll_core::sums::SumsError;
use atoll_core::zip_lint::LintError;

use crate::failure::Failure;
use crate::providers::SignError;
use crate::registry::{ManifestPushError, UploadError};

/// A release is refused, and nothing of it is visible. Each says which file and which rule.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// Publishing names what belongs to this server; upstreams and imports fill other hosts' trees.
    #[error(
        "{0} belongs to another registry; publish under NAMESPACE/TYPE, which is this server's own"
    )]
    ForeignHost(ProviderAddr),
    /// There is nothing to publish.
    #[error(
        "the release of {0} has no zip; a release has one terraform-provider-TYPE_VERSION_OS_ARCH.zip for each platform"
    )]
    NoZip(ProviderAddr),
    /// A file is not named as the rules say.
    #[error(transparent)]
    Name(#[from] ZipNameError),
    /// Two zips for one platform.
    #[error("{0} is there twice")]
    Twice(String),
    /// A zip that clients would choke on.
    #[error("{name}: {source}")]
    Zip {
        /// The file.
        name: String,
        /// What is wrong with it.
        source: LintError,
    },
    /// The h1 hash of a zip can't be computed.
    #[error("{name} can't be unpacked: {why}")]
    Unpack {
        /// The file.
        name: String,
        /// What is wrong with it.
        why: String,
    },
    /// The sums are not as clients read them.
    #[error("{name}: {source}")]
    Sums {
        /// The file.
        name: String,
        /// What is wrong with it.
        source: SumsError,
    },
    /// A zip is not the one that the sums list.
    #[error("{name} has the SHA-256 sum {actual}, but {sums} says {expected}")]
    SumMismatch {
        /// The zip.
        name: String,
        /// The sums.
        sums: String,
        /// What they say.
        expected: String,
        /// What is true.
        actual: String,
    },
    /// A zip is not listed.
    #[error("{sums} does not list {name}")]
    NotListed {
        /// The zip.
        name: String,
        /// The sums.
        sums: String,
    },
    /// A listed zip was not handed in.
    #[error("{sums} lists {name}, which is not part of the release that was handed in")]
    NotHandedIn {
        /// The zip.
        name: String,
        /// The sums.
        sums: String,
    },
    /// Sums without a signature, or the other way round.
    #[error("{there} came without {missing}; hand in both, or neither and Atoll signs")]
    HalfSigned {
        /// What came.
        there: String,
        /// What did not.
        missing: String,
    },
    /// No key is registered.
    #[error(
        "no signing key is registered for the namespace {0}; register one with `atoll provider key add {0} KEY.asc`, or leave SHA256SUMS and its signature out and Atoll signs"
    )]
    NoKey(String),
    /// The signature is not good.
    #[error("{name}: {source}")]
    Signature {
        /// The file.
        name: String,
        /// What is wrong with it.
        source: VerifyError,
    },
    /// The release's manifest is not as the rules say.
    #[error("{name}: {source}")]
    Manifest {
        /// The file.
        name: String,
        /// What is wrong with it.
        source: RegistryManifestError,
    },
    /// A platform is there with other bytes.
    #[error(
        "{version} has {name} already, with other bytes ({existing}, and {offered} was offered); what was published does not change, so publish a new version"
    )]
    PlatformTaken {
        /// The provider and its version.
        version: Box<str>,
        /// The zip.
        name: Box<str>,
        /// The digest of the zip that is there.
        existing: Box<str>,
        /// The digest of the zip that was handed in.
        offered: Box<str>,
    },
    /// Its own publisher signed the version.
    #[error(
        "{version} was signed by its publisher, whose sums do not list {name}; publish a new version"
    )]
    Finished {
        /// The provider and its version.
        version: Box<str>,
        /// The zip.
        name: Box<str>,
    },
    /// Atoll can't sign.
    #[error(transparent)]
    Signing(#[from] SignError),
    /// A registered key can't be read again.
    #[error("the registered key {0} is damaged")]
    DamagedKey(String),
    /// A manifest that we wrote is refused.
    #[error("the version can't be written")]
    Written(#[from] ManifestError),
    /// The bytes can't be stored.
    #[error(transparent)]
    Upload(#[from] UploadError),
    /// The version can't be written.
    #[error(transparent)]
    Store(#[from] ManifestPushError),
    /// Our own parts failed.
    #[error(transparent)]
    Failed(#[from] Failure),
}

impl PublishError {
    /// What kind of failure this is.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::ForeignHost(_)
            | Self::NoZip(_)
            | Self::Name(_)
            | Self::Twice(_)
            | Self::Zip { .. }
            | Self::Unpack { .. }
            | Self::Sums { .. }
            | Self::SumMismatch { .. }
            | Self::NotListed { .. }
            | Self::NotHandedIn { .. }
            | Self::HalfSigned { .. }
            | Self::NoKey(_)
            | Self::Signature { .. }
            | Self::Manifest { .. } => ErrorKind::Invalid,
            Self::PlatformTaken { .. } | Self::Finished { .. } => ErrorKind::Conflict,
            Self::Signing(_) | Self::DamagedKey(_) | Self::Written(_) => ErrorKind::Internal,
            Self::Upload(error) => error.kind(),
            Self::Store(error) => error.kind(),
            Self::Failed(failure) => failure.kind(),
        }
    }
}
