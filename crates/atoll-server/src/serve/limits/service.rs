//! The requests of a connection.

use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use http::header::CONNECTION;
use http::{HeaderValue, Request, StatusCode, Version};
use http_body::Body as HttpBody;
use tower::{BoxError, Service};

use super::connection::Connection;
use super::request_body::{IdleBody, Silence};
use super::response_body::OfferedBody;

/// Serves the requests of one connection, and notes on it how they fare.
#[derive(Clone, Debug)]
pub(in crate::serve) struct LimitedService<S> {
    inner: S,
    connection: Connection,
}

impl<S> LimitedService<S> {
    pub(super) fn new(inner: S, connection: Connection) -> Self {
        Self { inner, connection }
    }
}

impl<S, B> Service<Request<B>> for LimitedService<S>
where
    S: Service<Request<Body>, Response = Response, Future: Send + 'static>,
    B: HttpBody<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
{
    type Response = Response;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let connection = self.connection.clone();
        let running = connection.request();
        let version = request.version();
        let (parts, body) = request.into_parts();
        // A request without a body, which most are, needs no clock.
        let (body, silence) = if body.is_end_stream() {
            (Body::empty(), None)
        } else {
            let silence = Silence::default();
            let body = IdleBody::new(body, connection.clone(), silence.clone());
            (Body::new(body), Some(silence))
        };
        let answered = self.inner.call(Request::from_parts(parts, body));
        Box::pin(async move {
            let mut response = answered.await?;
            if silence.is_some_and(|silence| silence.was_too_long()) {
                say_timeout(&mut response, version);
            }
            Ok(response.map(|body| Body::new(OfferedBody::new(body, connection, running))))
        })
    }
}

/// Gives an error its reason. Its words are the handler's, in the form of its protocol; only here it is known that the client was too
/// slow and not gone.
fn say_timeout(response: &mut Response, version: Version) {
    if !response.status().is_client_error() && !response.status().is_server_error() {
        return;
    }
    *response.status_mut() = StatusCode::REQUEST_TIMEOUT;
    // HTTP/2 ends the stream and keeps the connection.
    if version < Version::HTTP_2 {
        let close = HeaderValue::from_static("close");
        response.headers_mut().insert(CONNECTION, close);
    }
}
