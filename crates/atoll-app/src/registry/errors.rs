//! What can go wrong, one enum for each use case.

use atoll_blobs::BlobError as StoreError;
use atoll_core::digest::Digest;
use atoll_core::kind::ErrorKind;
use atoll_core::manifest::ManifestError;
use atoll_core::reference::Tag;
use atoll_core::repository::RepositoryName;
use atoll_db::DbError;

use crate::failure::Failure;
use crate::projection::{Contents, LayoutError};
use crate::registry::received::ClientGone;

/// Reading names, manifests or lists failed.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// Our own parts failed.
    #[error(transparent)]
    Failed(#[from] Failure),
    /// The upstream behind the repository was asked, in vain.
    #[error(transparent)]
    Fetch(#[from] crate::mirror::MirrorError),
}

impl ReadError {
    /// What kind of failure this is.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Failed(failure) => failure.kind(),
            Self::Fetch(error) => error.kind(),
        }
    }
}

/// A blob can't be read or deleted.
#[derive(Debug, thiserror::Error)]
pub enum BlobError {
    /// The repository has no such blob.
    #[error("{repository} has no blob {digest}")]
    Unknown {
        /// Where it was looked for.
        repository: RepositoryName,
        /// What was looked for.
        digest: Digest,
    },
    /// It is part of a published version.
    #[error(
        "blob {digest} is part of {repository}:{tag}, which was published and does not change; delete the version first"
    )]
    InUse {
        /// The repository.
        repository: RepositoryName,
        /// The blob.
        digest: Digest,
        /// A version that it is part of.
        tag: Tag,
    },
    /// It is not here yet and could not be fetched.
    #[error(transparent)]
    Fetch(#[from] crate::mirror::MirrorError),
    /// Our own parts failed.
    #[error(transparent)]
    Failed(#[from] Failure),
}

impl BlobError {
    /// What kind of failure this is.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Unknown { .. } => ErrorKind::NotFound,
            Self::InUse { .. } => ErrorKind::Unsupported,
            Self::Fetch(error) => error.kind(),
            Self::Failed(failure) => failure.kind(),
        }
    }
}

/// An upload can't go on.
#[derive(Debug, thiserror::Error)]
pub enum UploadError {
    /// There is no such upload.
    #[error("the upload is unknown")]
    Unknown,
    /// Another request is writing to it.
    #[error("another request is writing to this upload; send chunks one after the other")]
    Busy,
    /// A chunk does not begin where the last one ended.
    #[error(
        "the chunk begins at byte {claimed}, but {received} bytes have arrived; ask the upload's URL for its Range and go on from there"
    )]
    OutOfOrder {
        /// Where it says that it begins.
        claimed: u64,
        /// What is here.
        received: u64,
    },
    /// A chunk is not as long as its Content-Range says.
    #[error("the chunk has {actual} bytes, but its Content-Range says {claimed}")]
    ChunkLength {
        /// What the header says.
        claimed: u64,
        /// What arrived.
        actual: u64,
    },
    /// The bytes are not the ones that the digest names.
    #[error("the blob's bytes are {actual}, not {expected} as the request says; nothing was kept")]
    DigestMismatch {
        /// What the client said.
        expected: Digest,
        /// What arrived.
        actual: Digest,
    },
    /// The client went away; what arrived is kept.
    #[error(transparent)]
    Client(#[from] ClientGone),
    /// The disk is full.
    #[error("the server's disk is full; nothing of this upload was kept")]
    Full,
    /// Our own parts failed.
    #[error(transparent)]
    Failed(#[from] Failure),
}

impl UploadError {
    /// What kind of failure this is.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Unknown => ErrorKind::NotFound,
            Self::Busy => ErrorKind::Conflict,
            Self::OutOfOrder { .. } | Self::ChunkLength { .. } => ErrorKind::RangeUnsatisfiable,
            Self::DigestMismatch { .. } | Self::Client(_) => ErrorKind::Invalid,
            Self::Full => ErrorKind::StorageFull,
            Self::Failed(failure) => failure.kind(),
        }
    }
}

impl From<StoreError> for UploadError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::UploadLost { .. } => Self::Unknown,
            StoreError::UploadBusy { .. } => Self::Busy,
            StoreError::DigestMismatch { expected, actual } => {
                Self::DigestMismatch { expected, actual }
            }
            error if error.kind() == ErrorKind::StorageFull => Self::Full,
            error => Self::Failed(error.into()),
        }
    }
}

