//! Which code of the spec each failure of a use case has.

use atoll_app::registry::{
    BlobError, ManifestDeleteError, ManifestPushError, ReadError, UploadError,
};
use atoll_core::kind::ErrorKind;
use atoll_core::reference::Reference;
use atoll_core::repository::RepositoryName;
use http::header::RANGE;
use serde_json::json;

use super::answer::received_range;

use crate::render::oci::{Code, OciError};

pub(super) fn digest_invalid(text: &str, error: &dyn std::fmt::Display) -> OciError {
    OciError::new(
        ErrorKind::Invalid,
        Code::DigestInvalid,
        format!("digest {text:?}: {error}"),
    )
}

pub(super) fn reference_invalid(text: &str, error: &dyn std::fmt::Display) -> OciError {
    let code = if text.contains(':') {
        Code::DigestInvalid
    } else {
        Code::TagInvalid
    };
    OciError::new(
        ErrorKind::Invalid,
        code,
        format!("reference {text:?}: {error}"),
    )
}

pub(super) fn manifest_unknown(repository: &RepositoryName, reference: &Reference) -> OciError {
    OciError::new(
        ErrorKind::NotFound,
        Code::ManifestUnknown,
        format!("{repository} has no manifest {reference}"),
    )
}

pub(super) fn name_unknown(repository: &RepositoryName) -> OciError {
    OciError::new(
        ErrorKind::NotFound,
        Code::NameUnknown,
        format!("repository {repository} is unknown"),
    )
}

pub(super) fn upload_unknown() -> OciError {
    OciError::new(
        ErrorKind::NotFound,
        Code::BlobUploadUnknown,
        "this upload was never opened, is finished, or was opened by another token or for another repository",
    )
}

impl From<ReadError> for OciError {
    fn from(error: ReadError) -> Self {
        Self::failure(error.kind(), &error)
    }
}

impl From<BlobError> for OciError {
    fn from(error: BlobError) -> Self {
        let kind = error.kind();
        match &error {
            BlobError::Unknown { .. } => Self::new(kind, Code::BlobUnknown, error.to_string()),
            BlobError::InUse { .. } => Self::new(kind, Code::Denied, error.to_string()),
            BlobError::Fetch(_) | BlobError::Failed(_) => Self::failure(kind, &error),
        }
    }
}

impl From<UploadError> for OciError {
    fn from(error: UploadError) -> Self {
        let kind = error.kind();
        let code = match &error {
            UploadError::Unknown => return upload_unknown(),
            UploadError::OutOfOrder { .. } | UploadError::ChunkLength { .. } => Code::RangeInvalid,
            UploadError::DigestMismatch { .. } => Code::DigestInvalid,
            UploadError::Client(_) | UploadError::Busy => Code::BlobUploadInvalid,
            UploadError::Full => Code::Unknown,
            UploadError::Failed(_) => return Self::failure(kind, &error),
        };
        let answer = Self::new(kind, code, error.to_string());
        match error {
            UploadError::OutOfOrder { received, .. } => {
                answer.with_header(RANGE, received_range(received))
            }
            _ => answer,
        }
    }
}

impl From<ManifestPushError> for OciError {
    fn from(error: ManifestPushError) -> Self {
        let kind = error.kind();
        let code = match &error {
            ManifestPushError::BlobsUnknown(digests) => {
                let entries = digests.iter().map(|digest| {
                    (
                        format!("the manifest names the blob {digest}, which was never pushed to this repository"),
                        json!({"digest": digest.to_string()}),
                    )
                });
                return Self::each(kind, Code::ManifestBlobUnknown, entries);
            }
            ManifestPushError::DigestMismatch { .. } => Code::DigestInvalid,
            ManifestPushError::Manifest(_)
            | ManifestPushError::Layout { .. }
            | ManifestPushError::SizeMismatch { .. }
            | ManifestPushError::TagMoved => Code::ManifestInvalid,
            ManifestPushError::ManifestsUnknown(_) => Code::ManifestBlobUnknown,
            ManifestPushError::TagTaken { .. } | ManifestPushError::Deleted { .. } => Code::Denied,
            ManifestPushError::Failed(_) => return Self::failure(kind, &error),
        };
        Self::new(kind, code, error.to_string())
    }
}

impl From<ManifestDeleteError> for OciError {
    fn from(error: ManifestDeleteError) -> Self {
        let kind = error.kind();
        match &error {
            ManifestDeleteError::PartOfVersion { .. } => {
                Self::new(kind, Code::Denied, error.to_string())
            }
            ManifestDeleteError::Failed(_) => Self::failure(kind, &error),
        }
    }
}
