//! All protocols in one router.

use std::panic::AssertUnwindSafe;

use ::http::{Method, StatusCode, Uri};
use axum::extract::{Request, State};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt as _;

use crate::extract::{Caller, CallerResult, authenticate};
use crate::http::drain::drain_after_answer;
use crate::operations::loops;
use crate::routes::Routes;
use crate::serve::Routed;
use crate::state::Server;
use crate::{api, oci, operations, terraform};

fn table() -> Routes {
    Routes::new()
        .and(oci::routes())
        .and(terraform::routes())
        .and(api::routes())
        .and(operations::routes())
}

/// Every route of the server: method and path template.
pub fn all_routes() -> Vec<(Method, &'static str)> {
    table().list().to_vec()
}

/// What the public listener serves.
pub fn router(server: Server) -> Routed {
    behind(Door::Public, server)
}

/// What the owner's socket serves: the same, and whoever can open it may do everything.
pub fn owner_router(server: Server) -> Routed {
    behind(Door::Owners, server)
}

/// Where a request came in.
#[derive(Clone, Copy)]
enum Door {
    /// At the public listener.
    Public,
    /// At the socket that only the owner can open.
    Owners,
}

/// All routes, with what is done around every request.
fn behind(door: Door, server: Server) -> Routed {
    let attend = middleware::from_fn_with_state((server.clone(), door), attend);
    let routes = table().into_router().fallback(absent).layer(attend);
    routes.with_state(server).into()
}

/// Middleware: what is done around every request. It is one, as each boxes requests and answers anew.
async fn attend(
    State((server, door)): State<(Server, Door)>,
    request: Request,
    next: Next,
) -> Response {
    let answer = |request| {
        drain_after_answer(request, |request| {
            without_panic(admit(&server, door, request, next))
        })
    };
    server.requests.observe(request, answer).await
}

/// What every request goes through before its handler.
async fn admit(server: &Server, door: Door, mut request: Request, next: Next) -> Response {
    match door {
        Door::Public => {
            if let Some(refusal) = loops::refusal(server, &request) {
                return refusal;
            }
            authenticate(server, &mut request).await;
            oci::challenge::complete(server, request, next).await
        }
        Door::Owners => {
            let owner = CallerResult(Ok(Caller::owner()));
            request.extensions_mut().insert(owner);
            next.run(request).await
        }
    }
}

async fn absent(uri: Uri) -> Response {
    if uri.path().starts_with("/v2/") {
        return oci::absent();
    }
    (StatusCode::NOT_FOUND, "there is nothing at this address\n").into_response()
}

/// The answer, or one that says that there is none: a connection does not end with a handler that panics.
async fn without_panic(answer: impl Future<Output = Response>) -> Response {
    let answered = AssertUnwindSafe(answer).catch_unwind().await;
    answered.unwrap_or_else(|_| {
        tracing::error!("a handler panicked; this is a fault of Atoll");
        let words = "the server failed; its log says where\n";
        (StatusCode::INTERNAL_SERVER_ERROR, words).into_response()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_is_answered() {
        let answer = without_panic(async { panic!("a fault") }).await;
        assert_eq!(answer.status(), StatusCode::INTERNAL_SERVER_ERROR);
        let answer = without_panic(async { StatusCode::NO_CONTENT.into_response() }).await;
        assert_eq!(answer.status(), StatusCode::NO_CONTENT);
    }
}