/// A manifest is refused.
#[derive(Debug, thiserror::Error)]
pub enum ManifestPushError {
    /// It is not one that we take.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// Its bytes are not the ones that the digest names.
    #[error("the manifest's bytes are {actual}, not {expected} as the request says")]
    DigestMismatch {
        /// What the client said.
        expected: Digest,
        /// What arrived.
        actual: Digest,
    },
    /// It names blobs that the repository does not have.
    #[error("the manifest names {} blobs that were never pushed here", .0.len())]
    BlobsUnknown(Vec<Digest>),
    /// A version in a typed family names manifests that the repository does not have.
    #[error("the version names {} manifests that were never pushed here", .0.len())]
    ManifestsUnknown(Vec<Digest>),
    /// It says that a blob is longer or shorter than it is.
    #[error("the manifest says that blob {digest} has {claimed} bytes, but it has {actual}")]
    SizeMismatch {
        /// The blob.
        digest: Digest,
        /// What the manifest says.
        claimed: u64,
        /// What is true.
        actual: u64,
    },
    /// A version in a typed family does not follow the family's layout.
    #[error("{repository}:{tag} does not follow the layout of its family: {source}")]
    Layout {
        /// The repository.
        repository: RepositoryName,
        /// The version's tag.
        tag: Tag,
        /// What is wrong.
        #[source]
        source: LayoutError,
    },
    /// The tag is published and does not move.
    #[error(
        "{repository}:{tag} is published with {existing} and does not change; what was offered has {offered}; publish a new version"
    )]
    TagTaken {
        /// The repository.
        repository: RepositoryName,
        /// The tag.
        tag: Tag,
        /// What it points to.
        existing: Box<Contents>,
        /// What it was to point to.
        offered: Box<Contents>,
    },
    /// The version was deleted; only the same bytes may come back.
    #[error(
        "{repository}:{tag} was deleted, and had {existing}; what was offered has {offered}; only the same bytes may be published under this version again"
    )]
    Deleted {
        /// The repository.
        repository: RepositoryName,
        /// The tag.
        tag: Tag,
        /// What it pointed to.
        existing: Box<Contents>,
        /// What it was to point to.
        offered: Box<Contents>,
    },
    /// The tag is not where the client thinks.
    #[error("the tag no longer points to what If-Match names")]
    TagMoved,
    /// Our own parts failed.
    #[error(transparent)]
    Failed(#[from] Failure),
}

impl ManifestPushError {
    /// What kind of failure this is.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Manifest(_)
            | Self::DigestMismatch { .. }
            | Self::SizeMismatch { .. }
            | Self::Layout { .. } => ErrorKind::Invalid,
            Self::BlobsUnknown(_) | Self::ManifestsUnknown(_) => ErrorKind::NotFound,
            Self::TagTaken { .. } | Self::Deleted { .. } => ErrorKind::Conflict,
            Self::TagMoved => ErrorKind::PreconditionFailed,
            Self::Failed(failure) => failure.kind(),
        }
    }
}

/// A manifest or tag is not deleted.
#[derive(Debug, thiserror::Error)]
pub enum ManifestDeleteError {
    /// It is part of a published version.
    #[error("manifest {digest} is part of {repository}:{tag}; delete the version first")]
    PartOfVersion {
        /// The repository.
        repository: RepositoryName,
        /// The manifest.
        digest: Digest,
        /// A version that it is part of.
        tag: Tag,
    },
    /// Our own parts failed.
    #[error(transparent)]
    Failed(#[from] Failure),
}

impl ManifestDeleteError {
    /// What kind of failure this is.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::PartOfVersion { .. } => ErrorKind::Unsupported,
            Self::Failed(failure) => failure.kind(),
        }
    }
}

/// A failing database is a failure of ours, whatever was attempted.
macro_rules! from_database {
    ($($error:ident),*) => {$(
        impl From<DbError> for $error {
            fn from(error: DbError) -> Self {
                Self::Failed(error.into())
            }
        }
    )*};
}

from_database!(
    ReadError,
    BlobError,
    UploadError,
    ManifestPushError,
    ManifestDeleteError
);
