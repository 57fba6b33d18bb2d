//! Why an import is refused.

use atoll_core::address::ProviderAddr;
use atoll_core::kind::ErrorKind;
use atoll_core::manifest::ManifestError;
use atoll_core::release::ZipNameError;
use atoll_core::sums::SumsError;
use atoll_core::zip_lint::LintError;
use atoll_db::DbError;

use crate::failure::Failure;
use crate::registry::{ManifestPushError, UploadError};

/// An import is refused, and nothing of it is visible. Each says which file and which rule.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// What belongs to this server is published.
    #[error("{0} is this server's own; publish it")]
    OwnHost(ProviderAddr),
    /// There is nothing to import.
    #[error("there is no zip of {0} to import")]
    NoZip(ProviderAddr),
    /// A file is not named as the rules say.
    #[error(transparent)]
    Name(#[from] ZipNameError),
    /// Two zips for one platform.
    #[error("{0} is there twice")]
    Twice(String),
    /// A zip that clients can't use.
    #[error("{name}: {source}")]
    Zip {
        /// The file.
        name: Box<str>,
        /// What is wrong with it.
        source: LintError,
    },
    /// The contents of a zip can't be read.
    #[error("{0} can't be unpacked")]
    Unpack(String),
    /// A zip is not the one that the tree or lock file describes.
    #[error("{name} has the hash {actual}, but it should have {expected}")]
    HashMismatch {
        /// The file.
        name: Box<str>,
        /// What was said of it.
        expected: Box<str>,
        /// What is true.
        actual: Box<str>,
    },
    /// The platform is known by another digest.
    #[error("{name} is not what {version} is known to have: its digest is {actual}, not {known}")]
    Differs {
        /// The provider and its version.
        version: Box<str>,
        /// The file.
        name: Box<str>,
        /// What is known.
        known: Box<str>,
        /// What came.
        actual: Box<str>,
    },
    /// The version is known from its registry, and the platform is not part of it.
    #[error("{version} is known from its registry, which has no {name}")]
    NotPart {
        /// The provider and its version.
        version: Box<str>,
        /// The file.
        name: Box<str>,
    },
    /// A name can't stand in the sums of the version.
    #[error(transparent)]
    Sums(#[from] SumsError),
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

impl From<DbError> for ImportError {
    fn from(error: DbError) -> Self {
        Self::Failed(error.into())
    }
}

impl ImportError {
    /// What kind of failure this is.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::OwnHost(_)
            | Self::NoZip(_)
            | Self::Name(_)
            | Self::Twice(_)
            | Self::Zip { .. }
            | Self::Unpack(_)
            | Self::HashMismatch { .. }
            | Self::Sums(_) => ErrorKind::Invalid,
            Self::Differs { .. } | Self::NotPart { .. } => ErrorKind::Conflict,
            Self::Written(_) => ErrorKind::Internal,
            Self::Upload(error) => error.kind(),
            Self::Store(error) => error.kind(),
            Self::Failed(failure) => failure.kind(),
        }
    }
}
