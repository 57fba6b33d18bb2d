//! Remote service discovery.
//!
//! Spec: <https://developer.hashicorp.com/terraform/internals/remote-service-discovery>

use axum::Json;
use serde_json::{Value, json};

/// `GET /.well-known/terraform.json`: what this host offers. It is the same for every name the host goes by, because the
/// services below look at the name themselves; readable by anybody, as a 401 here is fatal to clients.
pub(super) async fn services() -> Json<Value> {
    // Clients add no slash to this address, and would ask beside it without one.
    Json(json!({"modules.v1": "/v1/modules/", "providers.v1": "/v1/providers/"}))
}
