//! Request bodies as the use cases take them, and blobs as response bodies.

use atoll_app::registry::{ClientGone, Received};
use axum::body::{Body, HttpBody as _};
use futures_util::TryStreamExt as _;

/// A request's body, as a stream and with its length where the client told it.
pub(crate) fn received_from(body: Body) -> Received {
    let length = body.size_hint().exact();
    let stream = body
        .into_data_stream()
        .map_err(|error| ClientGone(error.to_string()));
    Received {
        range: None,
        length,
        stream: Box::pin(stream),
    }
}
