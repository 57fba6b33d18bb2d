//! Keeping the store tidy and whole.

use atoll_app::maintenance::fsck::{FsckOptions, FsckReport};
use atoll_app::maintenance::gc::{GRACE_SECS, GcOptions, GcReport};
use atoll_app::maintenance::reindex::ReindexReport;
use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use serde_json::{Value, json};

use super::access::Administrator;
use super::errors::ApiError;
use super::input::JsonBody;
use crate::state::Server;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct GcBody {
    dry_run: bool,
    /// Manifests too that no tag leads to.
    untagged: bool,
    grace_secs: u32,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct FsckBody {
    verify_content: bool,
    repair: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ReindexBody {}

impl Default for GcBody {
    fn default() -> Self {
        Self {
            dry_run: false,
            untagged: false,
            grace_secs: u32::try_from(GRACE_SECS).unwrap_or(u32::MAX),
        }
    }
}

/// `POST /api/v1/maintenance/gc`
pub(super) async fn gc(
    State(server): State<Server>,
    _: Administrator,
    JsonBody(body): JsonBody<GcBody>,
) -> Result<Json<GcReport>, ApiError> {
    let grace_secs = i64::from(body.grace_secs);
    let options = GcOptions {
        dry_run: body.dry_run,
        untagged: body.untagged.then_some(grace_secs),
        grace_secs,
    };
    Ok(Json(server.app.maintenance.collect(options).await?))
}

/// `POST /api/v1/maintenance/fsck`
pub(super) async fn fsck(
    State(server): State<Server>,
    _: Administrator,
    JsonBody(body): JsonBody<FsckBody>,
) -> Result<Json<Value>, ApiError> {
    let options = FsckOptions {
        verify_content: body.verify_content,
        repair: body.repair,
    };
    let FsckReport { damage, counts } = server.app.maintenance.check(options).await?;
    let messages: Vec<String> = damage.iter().map(ToString::to_string).collect();
    Ok(Json(
        json!({"damage": damage, "messages": messages, "counts": counts}),
    ))
}

/// `POST /api/v1/maintenance/reindex`
pub(super) async fn reindex(
    State(server): State<Server>,
    _: Administrator,
    _: JsonBody<ReindexBody>,
) -> Result<Json<ReindexReport>, ApiError> {
    Ok(Json(server.app.maintenance.reindex().await?))
}
