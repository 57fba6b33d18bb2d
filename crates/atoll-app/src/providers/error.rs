//! Why a provider is not answered.

use std::sync::Arc;

use atoll_core::kind::ErrorKind;

use super::publish::PublishError;
use crate::failure::Failure;
use crate::mirror::MirrorError;

/// A list, version or file of a provider can't be had.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ProviderError {
    /// It is not here, and nothing says where else to look.
    #[error("there is no {what} here")]
    NotFound {
        /// What was asked for.
        what: String,
    },
    /// The mirror has no answer.
    #[error(transparent)]
    Mirror(#[from] MirrorError),
    /// The sums of a version that nobody else signed can't be signed here.
    #[error("failed to sign the sums of {what}")]
    Signing {
        /// The version.
        what: String,
        /// The cause.
        #[source]
        source: Arc<PublishError>,
    },
    /// Our own parts failed.
    #[error(transparent)]
    Failed(Arc<Failure>),
}

impl From<Failure> for ProviderError {
    fn from(failure: Failure) -> Self {
        Self::Failed(Arc::new(failure))
    }
}

impl ProviderError {
    /// What kind of failure this is.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::NotFound { .. } => ErrorKind::NotFound,
            Self::Mirror(error) => error.kind(),
            Self::Signing { source, .. } => source.kind(),
            Self::Failed(failure) => failure.kind(),
        }
    }
}
