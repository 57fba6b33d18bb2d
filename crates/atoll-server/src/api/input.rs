//! What a request of the management API says, with errors in its own shape.

use atoll_core::kind::ErrorKind;
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use http::request::Parts;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use serde::de::DeserializeOwned;

use super::errors::ApiError;

/// The longest JSON body, in bytes.
const JSON_BYTES_MAX: usize = 1024 * 1024;

/// A JSON body. None at all is an object without members.
pub(super) struct JsonBody<T>(pub(super) T);

/// The parameters of a path.
pub(super) struct PathOf<T>(pub(super) T);

/// The parameters of a query.
pub(super) struct QueryOf<T>(pub(super) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for JsonBody<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &S) -> Result<Self, ApiError> {
        let body = match Limited::new(request.into_body(), JSON_BYTES_MAX)
            .collect()
            .await
        {
            Ok(body) => body.to_bytes(),
            Err(error) if error.is::<LengthLimitError>() => {
                return Err(ApiError::new(
                    ErrorKind::TooLarge,
                    format!("the body may have at most {JSON_BYTES_MAX} bytes"),
                ));
            }
            Err(error) => {
                return Err(ApiError::invalid(format!(
                    "the body did not arrive whole: {error}"
                )));
            }
        };
        let text: &[u8] = if body.is_empty() { b"{}" } else { &body };
        serde_json::from_slice(text)
            .map(Self)
            .map_err(|error| ApiError::invalid(format!("the body is not as expected: {error}")))
    }
}

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for PathOf<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let path = Path::from_request_parts(parts, state).await;
        path.map(|Path(value)| Self(value))
            .map_err(|error| ApiError::invalid(error.body_text()))
    }
}

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for QueryOf<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let query = Query::from_request_parts(parts, state).await;
        query
            .map(|Query(value)| Self(value))
            .map_err(|error| ApiError::invalid(error.body_text()))
    }
}
