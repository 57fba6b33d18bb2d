//! All protocols in one router.

use std::convert::Infallible;

use ::http::{Method, Request, StatusCode, Uri};
use axum::body::Body;
use axum::extract::State;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::routing::Route;
use axum::{Extension, middleware};
use tower::{Layer, Service, ServiceBuilder};
use tower_http::catch_panic::CatchPanicLayer;

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
    let admit = middleware::from_fn_with_state(server.clone(), admit);
    assemble(server, admit)
}

/// What the owner's socket serves: the same, and whoever can open it may do everything.
pub fn owner_router(server: Server) -> Routed {
    assemble(server, Extension(CallerResult(Ok(Caller::owner()))))
}

/// All routes, with what is done around every request and before every handler.
fn assemble<L>(server: Server, before_handlers: L) -> Routed
where
    L: Layer<Route> + Clone + Send + Sync + 'static,
    L::Service: Service<Request<Body>, Response = Response, Error = Infallible>,
    L::Service: Clone + Send + Sync + 'static,
    <L::Service as Service<Request<Body>>>::Future: Send + 'static,
{
    let attend = middleware::from_fn_with_state(server.clone(), attend);
    // One stack: every `Router::layer` would box each route, and its answers, once more.
    let layers = ServiceBuilder::new()
        .layer(attend)
        .layer(CatchPanicLayer::custom(panicked))
        .layer(before_handlers);
    let routes = table().into_router().fallback(absent).layer(layers);
    routes.with_state(server).into()
}

/// Middleware: what is done around every request.
async fn attend(State(server): State<Server>, request: Request<Body>, next: Next) -> Response {
    let answer = |request| drain_after_answer(request, next);
    server.requests.observe(request, answer).await
}

/// Middleware: what every request of the public goes through before its handler. It is one, as each boxes requests and answers anew.
async fn admit(State(server): State<Server>, mut request: Request<Body>, next: Next) -> Response {
    if let Some(refusal) = loops::refusal(&server, &request) {
        return refusal;
    }
    authenticate(&server, &mut request).await;
    oci::challenge::complete(&server, request, next).await
}

async fn absent(uri: Uri) -> Response {
    if uri.path().starts_with("/v2/") {
        return oci::absent();
    }
    (StatusCode::NOT_FOUND, "there is nothing at this address\n").into_response()
}

fn panicked(_: Box<dyn std::any::Any + Send + 'static>) -> Response {
    tracing::error!("a handler panicked; this is a fault of Atoll");
    (
        StatusCode::INTERNAL_SERVER_ERROR,
        "the server failed; its log says where\n",
    )
        .into_response()
}
