//! Errors of the management API: `{"error":{"code","message"}}`.

use std::error::Error;

use atoll_app::Failure;
use atoll_app::access::{AuthenticateError, CreateTokenError, TokenError};
use atoll_app::holdings::ListHoldingsError;
use atoll_app::modules::{ModuleError, PublishModuleError};
use atoll_app::providers::{ImportError, KeyRegistrationError, PublishError};
use atoll_app::registry::{RepositorySettingsError, UploadError};
use atoll_app::sync::SyncError;
use atoll_core::kind::ErrorKind;
use axum::Json;
use axum::response::{IntoResponse, Response};
use http::HeaderValue;
use http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use serde_json::json;

use crate::render::oci::log_failure;
use crate::render::status;

/// How long a client should wait when the server is short of something, in seconds.
const RETRY_AFTER_SECS: u64 = 2;

/// An error answer of the management API.
#[derive(Debug)]
pub(crate) struct ApiError {
    kind: ErrorKind,
    message: String,
}

impl ApiError {
    /// An error in our words.
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
        }
    }

    /// The request is wrong.
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Invalid, message)
    }

    /// A use case refused or failed. What is a fault of ours goes to the log with its causes; what is wrong with the request
    /// is told with them.
    pub(crate) fn of(kind: ErrorKind, error: &(dyn Error + 'static)) -> Self {
        let mut message = error.to_string();
        if status(kind).is_server_error() {
            log_failure(kind, error);
        } else if matches!(kind, ErrorKind::Invalid | ErrorKind::TooLarge) {
            let mut source = error.source();
            while let Some(cause) = source {
                let text = cause.to_string();
                // Some messages have their cause in them already.
                if !message.contains(&text) {
                    message = format!("{message}: {text}");
                }
                source = cause.source();
            }
        }
        Self::new(kind, message)
    }
}

/// The code of a kind of failure, for programs that read it.
fn code(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::Invalid => "invalid",
        ErrorKind::Unauthenticated => "unauthenticated",
        ErrorKind::Forbidden => "forbidden",
        ErrorKind::NotFound => "not_found",
        ErrorKind::Conflict => "conflict",
        ErrorKind::PreconditionFailed => "precondition_failed",
        ErrorKind::Unsupported => "unsupported",
        ErrorKind::TooLarge => "too_large",
        ErrorKind::RangeUnsatisfiable => "range_unsatisfiable",
        ErrorKind::TooManyRequests => "too_many_requests",
        ErrorKind::Unavailable | ErrorKind::UpstreamAway => "unavailable",
        ErrorKind::UpstreamFailed => "upstream_failed",
        ErrorKind::UpstreamTimeout => "upstream_timeout",
        ErrorKind::StorageFull => "storage_full",
        ErrorKind::Internal => "internal",
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let body = json!({"error": {"code": code(self.kind), "message": self.message}});
        let mut response = (status(self.kind), Json(body)).into_response();
        let headers = response.headers_mut();
        if self.kind == ErrorKind::Unauthenticated {
            headers.insert(
                WWW_AUTHENTICATE,
                HeaderValue::from_static("Basic realm=\"atoll\""),
            );
        }
        if matches!(
            self.kind,
            ErrorKind::TooManyRequests | ErrorKind::Unavailable | ErrorKind::UpstreamAway
        ) {
            headers.insert(RETRY_AFTER, HeaderValue::from(RETRY_AFTER_SECS));
        }
        response
    }
}

macro_rules! from_use_case {
    ($($error:ty,)*) => {$(
        impl From<$error> for ApiError {
            fn from(error: $error) -> Self {
                Self::of(error.kind(), &error)
            }
        }
    )*};
}

from_use_case! {
    AuthenticateError,
    CreateTokenError,
    Failure,
    ImportError,
    KeyRegistrationError,
    ListHoldingsError,
    ModuleError,
    PublishError,
    PublishModuleError,
    RepositorySettingsError,
    SyncError,
    TokenError,
    UploadError,
}
