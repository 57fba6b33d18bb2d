//! Parts of blobs. A plain 200 is no answer here: it would hide that ranges do not work.

use http::Method;

use super::codes::RANGE_INVALID;
use super::suite::Suite;
use crate::oci::content::Blob;

const SIZE: usize = 4096;

/// Ranges within the blob, and the bytes that they mean.
const PARTS: [(&str, std::ops::Range<usize>); 9] = [
    ("bytes=500-1499", 500..1500),
    ("bytes=500-", 500..SIZE),
    ("bytes=-500", SIZE - 500..SIZE),
    ("bytes=2000-5000", 2000..SIZE),
    ("bytes=0-0", 0..1),
    ("bytes=0-", 0..SIZE),
    ("bytes=4095-4095", 4095..SIZE),
    ("bytes=-9999", 0..SIZE),
    ("Bytes = 1-2", 1..3),
];

/// Ranges outside of it.
const OUTSIDE: [&str; 5] = [
    "bytes=500-0",
    "bytes=5000-10000",
    "bytes=4096-",
    "bytes=-0",
    "bytes=99999999999999999999-",
];

/// What is no range of bytes, and is ignored.
const IGNORED: [&str; 5] = [
    "bytes=",
    "bytes=a-b",
    "lines=0-1",
    "bytes=0-1,3-4",
    "500-1499",
];

pub(super) async fn run(suite: &Suite) {
    let repository = suite.repository("ranges");
    let blob = Blob::filled(suite.algorithm, "ranges", SIZE);
    suite.store(&repository, &blob).await;
    let path = format!("/v2/{repository}/blobs/{}", blob.digest);
    let ask =
        |range: &'static str| suite.send(suite.request(Method::GET, &path).header("range", range));
    for (range, part) in PARTS {
        suite.at(range);
        let reply = ask(range).await;
        suite.status("a part", &reply, 206);
        suite.equal(
            "Content-Range",
            reply.header("content-range"),
            format!("bytes {}-{}/{SIZE}", part.start, part.end - 1),
        );
        suite.equal(
            "Content-Length",
            reply.header("content-length"),
            part.len().to_string(),
        );
        suite.equal(
            "digest of the whole",
            reply.header("docker-content-digest"),
            blob.digest.as_str(),
        );
        suite.check("the bytes", reply.body == blob.bytes.slice(part));
    }
    for range in OUTSIDE {
        suite.at(range);
        let reply = ask(range).await;
        suite.refused("outside", &reply, RANGE_INVALID);
        suite.equal(
            "Content-Range",
            reply.header("content-range"),
            format!("bytes */{SIZE}"),
        );
        suite.equal("an error is not kept", reply.header("cache-control"), "");
    }
    for range in IGNORED {
        suite.at(range);
        let reply = ask(range).await;
        suite.status("ignored", &reply, 200);
        suite.check("the whole", reply.body == blob.bytes);
    }
    if_range(suite, &path, &blob).await;
    empty_blob(suite, &repository).await;
}

async fn if_range(suite: &Suite, path: &str, blob: &Blob) {
    suite.at("If-Range");
    let tag = format!("\"{}\"", blob.digest);
    for (condition, status) in [
        (tag.clone(), 206),
        ("\"other\"".to_owned(), 200),
        (format!("W/{tag}"), 200),
        ("Sat, 21 Nov 2026 00:00:00 GMT".to_owned(), 200),
    ] {
        let request = suite
            .request(Method::GET, path)
            .header("range", "bytes=0-9")
            .header("if-range", &condition);
        suite.status(&condition, &suite.send(request).await, status);
    }
    let head = suite
        .send(
            suite
                .request(Method::HEAD, path)
                .header("range", "bytes=0-9"),
        )
        .await;
    suite.status("HEAD has no parts", &head, 200);
    suite.equal(
        "HEAD's length",
        head.header("content-length"),
        SIZE.to_string(),
    );
}

async fn empty_blob(suite: &Suite, repository: &str) {
    suite.at("a range of the empty blob");
    let blob = Blob::new(suite.algorithm, "");
    suite.store(repository, &blob).await;
    let path = format!("/v2/{repository}/blobs/{}", blob.digest);
    for range in ["bytes=0-0", "bytes=0-", "bytes=-1"] {
        let reply = suite
            .send(suite.request(Method::GET, &path).header("range", range))
            .await;
        suite.status(range, &reply, 416);
        suite.equal("Content-Range", reply.header("content-range"), "bytes */0");
    }
}
