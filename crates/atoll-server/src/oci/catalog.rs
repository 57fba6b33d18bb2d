//! The list of repositories, a legacy that tools still ask for.

use atoll_core::kind::ErrorKind;
use atoll_core::repository::RepositoryName;
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::HeaderMap;
use http::request::Parts;
use serde_json::json;

use super::tags::{Page, next_page};
use crate::extract::{CallerResult, Parameters, Via, challenge};
use crate::render::oci::{Code, OciError};
use crate::state::Server;

/// `GET /v2/_catalog[?n=<number>&last=<name>]`: the repositories that the caller may pull from.
pub(super) async fn list(
    State(server): State<Server>,
    CallerResult(caller): CallerResult,
    Parameters(page): Parameters<Page>,
    parts: Parts,
) -> Result<Response, OciError> {
    let unauthorized = |error: Option<&str>, message: String| {
        OciError::new(ErrorKind::Unauthenticated, Code::Unauthorized, message).with_challenge(
            challenge(&server, &parts, Some("registry:catalog:*"), error),
        )
    };
    let caller = caller.map_err(|error| match error.kind() {
        ErrorKind::Unauthenticated => unauthorized(Some("invalid_token"), error.to_string()),
        kind => OciError::failure(kind, &*error),
    })?;
    // Clients that hold a token show it only when they are asked; a list of what is public would look whole to them.
    if caller.via == Via::Nothing {
        return Err(unauthorized(
            None,
            "log in, or ask /token for an anonymous bearer to see what is public".to_owned(),
        ));
    }
    let length = page.length()?;
    let repositories = server
        .app
        .registry
        .catalog(&caller.principal, length, page.last())
        .await?;
    let next = match repositories.names.last() {
        Some(last) if repositories.more => next_page("/v2/_catalog", length, last.as_str()),
        _ => HeaderMap::new(),
    };
    let names: Vec<&str> = repositories
        .names
        .iter()
        .map(RepositoryName::as_str)
        .collect();
    Ok((next, Json(json!({"repositories": names}))).into_response())
}
