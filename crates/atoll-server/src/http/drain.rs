//! Requests that are answered before they were read.
//!
//! A client of HTTP/1 that is still sending when its connection is closed is reset, and may never see the answer: it reports a
//! broken pipe where it was to report what to do. So what is still coming is read and thrown away, for a while.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, HttpBody};
use axum::extract::Request;
use axum::response::Response;
use bytes::Bytes;
use http::header::EXPECT;
use http::{HeaderMap, Version};
use http_body::{Frame, SizeHint};
use http_body_util::BodyExt as _;

/// How long a client that was answered may go on sending, in seconds.
const DRAIN_SECS: u64 = 30;

/// Has a request answered, and reads the rest of a request's body after its answer.
pub(crate) async fn drain_after_answer<F: Future<Output = Response>>(
    request: Request,
    answer: impl FnOnce(Request) -> F,
) -> Response {
    // HTTP/2 can stop one stream and leave the connection as it is.
    if request.version() >= Version::HTTP_2 || request.body().is_end_stream() {
        return answer(request).await;
    }
    let waits_for_us = waits_to_be_asked(request.headers());
    let (parts, body) = request.into_parts();
    let body = Shared(Arc::new(Mutex::new(State {
        body: Some(body),
        begun: false,
    })));
    let rest = body.clone();
    let response = answer(Request::from_parts(parts, Body::new(body))).await;
    if let Some(body) = rest.take_rest(waits_for_us) {
        tokio::spawn(tokio::time::timeout(
            Duration::from_secs(DRAIN_SECS),
            drain(body),
        ));
    }
    response
}

/// Whether the client sends its body only after we asked for it.
fn waits_to_be_asked(headers: &HeaderMap) -> bool {
    headers
        .get(EXPECT)
        .is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"100-continue"))
}

async fn drain(mut body: Body) {
    while let Some(Ok(_)) = body.frame().await {}
}

/// A body that can be taken over from whoever reads it.
#[derive(Clone)]
struct Shared(Arc<Mutex<State>>);

struct State {
    body: Option<Body>,
    begun: bool,
}

impl Shared {
    /// What was not read; nothing where that is nothing, or where the client will not send it.
    fn take_rest(&self, waits_for_us: bool) -> Option<Body> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let body = state.body.take()?;
        let is_coming = state.begun || !waits_for_us;
        (is_coming && !body.is_end_stream()).then_some(body)
    }
}

impl HttpBody for Shared {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.begun = true;
        match &mut state.body {
            Some(body) => Pin::new(body).poll_frame(context),
            None => Poll::Ready(Some(Err(axum::Error::new(
                "the request was answered before its body was read",
            )))),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .body
            .as_ref()
            .is_some_and(HttpBody::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        let state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state
            .body
            .as_ref()
            .map_or_else(SizeHint::default, HttpBody::size_hint)
    }
}
