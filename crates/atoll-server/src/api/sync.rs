//! Fetching ahead.

use atoll_app::sync::{SyncRequest, SyncStatus};
use axum::Json;
use axum::extract::State;
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::access::Administrator;
use super::errors::ApiError;
use super::input::{JsonBody, PathOf};
use crate::state::Server;

/// How many selections one request has at most.
const SELECTIONS_MAX: usize = 1000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SyncBody {
    upstream: Option<String>,
    #[serde(default)]
    select: Vec<String>,
    #[serde(default)]
    platforms: Vec<String>,
    #[serde(default)]
    dry_run: bool,
}

/// `POST /api/v1/mirror/sync`
pub(super) async fn start(
    State(server): State<Server>,
    _: Administrator,
    JsonBody(body): JsonBody<SyncBody>,
) -> Result<(StatusCode, Json<Value>), ApiError> {
    if body.select.len() > SELECTIONS_MAX {
        return Err(ApiError::invalid(format!(
            "a sync has at most {SELECTIONS_MAX} selections"
        )));
    }
    let request = SyncRequest {
        upstream: body.upstream.as_deref().map(parsed).transpose()?,
        select: parsed_all(&body.select)?,
        platforms: parsed_all(&body.platforms)?,
        dry_run: body.dry_run,
    };
    let id = server.app.syncs.start(request).await?;
    Ok((StatusCode::ACCEPTED, Json(json!({"id": id}))))
}

/// `GET /api/v1/mirror/sync/{id}`
pub(super) async fn status(
    State(server): State<Server>,
    _: Administrator,
    PathOf(id): PathOf<String>,
) -> Result<Json<SyncStatus>, ApiError> {
    Ok(Json(server.app.syncs.status(&id)?))
}

fn parsed<T: std::str::FromStr>(text: &str) -> Result<T, ApiError>
where
    T::Err: std::fmt::Display,
{
    text.parse()
        .map_err(|error| ApiError::invalid(format!("{text:?}: {error}")))
}

fn parsed_all<T: std::str::FromStr>(texts: &[String]) -> Result<Vec<T>, ApiError>
where
    T::Err: std::fmt::Display,
{
    texts.iter().map(|text| parsed(text)).collect()
}
