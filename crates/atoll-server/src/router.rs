//! All protocols in one router.

use std::sync::Arc;

use ::http::{Method, Request, StatusCode, Uri};
use axum::body::Body;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Router, middleware};
use tower::util::MapRequestLayer;
use tower::{Layer as _, ServiceBuilder};
use tower_http::catch_panic::CatchPanicLayer;

use crate::extract::{Caller, CallerResult, authenticate};
use crate::http::drain::drain_after_answer;
use crate::operations::requests::RequestIds;
use crate::operations::{loops, requests};
use crate::routes::Routes;
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
pub fn router(server: Server) -> Router {
    let challenge = middleware::from_fn_with_state(server.clone(), oci::challenge::complete);
    let authenticate = middleware::from_fn_with_state(server.clone(), authenticate);
    let refuse_loops = middleware::from_fn_with_state(server.clone(), loops::refuse);
    let ids = Arc::clone(&server.request_ids);
    // One stack: every `Router::layer` would box each route, and its answers, once more.
    let before_handlers = ServiceBuilder::new()
        .layer(refuse_loops)
        .layer(authenticate)
        .layer(challenge);
    wrap(
        table()
            .into_router()
            .layer(before_handlers)
            .with_state(server),
        ids,
    )
}

/// What the owner's socket serves: the same, and whoever can open it may do everything.
pub fn owner_router(server: Server) -> Router {
    let ids = Arc::clone(&server.request_ids);
    wrap(
        table()
            .into_router()
            .layer(Extension(CallerResult(Ok(Caller::owner()))))
            .with_state(server),
        ids,
    )
}

fn wrap(routes: Router, ids: Arc<RequestIds>) -> Router {
    let inner = routes
        .layer(middleware::from_fn(requests::remember_route))
        .fallback(absent)
        .layer(
            ServiceBuilder::new()
                .layer(middleware::from_fn_with_state(ids, requests::observe))
                .layer(middleware::from_fn(drain_after_answer))
                .layer(CatchPanicLayer::custom(panicked)),
        );
    // A repository's name is made one segment before the routes are matched.
    let rewrite = MapRequestLayer::new(|mut request: Request<Body>| {
        oci::path::rewrite(request.uri_mut());
        request
    });
    Router::new().fallback_service(rewrite.layer(inner))
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
