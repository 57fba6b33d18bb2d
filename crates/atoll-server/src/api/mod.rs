//! The management API below `/api/v1/`; `openapi.json` describes it.

mod access;
mod artifacts;
mod errors;
mod fields;
mod form;
mod input;
mod keys;
mod maintenance;
mod openapi;
mod providers;
mod release;
mod repositories;
#[cfg(test)]
mod tests;
mod tokens;

use crate::routes::Routes;

/// The routes of the management API.
pub(crate) fn routes() -> Routes {
    Routes::new()
        .get("/api/openapi.json", openapi::document)
        .get("/api/v1/tokens", tokens::list)
        .post("/api/v1/tokens", tokens::create)
        .delete("/api/v1/tokens/{id}", tokens::revoke)
        .post("/api/v1/providers", providers::publish)
        .post("/api/v1/imports/providers", providers::import)
        .get("/api/v1/namespaces/{namespace}/keys", keys::list)
        .post("/api/v1/namespaces/{namespace}/keys", keys::register)
        .delete("/api/v1/namespaces/{namespace}/keys/{key_id}", keys::remove)
        .get("/api/v1/artifacts", artifacts::list)
        .get("/api/v1/repositories/{*name}", repositories::show)
        .put("/api/v1/repositories/{*name}", repositories::change)
        .post("/api/v1/maintenance/gc", maintenance::gc)
        .post("/api/v1/maintenance/fsck", maintenance::fsck)
        .post("/api/v1/maintenance/reindex", maintenance::reindex)
}
