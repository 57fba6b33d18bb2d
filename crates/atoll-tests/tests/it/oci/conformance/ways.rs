//! The ways in which a blob's bytes may travel.

use atoll_core::digest::Digest;
use atoll_testkit::server::Reply;
use bytes::Bytes;
use futures_util::stream;
use http::Method;

use super::suite::{Suite, closing};

/// How a blob's bytes travel.
#[derive(Clone, Copy, Debug)]
pub(super) enum Way {
    /// `POST ?digest=` with the bytes.
    SinglePost,
    /// `POST`, then `PUT` with the bytes.
    PostPut,
    /// `POST`, `PATCH` without a Content-Range, `PUT`.
    Streamed,
    /// `POST`, `PATCH` with one, `PUT`.
    OneChunk,
    /// Three chunks, `PUT`.
    Chunked,
    /// Two chunks, and the third with the `PUT`.
    LastChunkInPut,
    /// One stream, and the rest with the `PUT`, none with a Content-Range.
    LastStreamInPut,
}

pub(super) const WAYS: [Way; 7] = [
    Way::SinglePost,
    Way::PostPut,
    Way::Streamed,
    Way::OneChunk,
    Way::Chunked,
    Way::LastChunkInPut,
    Way::LastStreamInPut,
];

pub(super) async fn push(
    suite: &Suite,
    repository: &str,
    way: Way,
    hint: &str,
    bytes: &Bytes,
    digest: &Digest,
) -> Reply {
    if let Way::SinglePost = way {
        let path = format!("/v2/{repository}/blobs/uploads/?digest={digest}");
        let path = if hint.is_empty() {
            path
        } else {
            format!("{path}&{}", hint.trim_start_matches('?'))
        };
        return suite
            .send(suite.request(Method::POST, &path).body(bytes.clone()))
            .await;
    }
    let location = suite.open(repository, hint).await;
    let third = bytes.len() / 3;
    match way {
        Way::SinglePost => unreachable!("answered above"),
        Way::PostPut => finish(suite, &location, digest, bytes.clone(), None).await,
        Way::Streamed => {
            let location = streamed(suite, &location, bytes).await;
            finish(suite, &location, digest, Bytes::new(), None).await
        }
        Way::OneChunk => {
            let location = chunk(suite, &location, bytes, 0..bytes.len()).await;
            finish(suite, &location, digest, Bytes::new(), None).await
        }
        Way::Chunked | Way::LastChunkInPut => {
            let location = chunk(suite, &location, bytes, 0..third).await;
            let location = chunk(suite, &location, bytes, third..2 * third).await;
            let last = 2 * third..bytes.len();
            if matches!(way, Way::Chunked) {
                let location = chunk(suite, &location, bytes, last).await;
                return finish(suite, &location, digest, Bytes::new(), None).await;
            }
            let range = format!("{}-{}", last.start, last.end - 1);
            finish(suite, &location, digest, bytes.slice(last), Some(&range)).await
        }
        Way::LastStreamInPut => {
            let location = streamed(suite, &location, &bytes.slice(..third)).await;
            finish(suite, &location, digest, bytes.slice(third..), None).await
        }
    }
}

/// Sends bytes with `Transfer-Encoding: chunked`, as docker and podman do.
async fn streamed(suite: &Suite, location: &str, bytes: &Bytes) -> String {
    let pieces: Vec<Result<Bytes, std::io::Error>> = bytes
        .chunks(1000)
        .map(|piece| Ok(Bytes::copy_from_slice(piece)))
        .collect();
    let body = reqwest::Body::wrap_stream(stream::iter(pieces));
    let reply = suite
        .send(suite.request(Method::PATCH, location).body(body))
        .await;
    arrived(suite, &reply, bytes.len()).await
}

async fn chunk(
    suite: &Suite,
    location: &str,
    bytes: &Bytes,
    range: std::ops::Range<usize>,
) -> String {
    let header = format!("{}-{}", range.start, range.end - 1);
    let end = range.end;
    let request = suite
        .request(Method::PATCH, location)
        .header("content-range", header)
        .body(bytes.slice(range));
    let reply = suite.send(request).await;
    arrived(suite, &reply, end).await
}

async fn arrived(suite: &Suite, reply: &Reply, length: usize) -> String {
    suite.status("a chunk", reply, 202);
    suite.equal(
        "its Range",
        reply.header("range"),
        format!("0-{}", length.saturating_sub(1)),
    );
    let location = reply.header("location").to_owned();
    let status = suite.get(&location).await;
    suite.status("the upload's status", &status, 204);
    suite.equal(
        "the status' Range",
        status.header("range"),
        format!("0-{}", length.saturating_sub(1)),
    );
    status.header("location").to_owned()
}

async fn finish(
    suite: &Suite,
    location: &str,
    digest: &Digest,
    bytes: Bytes,
    range: Option<&str>,
) -> Reply {
    let mut request = suite.request(Method::PUT, &closing(location, digest));
    if let Some(range) = range {
        request = request.header("content-range", range);
    }
    suite
        .send(
            request
                .header("content-type", "application/octet-stream")
                .body(bytes),
        )
        .await
}
