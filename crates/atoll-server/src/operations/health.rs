//! Whether the server lives, whether it can do its work, and whom to trust.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::CONTENT_TYPE;

use crate::state::Server;

/// `GET /healthz`: the process answers.
pub(super) async fn alive() -> &'static str {
    "ok\n"
}

/// `GET /readyz`: the database and the blob store answer.
pub(super) async fn ready(State(server): State<Server>) -> Response {
    match server.app.check().await {
        Ok(()) => "ready\n".into_response(),
        Err(failure) => {
            crate::render::oci::log_failure(failure.kind(), &failure);
            (
                StatusCode::SERVICE_UNAVAILABLE,
                format!("not ready: {failure}\n"),
            )
                .into_response()
        }
    }
}

/// `GET /ca.pem`: the certificate of the built-in authority.
pub(super) async fn ca(State(server): State<Server>) -> Response {
    match &server.identity.ca_pem {
        Some(pem) => ([(CONTENT_TYPE, "application/x-pem-file")], pem.clone()).into_response(),
        None => (
            StatusCode::NOT_FOUND,
            "this server has no authority of its own; its certificate comes from the operator's\n",
        )
            .into_response(),
    }
}
