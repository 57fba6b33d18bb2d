//! Why a module is not answered, or not taken.

use std::sync::Arc;

use atoll_core::kind::ErrorKind;
use atoll_core::manifest::ManifestError;
use atoll_core::module::package::PackageError;

use crate::failure::Failure;
use crate::mirror::MirrorError;
use crate::registry::{ManifestDeleteError, ManifestPushError, UploadError};

/// A list, version or description of a module can't be had.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ModuleError {
    /// It is not here, and nothing says where else to look.
    #[error("there is no {what} here")]
    NotFound {
        /// What was asked for.
        what: String,
    },
    /// The mirror has no answer.
    #[error(transparent)]
    Mirror(#[from] MirrorError),
    /// What is said against a module is no message.
    #[error("{0}")]
    Notice(String),
    /// What was published here is brought back by its publisher.
    #[error(
        "{what} was published here: where it was deleted, it comes back when the same bytes are published again, and in no other way"
    )]
    OwnTombstone {
        /// The version.
        what: String,
    },
    /// A version is not deleted.
    #[error(transparent)]
    Delete(#[from] Arc<ManifestDeleteError>),
    /// Our own parts failed.
    #[error(transparent)]
    Failed(Arc<Failure>),
}

impl From<Failure> for ModuleError {
    fn from(failure: Failure) -> Self {
        Self::Failed(Arc::new(failure))
    }
}

impl ModuleError {
    /// What kind of failure this is.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::NotFound { .. } => ErrorKind::NotFound,
            Self::Mirror(error) => error.kind(),
            Self::Notice(_) => ErrorKind::Invalid,
            Self::OwnTombstone { .. } => ErrorKind::Conflict,
            Self::Delete(error) => error.kind(),
            Self::Failed(failure) => failure.kind(),
        }
    }
}

/// A module is not published.
#[derive(Debug, thiserror::Error)]
pub enum PublishModuleError {
    /// The archive is none that can be a module.
    #[error("failed to read the package of {what}")]
    Package {
        /// The version.
        what: String,
        /// What is wrong with it.
        #[source]
        source: PackageError,
    },
    /// The archive is too large.
    #[error("the archive of {what} has more than {bytes_max} bytes")]
    TooLarge {
        /// The version.
        what: String,
        /// The limit.
        bytes_max: u64,
    },
    /// Too many publish.
    #[error(
        "{at_once} modules are being published at once, and none was done in time; publish it again in a moment"
    )]
    Busy {
        /// How many may.
        at_once: usize,
    },
    /// The version is there already, or was.
    #[error(transparent)]
    Push(#[from] ManifestPushError),
    /// The bytes did not arrive, or could not be kept.
    #[error(transparent)]
    Upload(#[from] UploadError),
    /// Our own parts failed.
    #[error(transparent)]
    Failed(#[from] Failure),
}

impl From<ManifestError> for PublishModuleError {
    fn from(error: ManifestError) -> Self {
        Self::Push(error.into())
    }
}

impl PublishModuleError {
    /// What kind of failure this is.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Package { source, .. } => source.kind(),
            Self::TooLarge { .. } => ErrorKind::TooLarge,
            Self::Busy { .. } => ErrorKind::TooManyRequests,
            Self::Push(error) => error.kind(),
            Self::Upload(error) => error.kind(),
            Self::Failed(failure) => failure.kind(),
        }
    }
}
