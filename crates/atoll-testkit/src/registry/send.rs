//! Sends bytes: whole or a range, well or badly.

use std::io;
use std::time::Duration;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream::{self, BoxStream};
use http::header::{ACCEPT_RANGES, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, RANGE};
use http::request::Parts;
use http::{HeaderMap, Method, StatusCode};

use super::documents::Found;

/// How the body of one answer is spoilt.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Spoil {
    pub(crate) drip: Option<(usize, Duration)>,
    pub(crate) reset_after: Option<u64>,
    pub(crate) wrong_bytes: bool,
    pub(crate) ignore_range: bool,
    pub(crate) no_length: bool,
}

type Pieces = BoxStream<'static, io::Result<Bytes>>;

pub(crate) async fn send(request: &Parts, found: Found, spoil: Spoil) -> Response {
    let size = found.content.size();
    let asked = if spoil.ignore_range {
        Ok(None)
    } else {
        asked_range(&request.headers, size)
    };
    let Ok(range) = asked else {
        let header = [(CONTENT_RANGE, format!("bytes */{size}"))];
        return (StatusCode::RANGE_NOT_SATISFIABLE, header).into_response();
    };
    let (start, length) = range.unwrap_or((0, size));
    let mut response = Response::new(Body::empty());
    let headers = response.headers_mut();
    headers.insert(
        CONTENT_TYPE,
        found.content_type.parse().expect("a content type"),
    );
    headers.insert(ACCEPT_RANGES, "bytes".parse().expect("a word"));
    if !spoil.no_length {
        headers.insert(CONTENT_LENGTH, length.into());
    }
    if range.is_some() {
        let last = start + length - 1;
        let value = format!("bytes {start}-{last}/{size}");
        headers.insert(CONTENT_RANGE, value.parse().expect("a range"));
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
    }
    if request.method != Method::HEAD {
        let pieces = found.content.read(start, length).await;
        *response.body_mut() = Body::from_stream(spoiled(pieces, length, spoil));
    }
    response
}

/// The range that was asked for, as start and length: `bytes=A-` or `bytes=A-B`.
fn asked_range(headers: &HeaderMap, size: u64) -> Result<Option<(u64, u64)>, ()> {
    let Some(text) = headers.get(RANGE).and_then(|value| value.to_str().ok()) else {
        return Ok(None);
    };
    let (first, last) = text
        .strip_prefix("bytes=")
        .and_then(|it| it.split_once('-'))
        .ok_or(())?;
    let first: u64 = first.parse().map_err(|_| ())?;
    if first >= size {
        return Err(());
    }
    let last = if last.is_empty() {
        size - 1
    } else {
        last.parse().map_err(|_| ())?
    };
    let end = last.saturating_add(1).min(size);
    Ok(Some((first, end.checked_sub(first).ok_or(())?)))
}

fn spoiled(pieces: Pieces, length: u64, spoil: Spoil) -> Pieces {
    let mut pieces = pieces;
    if spoil.wrong_bytes {
        pieces = flip_last(pieces, length);
    }
    if let Some((chunk_bytes, pause)) = spoil.drip {
        pieces = drip(pieces, chunk_bytes, pause);
    }
    if let Some(bytes) = spoil.reset_after {
        pieces = reset_after(pieces, bytes);
    }
    pieces
}

fn flip_last(pieces: Pieces, length: u64) -> Pieces {
    let mut left = length;
    pieces
        .map(move |piece| {
            let mut bytes = piece?.to_vec();
            left = left.saturating_sub(length_of(&bytes));
            if left == 0
                && let Some(last) = bytes.last_mut()
            {
                *last ^= 0xff;
            }
            Ok(bytes.into())
        })
        .boxed()
}

fn drip(pieces: Pieces, chunk_bytes: usize, pause: Duration) -> Pieces {
    pieces
        .flat_map(move |piece| match piece {
            Ok(bytes) => stream::iter(small_pieces(&bytes, chunk_bytes)).boxed(),
            Err(error) => stream::iter([Err(error)]).boxed(),
        })
        .then(move |piece| async move {
            tokio::time::sleep(pause).await;
            piece
        })
        .boxed()
}

fn small_pieces(bytes: &Bytes, chunk_bytes: usize) -> Vec<io::Result<Bytes>> {
    let end = |at: usize| bytes.len().min(at + chunk_bytes);
    (0..bytes.len())
        .step_by(chunk_bytes)
        .map(|at| Ok(bytes.slice(at..end(at))))
        .collect()
}

fn reset_after(pieces: Pieces, bytes_max: u64) -> Pieces {
    let reset = || io::Error::new(io::ErrorKind::ConnectionReset, "reset by the test");
    let mut left = bytes_max;
    pieces
        .flat_map(move |piece| {
            let Ok(bytes) = piece else {
                return stream::iter(vec![piece]);
            };
            let length = length_of(&bytes);
            if length <= left {
                left -= length;
                return stream::iter(vec![Ok(bytes)]);
            }
            let kept = bytes.slice(..usize::try_from(left).unwrap_or(bytes.len()));
            left = 0;
            stream::iter(vec![Ok(kept), Err(reset())])
        })
        // What was sent must leave before the connection breaks, or the client sees less of it.
        .then(|piece| async move {
            if piece.is_err() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            piece
        })
        .boxed()
}

fn length_of(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}
