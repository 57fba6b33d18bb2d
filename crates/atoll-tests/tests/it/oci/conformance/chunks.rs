//! Chunks out of order: refused with 416, and the session stays as it was.

use bytes::Bytes;
use futures_util::stream;
use http::Method;

use super::codes::RANGE_INVALID;
use super::suite::{Suite, closing};
use crate::oci::content::Blob;

const CHUNK: usize = 1024;

/// A chunk that must be refused: what it is, its Content-Range, and how many bytes come with it.
struct Refused {
    what: &'static str,
    range: &'static str,
    bytes: usize,
}

/// When two chunks of three are there.
const OUT_OF_ORDER: [Refused; 12] = [
    Refused {
        what: "a gap",
        range: "3072-4095",
        bytes: CHUNK,
    },
    Refused {
        what: "a gap of one byte",
        range: "2049-3072",
        bytes: CHUNK,
    },
    Refused {
        what: "an overlap of one byte",
        range: "2047-3070",
        bytes: CHUNK,
    },
    Refused {
        what: "the last chunk again",
        range: "1024-2047",
        bytes: CHUNK,
    },
    Refused {
        what: "back to the beginning",
        range: "0-1023",
        bytes: CHUNK,
    },
    Refused {
        what: "fewer bytes than it says",
        range: "2048-3071",
        bytes: CHUNK - 1,
    },
    Refused {
        what: "more bytes than it says",
        range: "2048-3071",
        bytes: CHUNK + 1,
    },
    Refused {
        what: "a range that runs backwards",
        range: "3071-2048",
        bytes: CHUNK,
    },
    Refused {
        what: "a range without an end",
        range: "2048-",
        bytes: CHUNK,
    },
    Refused {
        what: "a range of another unit",
        range: "lines 2048-3071",
        bytes: CHUNK,
    },
    Refused {
        what: "no range at all",
        range: "abc",
        bytes: CHUNK,
    },
    Refused {
        what: "a range beyond all numbers",
        range: "99999999999999999999-99999999999999999999",
        bytes: 1,
    },
];

pub(super) async fn run(suite: &Suite) {
    before_the_first_byte(suite).await;
    in_the_middle(suite).await;
    when_closing(suite).await;
    streams_that_lie(suite).await;
    other_spellings(suite).await;
}

async fn before_the_first_byte(suite: &Suite) {
    suite.at("a gap before the first byte");
    let repository = suite.repository("chunks");
    let blob = Blob::filled(suite.algorithm, "gap first", 3 * CHUNK);
    let location = suite.open(&repository, "").await;
    refused(
        suite,
        Method::PATCH,
        &location,
        "1024-2047",
        blob.bytes.slice(CHUNK..2 * CHUNK),
    )
    .await;
    status(suite, &location, 0).await;
    let request = suite
        .request(Method::PUT, &closing(&location, &blob.digest))
        .header("content-range", "1024-3071");
    let reply = suite.send(request.body(blob.bytes.slice(CHUNK..))).await;
    suite.refused("closing with a gap", &reply, RANGE_INVALID);
    status(suite, &location, 0).await;
    finish(suite, &location, &blob, 0).await;
}

async fn in_the_middle(suite: &Suite) {
    let repository = suite.repository("chunks");
    for (number, wrong) in OUT_OF_ORDER.iter().enumerate() {
        suite.at(format!("a chunk with {}", wrong.what));
        let blob = Blob::filled(suite.algorithm, &format!("middle {number}"), 3 * CHUNK);
        let location = suite.open(&repository, "").await;
        let location = good(suite, &location, &blob, 0).await;
        let location = good(suite, &location, &blob, 1).await;
        refused(
            suite,
            Method::PATCH,
            &location,
            wrong.range,
            Bytes::from(vec![7; wrong.bytes]),
        )
        .await;
        status(suite, &location, 2 * CHUNK).await;
        finish(suite, &location, &blob, 2 * CHUNK).await;
    }
}

