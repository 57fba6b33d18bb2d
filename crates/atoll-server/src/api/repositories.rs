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
    let registry = &server.app.registry;
    let (settings, meant) = (
        registry.find_settings(&name).await?,
        registry.find_meant(&name).await?,
    );
    let unknown = || match &meant {
        Some(meant) => {
            format!("repository {name} is unknown; what has that address is in {meant}")
        }
        None => format!("repository {name} is unknown"),
    };
    let settings = settings.ok_or_else(|| ApiError::new(ErrorKind::NotFound, unknown()))?;
    Ok(Json(shown(&name, settings, meant.as_ref())))
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
    let registry = &server.app.registry;
    // What only informs is read first: where that fails, nothing was changed yet.
    let meant = registry.find_meant(&name).await?;
    let settings = registry.change_settings(&name, change).await?;
    Ok(Json(shown(&name, settings, meant.as_ref())))
}

fn repository(text: &str) -> Result<RepositoryName, ApiError> {
    text.parse()
        .map_err(|error| ApiError::invalid(format!("repository name {text:?}: {error}")))
}

/// `elsewhere` is the repository of the module or provider that has the name for its address, where there is one.
fn shown(
    name: &RepositoryName,
    settings: RepositorySettings,
    elsewhere: Option<&RepositoryName>,
) -> Value {
    let mut shown = json!({"name": name.as_str(), "visibility": settings.visibility.as_str(), "immutable_tags": settings.immutable_tags});
    if let (Some(elsewhere), Some(shown)) = (elsewhere, shown.as_object_mut()) {
        shown.insert("elsewhere".to_owned(), elsewhere.as_str().into());
    }
    shown
}
