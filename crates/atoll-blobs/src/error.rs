//! What can go wrong with a blob.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use atoll_core::digest::Digest;
use atoll_core::kind::ErrorKind;

use crate::staging::UploadId;

/// Why the store could not do what it was asked to.
#[derive(Debug, thiserror::Error)]
pub enum BlobError {
    /// The store does not hold the blob.
    #[error("blob {digest} is not in the store")]
    NotFound {
        /// What was asked for.
        digest: Digest,
    },
    /// The bytes are not the ones that were promised. They were thrown away, unless they were only being verified.
    #[error("the bytes have digest {actual}, but {expected} was expected")]
    DigestMismatch {
        /// The digest that the bytes should have.
        expected: Digest,
        /// The digest that they have.
        actual: Digest,
    },
    /// The number of bytes is not the one that was promised.
    #[error("blob {digest} has {actual} bytes, but {expected} were expected")]
    SizeMismatch {
        /// The blob.
        digest: Digest,
        /// How many bytes there should be.
        expected: u64,
        /// How many there are, or were when counting stopped.
        actual: u64,
    },
    /// The blob is larger than the caller wants to hold in memory.
    #[error("blob {digest} has {size} bytes, more than the {max} that may be read at once")]
    TooLarge {
        /// The blob.
        digest: Digest,
        /// Its size.
        size: u64,
        /// The caller's limit.
        max: u64,
    },
    /// Somebody else is writing to the upload.
    #[error("upload {id} is being written by another request")]
    UploadBusy {
        /// The upload.
        id: UploadId,
    },
    /// An earlier write to the upload failed and its bytes are gone.
    #[error("upload {id} failed earlier and was thrown away")]
    UploadLost {
        /// The upload.
        id: UploadId,
    },
    /// The upload can't be cut to a length that it doesn't have.
    #[error("upload {id} has {length} bytes and can't be cut to {wanted}")]
    UploadTooShort {
        /// The upload.
        id: UploadId,
        /// How long it is.
        length: u64,
        /// How long it should be.
        wanted: u64,
    },
    /// The fill that readers were following came to a bad end.
    #[error("fetching blob {digest} failed")]
    FillFailed {
        /// The blob.
        digest: Digest,
        /// What happened; one error for all readers.
        #[source]
        source: Arc<BlobError>,
    },
    /// The fill's writer gave up.
    #[error("fetching blob {digest} was given up: {reason}")]
    FillAborted {
        /// The blob.
        digest: Digest,
        /// In the words of the writer.
        reason: String,
    },
    /// The disk is full, or the quota is used up.
    #[error("no space left to {attempt} {}", .path.display())]
    StorageFull {
        /// What was attempted.
        attempt: &'static str,
        /// On which path.
        path: PathBuf,
        /// The system's answer.
        #[source]
        source: io::Error,
    },
    /// The system said no.
    #[error("failed to {attempt} {}", .path.display())]
    Io {
        /// What was attempted.
        attempt: &'static str,
        /// On which path.
        path: PathBuf,
        /// The system's answer.
        #[source]
        source: io::Error,
    },
    /// A task on the blocking pool panicked, or the runtime is shutting down.
    #[error("the task that should {attempt} did not finish")]
    Task {
        /// What was attempted.
        attempt: &'static str,
    },
}

impl BlobError {
    /// What kind of failure it is.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::NotFound { .. } => ErrorKind::NotFound,
            Self::DigestMismatch { .. } | Self::UploadTooShort { .. } => ErrorKind::Invalid,
            Self::UploadBusy { .. } => ErrorKind::Conflict,
            Self::TooLarge { .. } => ErrorKind::TooLarge,
            Self::StorageFull { .. } => ErrorKind::StorageFull,
            Self::FillAborted { .. } => ErrorKind::UpstreamFailed,
            Self::FillFailed { source, .. } => source.kind_in_fill(),
            Self::Io { .. } => ErrorKind::Unavailable,
            Self::SizeMismatch { .. } | Self::UploadLost { .. } | Self::Task { .. } => {
                ErrorKind::Internal
            }
        }
    }

    /// The kind where the bytes come from an upstream: what would be the client's fault is the upstream's.
    fn kind_in_fill(&self) -> ErrorKind {
        match self {
            Self::DigestMismatch { .. } | Self::SizeMismatch { .. } => ErrorKind::UpstreamFailed,
            other => other.kind(),
        }
    }

    /// Turns the system's answer into an error; a full disk is a kind of its own.
    pub(crate) fn io(attempt: &'static str, path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::StorageFull {
                attempt,
                path,
                source,
            },
            _ => Self::Io {
                attempt,
                path,
                source,
            },
        }
    }
}
