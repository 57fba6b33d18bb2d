//! Query strings.

use atoll_core::kind::ErrorKind;
use axum::extract::{FromRequestParts, Query};
use http::request::Parts;
use serde::de::DeserializeOwned;

use crate::render::oci::{Code, OciError};

/// The parameters of a registry request. One that is there twice is refused: which of them was meant?
pub(crate) struct Parameters<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Parameters<T> {
    type Rejection = OciError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, OciError> {
        match Query::from_request_parts(parts, state).await {
            Ok(Query(parameters)) => Ok(Self(parameters)),
            Err(rejection) => Err(OciError::new(
                ErrorKind::Invalid,
                Code::Unsupported,
                rejection.body_text(),
            )),
        }
    }
}
