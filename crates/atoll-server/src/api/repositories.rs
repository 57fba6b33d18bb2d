//! How repositories are set up.

use atoll_app::registry::{RepositoryChange, RepositorySettings};
use atoll_core::kind::ErrorKind;
use atoll_core::permission::Visibility;
use atoll_core::repository::RepositoryName;
use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use serde_json::{Value, json};

use super::access::Administrator;
use super::errors::ApiError;
use super::input::{JsonBody, PathOf};
use crate::state::Server;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ChangeBody {
    visibility: Option<String>,
    immutable_tags: Option<bool>,
}

/// `GET /api/v1/repositories/{name}`, slashes as they are.
pub(super) async fn show(
    State(server): State<Server>,
    _: Administrator,
    PathOf(name): PathOf<String>,
) -> Result<Json<Value>, ApiError> {
    let name = repository(&name)?;
    match server.app.registry.find_settings(&name).await? {
        Some(settings) => Ok(Json(shown(&name, settings))),
        None => Err(ApiError::new(
            ErrorKind::NotFound,
            format!("repository {name} is unknown"),
        )),
    }
}

/// `PUT /api/v1/repositories/{name}`: changes what is named, and makes the repository where there is none.
pub(super) async fn change(
    State(server): State<Server>,
    _: Administrator,
    PathOf(name): PathOf<String>,
    JsonBody(body): JsonBody<ChangeBody>,
) -> Result<Json<Value>, ApiError> {
    let name = repository(&name)?;
    let visibility = body
        .visibility
        .map(|text| text.parse::<Visibility>())
        .transpose();
    let visibility = visibility.map_err(|error| ApiError::invalid(error.to_string()))?;
    let change = RepositoryChange {
        visibility,
        immutable_tags: body.immutable_tags,
    };
    let settings = server.app.registry.change_settings(&name, change).await?;
    Ok(Json(shown(&name, settings)))
}

fn repository(text: &str) -> Result<RepositoryName, ApiError> {
    text.parse()
        .map_err(|error| ApiError::invalid(format!("repository name {text:?}: {error}")))
}

fn shown(name: &RepositoryName, settings: RepositorySettings) -> Value {
    json!({"name": name.as_str(), "visibility": settings.visibility.as_str(), "immutable_tags": settings.immutable_tags})
}
