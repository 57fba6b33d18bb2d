//! A request's body, which fails when the client is silent.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};
use tokio::time::{Instant, Sleep};
use tower::BoxError;

use super::connection::Connection;

/// Whether the client was silent for too long. A cheap clone.
#[derive(Clone, Debug, Default)]
pub(super) struct Silence(Arc<AtomicBool>);

impl Silence {
    pub(super) fn was_too_long(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// The client was silent for too long.
#[derive(Debug, thiserror::Error)]
#[error(
    "no byte of the request arrived for {secs} s; what arrived before is kept where there is an upload session"
)]
pub(super) struct TooSilent {
    secs: u64,
}

/// A body that is waited for no longer than the limit. The time until somebody asks for more does not count.
pub(super) struct IdleBody<B> {
    body: Pin<Box<B>>,
    connection: Connection,
    silence: Silence,
    deadline: Pin<Box<Sleep>>,
    is_waiting: bool,
}

impl<B> IdleBody<B> {
    pub(super) fn new(body: B, connection: Connection, silence: Silence) -> Self {
        let deadline = Box::pin(tokio::time::sleep(connection.limits.body_idle));
        Self {
            body: Box::pin(body),
            connection,
            silence,
            deadline,
            is_waiting: false,
        }
    }
}

impl<B: HttpBody<Data = Bytes, Error: Into<BoxError>>> HttpBody for IdleBody<B> {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        if let Poll::Ready(frame) = self.body.as_mut().poll_frame(context) {
            self.is_waiting = false;
            self.connection.moves();
            return Poll::Ready(frame.map(|frame| frame.map_err(Into::into)));
        }
        let limit = self.connection.limits.body_idle;
        if !self.is_waiting {
            self.is_waiting = true;
            self.deadline.as_mut().reset(Instant::now() + limit);
        }
        self.deadline.as_mut().poll(context).map(|()| {
            self.silence.0.store(true, Ordering::Relaxed);
            let secs = limit.as_secs();
            Some(Err(TooSilent { secs }.into()))
        })
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
