//! Routes behind what must be done before they are matched.

use std::convert::Infallible;
use std::task::{Context, Poll};

use axum::Router;
use axum::body::HttpBody;
use axum::response::Response;
use axum::routing::future::RouteFuture;
use bytes::Bytes;
use http::Request;
use tower::{BoxError, Service};

use crate::oci;

/// Routes; the name of a repository in a path is made one segment before they are matched. A layer of the router can't do that, and
/// another router around it would cost each request as much as a layer does.
#[derive(Clone, Debug)]
pub struct Routed(Router);

impl From<Router> for Routed {
    fn from(routes: Router) -> Self {
        // Makes services of the routes once, and not for each request.
        Self(routes.with_state(()))
    }
}

impl<B> Service<Request<B>> for Routed
where
    B: HttpBody<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
{
    type Response = Response;
    type Error = Infallible;
    type Future = RouteFuture<Infallible>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Service::<Request<B>>::poll_ready(&mut self.0, context)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        oci::path::rewrite(request.uri_mut());
        self.0.call(request)
    }
}
