//! A response's body, which notes when the client does not take it.

use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::Body;
use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};

use super::connection::{Connection, Running, Untaken};

/// A body of which the next part is asked for when the client has room for it.
pub(super) struct OfferedBody {
    body: Body,
    connection: Connection,
    untaken: Option<Untaken>,
    _running: Running,
}

impl OfferedBody {
    pub(super) fn new(body: Body, connection: Connection, running: Running) -> Self {
        // Nothing is asked for before the head is on its way.
        let untaken = Some(connection.offer());
        Self {
            body,
            connection,
            untaken,
            _running: running,
        }
    }
}

impl HttpBody for OfferedBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        // Whoever asks has taken what was before. From here on we are the one who is waited for.
        self.untaken = None;
        let polled = Pin::new(&mut self.body).poll_frame(context);
        if let Poll::Ready(Some(Ok(_))) = polled {
            self.untaken = Some(self.connection.offer());
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
