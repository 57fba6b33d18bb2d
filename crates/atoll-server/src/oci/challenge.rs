//! Challenges for a 401 that a use case had a reason for.

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use http::StatusCode;
use http::header::{HOST, WWW_AUTHENTICATE};
use percent_encoding::percent_decode_str;

use crate::extract::challenge;
use crate::state::Server;

/// Runs what follows. A 401 below `/v2/` that says no way to authenticate gets one, as clients of registries send a token only
/// where they are asked for it. A reader whose token might fetch what is missing here is such a case.
pub(crate) async fn complete(server: &Server, request: Request, next: Next) -> Response {
    let Some(scope) = scope_of(request.uri().path()) else {
        return next.run(request).await;
    };
    let (mut asked, ()) = Request::new(()).into_parts();
    asked.uri = request.uri().clone();
    if let Some(host) = request.headers().get(HOST) {
        asked.headers.insert(HOST, host.clone());
    }
    let mut response = next.run(request).await;
    if response.status() == StatusCode::UNAUTHORIZED
        && !response.headers().contains_key(WWW_AUTHENTICATE)
        && let Some(challenge) = challenge(server, &asked, Some(&scope), None)
    {
        response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
    }
    response
}

/// The scope for reading the repository of a path, which is one segment when requests arrive here.
fn scope_of(path: &str) -> Option<String> {
    let (name, _) = path.strip_prefix("/v2/")?.split_once('/')?;
    let name = percent_decode_str(name).decode_utf8().ok()?;
    Some(format!("repository:{name}:pull"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scope_names_the_repository() {
        let scope = scope_of("/v2/providers%2Ftf.example%2Facme%2Fcoral/tags/list");
        assert_eq!(
            scope.as_deref(),
            Some("repository:providers/tf.example/acme/coral:pull")
        );
        for path in ["/v2/", "/v2/_catalog", "/v1/providers/a/b/versions"] {
            assert_eq!(scope_of(path), None, "{path}");
        }
    }
}
