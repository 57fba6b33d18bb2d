//! Answers one request: log, misbehave, look up, send.

use std::sync::Arc;
use std::time::Instant;

use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use http::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use http::{Method, StatusCode};
use percent_encoding::percent_decode_str;

use super::LoggedRequest;
use super::documents::Found;
use super::fault::FaultKind;
use super::send::{Spoil, send};
use super::server::Shared;

pub(crate) async fn answer(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let (request, _) = request.into_parts();
    let path = percent_decode_str(request.uri.path())
        .decode_utf8_lossy()
        .into_owned();
    shared.log(LoggedRequest {
        method: request.method.clone(),
        path: path.clone(),
        query: request.uri.query().map(str::to_owned),
        headers: request.headers.clone(),
        at: Instant::now(),
    });
    let mut spoil = Spoil::default();
    for fault in shared.strike(&path) {
        if let Some(response) = befall(fault, &request.method, &mut spoil).await {
            return response;
        }
    }
    if !shared.lets_in(request.headers.get(AUTHORIZATION)) {
        return (StatusCode::UNAUTHORIZED, [(WWW_AUTHENTICATE, "Bearer")]).into_response();
    }
    if !matches!(request.method, Method::GET | Method::HEAD) {
        return StatusCode::METHOD_NOT_ALLOWED.into_response();
    }
    let found = shared.catalog().find(&path);
    match found {
        Some(Found {
            location: Some(location),
            ..
        }) => (StatusCode::NO_CONTENT, [("x-terraform-get", location)]).into_response(),
        Some(found) => send(&request, found, spoil).await,
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// Lets a fault happen: an answer of its own, or something to remember for the body.
async fn befall(fault: FaultKind, method: &Method, spoil: &mut Spoil) -> Option<Response> {
    match fault {
        FaultKind::Delay(delay) => tokio::time::sleep(delay).await,
        FaultKind::Drip { chunk_bytes, pause } => spoil.drip = Some((chunk_bytes, pause)),
        FaultKind::ResetAfter(bytes) => spoil.reset_after = Some(bytes),
        FaultKind::WrongBytes => spoil.wrong_bytes = true,
        FaultKind::IgnoreRange => spoil.ignore_range = true,
        FaultKind::NoLength => spoil.no_length = true,
        FaultKind::NoHead => {
            let is_head = method == Method::HEAD;
            return is_head.then(|| StatusCode::METHOD_NOT_ALLOWED.into_response());
        }
        FaultKind::Answer {
            status,
            headers,
            body,
        } => {
            return Some((status, headers, body).into_response());
        }
    }
    None
}