async fn when_closing(suite: &Suite) {
    let repository = suite.repository("chunks");
    for (number, wrong) in OUT_OF_ORDER.iter().enumerate() {
        suite.at(format!("closing with {}", wrong.what));
        let blob = Blob::filled(suite.algorithm, &format!("closing {number}"), 3 * CHUNK);
        let location = suite.open(&repository, "").await;
        let location = good(suite, &location, &blob, 0).await;
        let location = good(suite, &location, &blob, 1).await;
        let path = closing(&location, &blob.digest);
        refused(
            suite,
            Method::PUT,
            &path,
            wrong.range,
            Bytes::from(vec![7; wrong.bytes]),
        )
        .await;
        suite.not_stored("closing", &repository, &blob.digest).await;
        status(suite, &location, 2 * CHUNK).await;
        finish(suite, &location, &blob, 2 * CHUNK).await;
    }
}

/// Chunks whose length nobody knows before their end.
async fn streams_that_lie(suite: &Suite) {
    let repository = suite.repository("chunks");
    for (what, bytes) in [("too short", CHUNK - 100), ("too long", CHUNK + 100)] {
        suite.at(format!("a streamed chunk that is {what}"));
        let blob = Blob::filled(suite.algorithm, what, 3 * CHUNK);
        let location = suite.open(&repository, "").await;
        let location = good(suite, &location, &blob, 0).await;
        let location = good(suite, &location, &blob, 1).await;
        let pieces: Vec<Result<Bytes, std::io::Error>> = vec![7_u8; bytes]
            .chunks(100)
            .map(|piece| Ok(Bytes::copy_from_slice(piece)))
            .collect();
        let request = suite
            .request(Method::PATCH, &location)
            .header("content-range", "2048-3071");
        let reply = suite
            .send(request.body(reqwest::Body::wrap_stream(stream::iter(pieces))))
            .await;
        suite.refused("the chunk", &reply, RANGE_INVALID);
        status(suite, &location, 2 * CHUNK).await;
        finish(suite, &location, &blob, 2 * CHUNK).await;
    }
}

async fn other_spellings(suite: &Suite) {
    let repository = suite.repository("chunks");
    for range in ["bytes 0-1023/*", "bytes=0-1023", "bytes 0-1023/3072"] {
        suite.at(format!("Content-Range: {range}"));
        let blob = Blob::filled(suite.algorithm, range, 3 * CHUNK);
        let location = suite.open(&repository, "").await;
        let request = suite
            .request(Method::PATCH, &location)
            .header("content-range", range);
        let reply = suite.send(request.body(blob.bytes.slice(..CHUNK))).await;
        suite.status("the chunk", &reply, 202);
        status(suite, &location, CHUNK).await;
        finish(suite, &location, &blob, CHUNK).await;
    }
}

/// The chunk of this number, which is in order.
async fn good(suite: &Suite, location: &str, blob: &Blob, number: usize) -> String {
    let (start, end) = (number * CHUNK, (number + 1) * CHUNK);
    let request = suite
        .request(Method::PATCH, location)
        .header("content-range", format!("{start}-{}", end - 1));
    let reply = suite.send(request.body(blob.bytes.slice(start..end))).await;
    suite.status("a chunk in order", &reply, 202);
    suite.equal("its Range", reply.header("range"), format!("0-{}", end - 1));
    reply.header("location").to_owned()
}

async fn refused(suite: &Suite, method: Method, path: &str, range: &str, bytes: Bytes) {
    let reply = suite
        .send(
            suite
                .request(method, path)
                .header("content-range", range)
                .body(bytes),
        )
        .await;
    suite.refused("out of order", &reply, RANGE_INVALID);
}

async fn status(suite: &Suite, location: &str, length: usize) {
    let reply = suite.get(location).await;
    suite.status("the status afterwards", &reply, 204);
    suite.equal(
        "the Range afterwards",
        reply.header("range"),
        format!("0-{}", length.saturating_sub(1)),
    );
    suite.check(
        "the Location afterwards",
        !reply.header("location").is_empty(),
    );
}

/// Sends the rest, which proves that nothing of what was refused has stayed.
async fn finish(suite: &Suite, location: &str, blob: &Blob, from: usize) {
    let request = suite
        .request(Method::PATCH, location)
        .header("content-range", format!("{from}-{}", blob.bytes.len() - 1));
    let reply = suite.send(request.body(blob.bytes.slice(from..))).await;
    suite.status("the rest", &reply, 202);
    let reply = suite
        .send(suite.request(
            Method::PUT,
            &closing(reply.header("location"), &blob.digest),
        ))
        .await;
    suite.stored("the finished upload", &reply, blob).await;
}
