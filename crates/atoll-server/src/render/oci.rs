//! Errors as the distribution spec writes them.
//!
//! Spec: <https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#error-codes>

use atoll_core::kind::ErrorKind;
use axum::Json;
use axum::response::{IntoResponse, Response};
use http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderName, HeaderValue};
use serde_json::{Value, json};

use super::status;

/// How long a client should wait when the server is short of something, in seconds.
const RETRY_AFTER_SECS: u64 = 2;

/// The codes of the spec, and the few that the field adds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Code {
    BlobUnknown,
    BlobUploadInvalid,
    BlobUploadUnknown,
    Denied,
    DigestInvalid,
    ManifestBlobUnknown,
    ManifestInvalid,
    ManifestUnknown,
    NameInvalid,
    NameUnknown,
    PaginationNumberInvalid,
    RangeInvalid,
    SizeInvalid,
    TagInvalid,
    TooManyRequests,
    Unauthorized,
    Unknown,
    Unsupported,
}

impl Code {
    fn as_str(self) -> &'static str {
        match self {
            Self::BlobUnknown => "BLOB_UNKNOWN",
            Self::BlobUploadInvalid => "BLOB_UPLOAD_INVALID",
            Self::BlobUploadUnknown => "BLOB_UPLOAD_UNKNOWN",
            Self::Denied => "DENIED",
            Self::DigestInvalid => "DIGEST_INVALID",
            Self::ManifestBlobUnknown => "MANIFEST_BLOB_UNKNOWN",
            Self::ManifestInvalid => "MANIFEST_INVALID",
            Self::ManifestUnknown => "MANIFEST_UNKNOWN",
            Self::NameInvalid => "NAME_INVALID",
            Self::NameUnknown => "NAME_UNKNOWN",
            Self::PaginationNumberInvalid => "PAGINATION_NUMBER_INVALID",
            Self::RangeInvalid => "RANGE_INVALID",
            Self::SizeInvalid => "SIZE_INVALID",
            Self::TagInvalid => "TAG_INVALID",
            Self::TooManyRequests => "TOOMANYREQUESTS",
            Self::Unauthorized => "UNAUTHORIZED",
            Self::Unknown => "UNKNOWN",
            Self::Unsupported => "UNSUPPORTED",
        }
    }
}

/// An error answer of the registry: one or more `{code, message, detail}`, a status, and headers that go with it.
#[derive(Debug)]
pub(crate) struct OciError {
    kind: ErrorKind,
    errors: Vec<(Code, String, Value)>,
    headers: Vec<(HeaderName, HeaderValue)>,
}

impl OciError {
    /// An error with one entry.
    pub(crate) fn new(kind: ErrorKind, code: Code, message: impl Into<String>) -> Self {
        Self {
            kind,
            errors: vec![(code, message.into(), Value::Null)],
            headers: Vec::new(),
        }
    }

    /// An error with an entry for each detail.
    pub(crate) fn each(
        kind: ErrorKind,
        code: Code,
        entries: impl IntoIterator<Item = (String, Value)>,
    ) -> Self {
        let errors = entries
            .into_iter()
            .map(|(message, detail)| (code, message, detail))
            .collect();
        Self {
            kind,
            errors,
            headers: Vec::new(),
        }
    }

    /// A failure of our own parts, or of a mirror: the client hears that it failed, the log hears why.
    pub(crate) fn failure(kind: ErrorKind, error: &(dyn std::error::Error + 'static)) -> Self {
        let code = match kind {
            // No failures: a mirror serves this to nobody, or not to this client.
            ErrorKind::Unauthenticated => {
                return Self::new(kind, Code::Unauthorized, error.to_string());
            }
            ErrorKind::Forbidden => return Self::new(kind, Code::Denied, error.to_string()),
            ErrorKind::TooManyRequests => Code::TooManyRequests,
            _ => Code::Unknown,
        };
        log_failure(kind, error);
        Self::new(kind, code, error.to_string())
    }

    /// Adds the challenge of a 401.
    pub(crate) fn with_challenge(mut self, challenge: Option<HeaderValue>) -> Self {
        self.headers
            .extend(challenge.map(|value| (WWW_AUTHENTICATE, value)));
        self
    }

    /// Adds a header.
    pub(crate) fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }
}

/// Writes a failure of our own parts to the log, with its causes.
pub(crate) fn log_failure(kind: ErrorKind, error: &(dyn std::error::Error + 'static)) {
    let mut chain = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        chain.push_str(": ");
        chain.push_str(&next.to_string());
        cause = next.source();
    }
    match kind {
        ErrorKind::Internal | ErrorKind::StorageFull | ErrorKind::Unavailable => {
            tracing::error!(error = %chain, "request failed: {chain}");
        }
        // The mirror says once that an upstream is away; this is what follows from it.
        ErrorKind::UpstreamAway => tracing::info!(error = %chain, "request failed: {chain}"),
        _ => tracing::warn!(error = %chain, "request failed: {chain}"),
    }
}

impl IntoResponse for OciError {
    fn into_response(self) -> Response {
        let errors: Vec<Value> = self
            .errors
            .iter()
            .map(|(code, message, detail)| match detail {
                Value::Null => json!({"code": code.as_str(), "message": message}),
                detail => json!({"code": code.as_str(), "message": message, "detail": detail}),
            })
            .collect();
        let mut response = (status(self.kind), Json(json!({"errors": errors}))).into_response();
        response.headers_mut().extend(self.headers);
        if matches!(
            self.kind,
            ErrorKind::TooManyRequests | ErrorKind::Unavailable | ErrorKind::UpstreamAway
        ) {
            response
                .headers_mut()
                .entry(RETRY_AFTER)
                .or_insert(HeaderValue::from(RETRY_AFTER_SECS));
        }
        response
    }
}
