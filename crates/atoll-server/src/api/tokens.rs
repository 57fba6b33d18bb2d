//! Access tokens.

use atoll_app::access::{NewToken, TokenRow};
use atoll_core::permission::{Scope, TokenId};
use atoll_core::time_micros::Micros;
use axum::Json;
use axum::extract::State;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::access::Administrator;
use super::errors::ApiError;
use super::input::{JsonBody, PathOf};
use crate::state::Server;

/// The longest life of a token that ends at all, in seconds: a hundred years, so that dates stay writable.
const LIFE_SECS_MAX: u64 = 100 * 366 * 24 * 60 * 60;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CreateBody {
    name: String,
    scopes: Vec<Scope>,
    expires_in_secs: Option<u64>,
}

#[derive(Serialize)]
pub(super) struct Created {
    id: TokenId,
    name: String,
    /// Shown here and never again.
    token: String,
    scopes: Vec<Scope>,
    expires_at: Option<String>,
}

#[derive(Serialize)]
struct Listed {
    id: TokenId,
    name: String,
    prefix: String,
    scopes: Vec<Scope>,
    created_at: String,
    expires_at: Option<String>,
    revoked_at: Option<String>,
}

/// `POST /api/v1/tokens`
pub(super) async fn create(
    State(server): State<Server>,
    _: Administrator,
    JsonBody(body): JsonBody<CreateBody>,
) -> Result<(StatusCode, Json<Created>), ApiError> {
    let expires_at = body.expires_in_secs.map(expiry).transpose()?;
    let new = NewToken {
        name: body.name.clone(),
        scopes: body.scopes.clone().into(),
        expires_at,
    };
    let created = server.app.tokens.create(new).await?;
    let answer = Created {
        id: created.id,
        name: body.name,
        token: created.secret.expose(),
        scopes: body.scopes,
        expires_at: expires_at.map(Micros::to_rfc3339),
    };
    Ok((StatusCode::CREATED, Json(answer)))
}

/// `GET /api/v1/tokens`
pub(super) async fn list(
    State(server): State<Server>,
    _: Administrator,
) -> Result<Json<Value>, ApiError> {
    let tokens: Vec<Listed> = server
        .app
        .tokens
        .list()
        .await?
        .into_iter()
        .map(listed)
        .collect();
    Ok(Json(json!({"tokens": tokens})))
}

/// `DELETE /api/v1/tokens/{id}`
pub(super) async fn revoke(
    State(server): State<Server>,
    _: Administrator,
    PathOf(id): PathOf<String>,
) -> Result<StatusCode, ApiError> {
    server.app.tokens.revoke(&TokenId::new(id)).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn expiry(secs: u64) -> Result<Micros, ApiError> {
    let secs = i64::try_from(secs.min(LIFE_SECS_MAX)).unwrap_or(i64::MAX);
    if secs == 0 {
        return Err(ApiError::invalid(
            "expires_in_secs is at least 1; leave it out for a token that never expires",
        ));
    }
    Ok(atoll_app::now().plus_secs(secs))
}

fn listed(row: TokenRow) -> Listed {
    Listed {
        id: row.id,
        name: row.name,
        prefix: row.prefix,
        scopes: row.scopes.iter().cloned().collect(),
        created_at: row.created_at.to_rfc3339(),
        expires_at: row.expires_at.map(Micros::to_rfc3339),
        revoked_at: row.revoked_at.map(Micros::to_rfc3339),
    }
}
