//! A blob, whole or in part, as a response.

use atoll_app::registry::BlobSource;
use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_LENGTH, CONTENT_RANGE, ETAG, IF_RANGE, RANGE};
use http::{HeaderMap, HeaderValue, StatusCode};

use super::range::{Requested, requested};

/// Answers with the part that the request's `Range` names, or with all of it.
///
/// `described` holds the headers that describe the content. The body streams; a failure in its middle breaks the
/// connection, so that no client takes a part for the whole.
pub(crate) fn blob_response(
    source: BlobSource,
    request: &HeaderMap,
    mut described: HeaderMap,
) -> Response {
    let size = source.size();
    let range = request
        .get(RANGE)
        .filter(|_| part_still_fits(request, &described));
    match requested(range.and_then(|value| value.to_str().ok()), size) {
        Requested::Whole => {
            described.insert(CONTENT_LENGTH, size.into());
            (described, Body::from_stream(source.stream(0..size))).into_response()
        }
        Requested::Part(range) => {
            described.insert(CONTENT_LENGTH, (range.end - range.start).into());
            described.insert(
                CONTENT_RANGE,
                content_range(&format!("{}-{}", range.start, range.end - 1), size),
            );
            (
                StatusCode::PARTIAL_CONTENT,
                described,
                Body::from_stream(source.stream(range)),
            )
                .into_response()
        }
        Requested::Unsatisfiable => {
            // What describes the content, and how long it may be kept, is not true of an error.
            (
                StatusCode::RANGE_NOT_SATISFIABLE,
                [(CONTENT_RANGE, content_range("*", size))],
            )
                .into_response()
        }
    }
}

/// Whether the part that the client holds is of this content, as far as its `If-Range` says. A weak tag or a date proves nothing.
fn part_still_fits(request: &HeaderMap, described: &HeaderMap) -> bool {
    request
        .get(IF_RANGE)
        .is_none_or(|condition| described.get(ETAG) == Some(condition))
}

fn content_range(part: &str, size: u64) -> HeaderValue {
    HeaderValue::try_from(format!("bytes {part}/{size}"))
        .expect("digits and punctuation are visible ASCII")
}
