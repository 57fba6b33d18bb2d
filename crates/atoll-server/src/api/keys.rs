//! The keys that releases in a namespace are signed with.

use atoll_app::providers::RegisteredKey;
use atoll_core::kind::ErrorKind;
use atoll_core::openpgp::KeyId;
use axum::Json;
use axum::extract::State;
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::access::Administrator;
use super::errors::ApiError;
use super::input::{JsonBody, PathOf};
use crate::state::Server;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RegisterBody {
    /// One public key or several, in ASCII armor.
    armored: String,
}

/// `GET /api/v1/namespaces/{namespace}/keys`
pub(super) async fn list(
    State(server): State<Server>,
    _: Administrator,
    PathOf(namespace): PathOf<String>,
) -> Result<Json<Value>, ApiError> {
    Ok(Json(shown(
        &server.app.providers.list_keys(&namespace).await?,
    )))
}

/// `POST /api/v1/namespaces/{namespace}/keys`
pub(super) async fn register(
    State(server): State<Server>,
    _: Administrator,
    PathOf(namespace): PathOf<String>,
    JsonBody(body): JsonBody<RegisterBody>,
) -> Result<(StatusCode, Json<Value>), ApiError> {
    let registered = server
        .app
        .providers
        .register_key(&namespace, &body.armored)
        .await?;
    Ok((StatusCode::CREATED, Json(shown(&registered))))
}

/// `DELETE /api/v1/namespaces/{namespace}/keys/{key_id}`
pub(super) async fn remove(
    State(server): State<Server>,
    _: Administrator,
    PathOf((namespace, key_id)): PathOf<(String, String)>,
) -> Result<StatusCode, ApiError> {
    let key_id: KeyId = key_id
        .parse()
        .map_err(|error| ApiError::invalid(format!("key id {key_id:?}: {error}")))?;
    if server.app.providers.remove_key(&namespace, key_id).await? {
        return Ok(StatusCode::NO_CONTENT);
    }
    Err(ApiError::new(
        ErrorKind::NotFound,
        format!("the namespace {namespace} has no registered key {key_id}"),
    ))
}

fn shown(keys: &[RegisteredKey]) -> Value {
    let keys: Vec<Value> = keys
        .iter()
        .map(|key| json!({"key_id": key.key_id, "armored": key.armored, "registered_at": key.registered_at.to_rfc3339()}))
        .collect();
    json!({"keys": keys})
}
