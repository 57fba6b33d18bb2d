//! The registry's front door.

use atoll_core::kind::ErrorKind;
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use serde_json::json;

use crate::extract::{CallerResult, Via, challenge};
use crate::render::oci::{Code, OciError};
use crate::state::Server;

/// `GET /v2/`: whether this is a registry, and how to show who one is. Clients begin the token flow at its 401.
///
/// Spec: <https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#determining-support>
pub(super) async fn ping(
    State(server): State<Server>,
    CallerResult(caller): CallerResult,
    parts: Parts,
) -> Response {
    let error = match caller {
        Ok(caller) if caller.via != Via::Nothing => return Json(json!({})).into_response(),
        Ok(_) => None,
        Err(error) if error.kind() == ErrorKind::Unauthenticated => Some("invalid_token"),
        Err(error) => return OciError::failure(error.kind(), &*error).into_response(),
    };
    OciError::new(
        ErrorKind::Unauthenticated,
        Code::Unauthorized,
        "log in, or ask /token for an anonymous bearer",
    )
    .with_challenge(challenge(&server, &parts, None, error))
    .into_response()
}

/// `GET /v2/_oci/ext/discover`: there are no extensions.
///
/// Spec: <https://github.com/opencontainers/distribution-spec/blob/main/extensions/_oci.md>
pub(super) async fn extensions() -> Json<serde_json::Value> {
    Json(json!({"extensions": []}))
}
