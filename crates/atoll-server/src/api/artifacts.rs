//! What is held.

use atoll_app::holdings::{
    HOLDINGS_PAGE_MAX, HeldModule, HeldProvider, HeldTag, Holding, HoldingsCursor, Kind,
};
use atoll_core::proof::Proof;
use atoll_core::time_micros::Micros;
use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::access::Anybody;
use super::errors::ApiError;
use super::input::QueryOf;
use crate::state::Server;

/// How what was pushed came here.
const PUSHED: &str = "pushed";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ListQuery {
    pattern: Option<String>,
    after: Option<String>,
    limit: Option<usize>,
}

/// A version of a provider, or a tag of anything else.
#[derive(Serialize)]
struct Artifact {
    kind: &'static str,
    repository: String,
    address: String,
    /// The tag, where it is no version.
    version: String,
    platforms: Vec<Package>,
    origin: String,
    captured_at: String,
    age_secs: i64,
    proof: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    digest: Option<String>,
    size: u64,
}

#[derive(Serialize)]
struct Package {
    platform: String,
    held: bool,
    size: u64,
}

/// `GET /api/v1/artifacts[?pattern=&after=&limit=]`: what the caller may pull.
pub(super) async fn list(
    State(server): State<Server>,
    Anybody(principal): Anybody,
    QueryOf(query): QueryOf<ListQuery>,
) -> Result<Json<Value>, ApiError> {
    let after = query
        .after
        .as_deref()
        .map(str::parse::<HoldingsCursor>)
        .transpose();
    let after = after.map_err(|error| ApiError::invalid(format!("after: {error}")))?;
    let limit = query.limit.unwrap_or(HOLDINGS_PAGE_MAX);
    let page = server
        .app
        .holdings
        .artifacts(&principal, query.pattern.as_deref(), after, limit)
        .await?;
    let now = atoll_app::now();
    let artifacts: Vec<Artifact> = page
        .holdings
        .into_iter()
        .map(|holding| shown(holding, now))
        .collect();
    Ok(Json(
        json!({"artifacts": artifacts, "next": page.next.map(|next| next.to_string())}),
    ))
}

fn shown(holding: Holding, now: Micros) -> Artifact {
    match holding {
        Holding::Provider(provider) => shown_provider(provider, now),
        Holding::Module(module) => shown_module(module, now),
        Holding::Tag(tag) => shown_tag(&tag, now),
    }
}

fn shown_provider(provider: HeldProvider, now: Micros) -> Artifact {
    let platforms = provider.platforms.iter().map(|platform| Package {
        platform: platform.platform.to_string(),
        held: platform.held,
        size: platform.size,
    });
    Artifact {
        kind: Kind::Provider.as_str(),
        repository: provider.repository.to_string(),
        address: provider.address,
        version: provider.version.to_string(),
        size: provider
            .platforms
            .iter()
            .map(|platform| platform.size)
            .sum(),
        platforms: platforms.collect(),
        origin: provider.origin.to_string(),
        captured_at: provider.captured_at.to_rfc3339(),
        age_secs: now.secs_since(provider.captured_at),
        proof: provider.proof.to_string(),
        digest: None,
    }
}

fn shown_module(module: HeldModule, now: Micros) -> Artifact {
    Artifact {
        kind: Kind::Module.as_str(),
        repository: module.repository.to_string(),
        address: module.address,
        version: module.version.to_string(),
        platforms: Vec::new(),
        origin: module.origin.to_string(),
        captured_at: module.captured_at.to_rfc3339(),
        age_secs: now.secs_since(module.captured_at),
        proof: module.proof.to_string(),
        digest: Some(module.digest.to_string()),
        size: module.size,
    }
}

fn shown_tag(tag: &HeldTag, now: Micros) -> Artifact {
    Artifact {
        kind: tag.kind.as_str(),
        address: tag.repository.to_string(),
        repository: tag.repository.to_string(),
        version: tag.tag.to_string(),
        platforms: Vec::new(),
        origin: PUSHED.to_owned(),
        captured_at: tag.updated_at.to_rfc3339(),
        age_secs: now.secs_since(tag.updated_at),
        proof: Proof::Hashed.to_string(),
        digest: Some(tag.digest.to_string()),
        size: tag.size,
    }
}
