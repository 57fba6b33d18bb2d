//! Errors as Terraform's registries write them: `{"errors": ["…"]}`.

use atoll_app::mirror::MirrorError;
use atoll_app::providers::ProviderError;
use atoll_core::kind::ErrorKind;
use axum::Json;
use axum::response::{IntoResponse, Response};
use http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderName, HeaderValue};
use serde_json::json;

use crate::render::oci::log_failure;
use crate::render::status;

/// How long a client should wait for work that goes on in the background, in seconds. Clients wait and ask once more.
const RETRY_AFTER_SECS: u64 = 2;

/// An error answer of a Terraform protocol: one sentence that the client prints.
#[derive(Debug)]
pub(crate) struct TerraformError {
    kind: ErrorKind,
    message: String,
}

impl TerraformError {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
        }
    }

    pub(crate) fn failure(kind: ErrorKind, error: &(dyn std::error::Error + 'static)) -> Self {
        log_failure(kind, error);
        Self::new(kind, error.to_string())
    }
}

impl From<ProviderError> for TerraformError {
    fn from(error: ProviderError) -> Self {
        match error.kind() {
            kind @ (ErrorKind::NotFound
            | ErrorKind::Forbidden
            | ErrorKind::Unauthenticated
            | ErrorKind::Invalid) => Self::new(kind, error.to_string()),
            kind => Self::failure(kind, &error),
        }
    }
}

impl From<MirrorError> for TerraformError {
    fn from(error: MirrorError) -> Self {
        Self::from(ProviderError::from(error))
    }
}

impl IntoResponse for TerraformError {
    fn into_response(self) -> Response {
        let mut response =
            (status(self.kind), Json(json!({"errors": [self.message]}))).into_response();
        let mut add =
            |name: HeaderName, value: HeaderValue| response.headers_mut().insert(name, value);
        match self.kind {
            ErrorKind::Unauthenticated => {
                add(
                    WWW_AUTHENTICATE,
                    HeaderValue::from_static("Basic realm=\"atoll\""),
                );
            }
            ErrorKind::Unavailable | ErrorKind::TooManyRequests => {
                add(RETRY_AFTER, HeaderValue::from(RETRY_AFTER_SECS));
            }
            _ => {}
        }
        response
    }
}
