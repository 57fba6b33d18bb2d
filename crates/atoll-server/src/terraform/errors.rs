//! Errors as Terraform's registries write them: `{"errors": ["…"]}`.

use atoll_app::FileError;
use atoll_app::mirror::MirrorError;
use atoll_app::modules::ModuleError;
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

    /// A use case refused or failed; what is nobody's fault here is not logged.
    fn of(kind: ErrorKind, error: &(dyn std::error::Error + 'static)) -> Self {
        match kind {
            ErrorKind::NotFound
            | ErrorKind::Forbidden
            | ErrorKind::Unauthenticated
            | ErrorKind::Invalid => Self::new(kind, error.to_string()),
            // Why an upstream failed is what its users have to know; what it says is made safe where it comes in.
            ErrorKind::UpstreamFailed | ErrorKind::UpstreamTimeout => {
                log_failure(kind, error);
                Self::new(kind, with_causes(error))
            }
            kind => Self::failure(kind, error),
        }
    }

    pub(crate) fn failure(kind: ErrorKind, error: &(dyn std::error::Error + 'static)) -> Self {
        log_failure(kind, error);
        Self::new(kind, error.to_string())
    }
}

/// An error in one line with its causes, those that its own text says already left out.
fn with_causes(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let words = error.to_string();
        if !text.contains(&words) {
            text = format!("{text}: {words}");
        }
        cause = error.source();
    }
    text
}

macro_rules! from_use_case {
    ($($error:ty,)*) => {$(
        impl From<$error> for TerraformError {
            fn from(error: $error) -> Self {
                Self::of(error.kind(), &error)
            }
        }
    )*};
}

from_use_case! {
    FileError,
    MirrorError,
    ModuleError,
    ProviderError,
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
            ErrorKind::Unavailable | ErrorKind::UpstreamAway | ErrorKind::TooManyRequests => {
                add(RETRY_AFTER, HeaderValue::from(RETRY_AFTER_SECS));
            }
            _ => {}
        }
        response
    }
}
