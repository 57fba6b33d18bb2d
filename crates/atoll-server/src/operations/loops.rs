//! Requests that this installation sent to itself.

use atoll_upstream::LOOP_HEADER;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode};

use crate::state::Server;

const EXPLANATION: &str = "this server asked itself: the name or the address of one of its upstreams leads back here; \
    give the upstream's real addresses in its block, as `resolve = [\"IP\"]`\n";

/// The answer to a request of this very installation: an error that says so. It would wait for itself otherwise.
pub(crate) fn refusal(server: &Server, request: &Request) -> Option<Response> {
    if !came_from(request.headers(), &server.app.instance_id) {
        return None;
    }
    tracing::error!(http.path = %request.uri().path(), "an upstream's address leads back to this server");
    Some((StatusCode::LOOP_DETECTED, EXPLANATION).into_response())
}

fn came_from(headers: &HeaderMap, instance_id: &str) -> bool {
    let values = headers.get_all(LOOP_HEADER).into_iter();
    let mut ids = values
        .filter_map(|value| value.to_str().ok())
        .flat_map(|text| text.split(','));
    ids.any(|id| id.trim() == instance_id)
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn the_own_id_is_found_among_others() {
        let mut headers = HeaderMap::new();
        assert!(!came_from(&headers, "0f3c"));
        headers.append(LOOP_HEADER, HeaderValue::from_static("0f3c1, other"));
        headers.append(LOOP_HEADER, HeaderValue::from_bytes(b"\xe4").unwrap());
        assert!(!came_from(&headers, "0f3c"));
        headers.append(LOOP_HEADER, HeaderValue::from_static("other, 0f3c"));
        assert!(came_from(&headers, "0f3c"));
    }
}
