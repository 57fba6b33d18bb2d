//! Why a sync does not begin, or ends early.

use atoll_core::address::Hostname;
use atoll_core::kind::ErrorKind;

use crate::failure::Failure;

/// A sync can't be done.
#[derive(Debug, thiserror::Error)]
pub enum SyncError {
    /// There is no such upstream.
    #[error(
        "nothing is mirrored from {0} here: the configuration has no `upstream \"terraform\" \"{0}\"`"
    )]
    UnknownUpstream(Hostname),
    /// Nothing says what to fetch.
    #[error(
        "nothing is selected: name what to fetch with --select, or in a `sync` block of an upstream in the configuration"
    )]
    NothingSelected,
    /// A selection needs an upstream to be of.
    #[error("a selection is of one upstream: name it with --upstream")]
    NoUpstream,
    /// A selection has not the shape of any address.
    #[error("{0:?} is neither NAMESPACE/TYPE for providers nor NAMESPACE/NAME/SYSTEM for modules")]
    NoAddress(String),
    /// It is over, and forgotten.
    #[error(
        "there is no sync {0:?} here; this server forgets old ones, and all when it is restarted"
    )]
    Unknown(String),
    /// Another server does it already.
    #[error("{0} is being synced by another server, or by another request to this one")]
    Busy(Hostname),
    /// Our own parts failed.
    #[error(transparent)]
    Failed(#[from] Failure),
}

impl SyncError {
    /// What kind of failure this is.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::UnknownUpstream(_) | Self::Unknown(_) => ErrorKind::NotFound,
            Self::NothingSelected | Self::NoUpstream | Self::NoAddress(_) => ErrorKind::Invalid,
            Self::Busy(_) => ErrorKind::Conflict,
            Self::Failed(failure) => failure.kind(),
        }
    }
}
