//! Bodies with a limit.

use atoll_core::kind::ErrorKind;
use atoll_core::manifest::MANIFEST_BYTES_MAX;
use axum::extract::{FromRequest, Request};
use bytes::Bytes;
use http_body_util::{BodyExt, LengthLimitError, Limited};

use crate::render::oci::{Code, OciError};

/// The bytes of a manifest, at most [`MANIFEST_BYTES_MAX`] of them.
pub(crate) struct ManifestBytes(pub(crate) Bytes);

impl<S: Send + Sync> FromRequest<S> for ManifestBytes {
    type Rejection = OciError;

    async fn from_request(request: Request, _: &S) -> Result<Self, OciError> {
        match Limited::new(request.into_body(), MANIFEST_BYTES_MAX)
            .collect()
            .await
        {
            Ok(body) => Ok(Self(body.to_bytes())),
            Err(error) if error.is::<LengthLimitError>() => Err(OciError::new(
                ErrorKind::TooLarge,
                Code::SizeInvalid,
                format!("a manifest may have at most {MANIFEST_BYTES_MAX} bytes"),
            )),
            Err(error) => Err(OciError::new(
                ErrorKind::Invalid,
                Code::ManifestInvalid,
                format!("the manifest did not arrive whole: {error}"),
            )),
        }
    }
}
