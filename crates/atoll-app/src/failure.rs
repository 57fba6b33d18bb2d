//! Failures of our own parts, which are never an answer to a question.

use atoll_blobs::BlobError;
use atoll_core::digest::Digest;
use atoll_core::kind::ErrorKind;
use atoll_db::DbError;

use crate::tasks::TaskFailed;

/// The database, the blob store or a task failed.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The database.
    #[error("{}", words(.0.kind(), "the database failed"))]
    Database(#[from] DbError),
    /// The blob store.
    #[error("{}", words(.0.kind(), "the blob store failed"))]
    Blobs(#[from] BlobError),
    /// A file that is worked on.
    #[error("{}", words(scratch_kind(.0), "the server failed to write a file"))]
    Scratch(#[source] std::io::Error),
    /// A task of ours.
    #[error("the server failed")]
    Task(#[from] TaskFailed),
    /// What the store holds does not make sense.
    #[error("the store is damaged at {digest}: {what}; run atoll fsck")]
    Damaged {
        /// Where.
        digest: Digest,
        /// How.
        what: String,
    },
}

impl Failure {
    /// What kind of failure this is.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Database(error) => error.kind(),
            Self::Blobs(error) => match error.kind() {
                // Content that a row promises and the disk does not have is damage, not an answer.
                ErrorKind::NotFound => ErrorKind::Internal,
                kind => kind,
            },
            Self::Scratch(error) => scratch_kind(error),
            Self::Task(_) | Self::Damaged { .. } => ErrorKind::Internal,
        }
    }
}

fn scratch_kind(error: &std::io::Error) -> ErrorKind {
    match error.kind() {
        std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => {
            ErrorKind::StorageFull
        }
        _ => ErrorKind::Unavailable,
    }
}

/// What callers may know: that the disk is full is for them to wait for or to tell.
fn words(kind: ErrorKind, otherwise: &'static str) -> &'static str {
    if kind == ErrorKind::StorageFull {
        "the server's disk is full"
    } else {
        otherwise
    }
}
