//! The management API below `/api/v1/`; `openapi.json` describes it.

mod access;
mod artifacts;
mod errors;
mod fields;
mod form;
mod input;
mod keys;
mod maintenance;
mod module_access;
mod modules;
mod openapi;
mod providers;
mod release;
mod repositories;
mod sync;
#[cfg(test)]
mod tests;
mod tokens;

use crate::routes::Routes;

/// What is published here has the host `self`.
fn module_routes() -> Routes {
    const MODULE: &str = "/api/v1/modules/{hostname}/{namespace}/{name}/{system}";
    const VERSION: &str = "/api/v1/modules/{hostname}/{namespace}/{name}/{system}/{version}";
    Routes::new()
        .post("/api/v1/modules", modules::publish_form)
        .put(VERSION, modules::publish)
        .get(MODULE, modules::show)
        .get(VERSION, modules::show)
        .delete(VERSION, modules::delete)
        .delete(
            "/api/v1/modules/{hostname}/{namespace}/{name}/{system}/{version}/tombstone",
            modules::undelete,
        )
        .put(
            "/api/v1/modules/{hostname}/{namespace}/{name}/{system}/deprecation",
            modules::deprecate,
        )
        .delete(
            "/api/v1/modules/{hostname}/{namespace}/{name}/{system}/deprecation",
            modules::undeprecate,
        )
        .put(
            "/api/v1/modules/{hostname}/{namespace}/{name}/{system}/{version}/deprecation",
            modules::deprecate,
        )
        .delete(
            "/api/v1/modules/{hostname}/{namespace}/{name}/{system}/{version}/deprecation",
            modules::undeprecate,
        )
}

/// The routes of the management API.
pub(crate) fn routes() -> Routes {
    Routes::new()
        .get("/api/openapi.json", openapi::document)
        .get("/api/v1/tokens", tokens::list)
        .post("/api/v1/tokens", tokens::create)
        .delete("/api/v1/tokens/{id}", tokens::revoke)
        .post("/api/v1/providers", providers::publish)
        .post("/api/v1/imports/providers", providers::import)
        .and(module_routes())
        .get("/api/v1/namespaces/{namespace}/keys", keys::list)
        .post("/api/v1/namespaces/{namespace}/keys", keys::register)
        .delete("/api/v1/namespaces/{namespace}/keys/{key_id}", keys::remove)
        .post("/api/v1/mirror/sync", sync::start)
        .get("/api/v1/mirror/sync/{id}", sync::status)
        .get("/api/v1/artifacts", artifacts::list)
        .get("/api/v1/repositories/{*name}", repositories::show)
        .put("/api/v1/repositories/{*name}", repositories::change)
        .post("/api/v1/maintenance/gc", maintenance::gc)
        .post("/api/v1/maintenance/fsck", maintenance::fsck)
        .post("/api/v1/maintenance/reindex", maintenance::reindex)
}
