//! Every way to push a blob, and every way to get its digest wrong.

use atoll_core::digest::Algorithm;
use http::Method;

use super::codes::{BLOB_UPLOAD_UNKNOWN, DIGEST_INVALID, UNSUPPORTED};
use super::suite::{Suite, closing};
use super::ways::{WAYS, Way, push};
use crate::oci::content::Blob;

pub(super) async fn run(suite: &Suite) {
    right_digests(suite).await;
    wrong_digests(suite).await;
    small_blobs(suite).await;
    closing_requests(suite).await;
    opening_requests(suite).await;
    cancelled(suite).await;
    never_opened(suite).await;
    without_final_slash(suite).await;
}

async fn right_digests(suite: &Suite) {
    let repository = suite.repository("uploads");
    for way in WAYS {
        for hint in ["", "?digest-algorithm=sha256", "?digest-algorithm=sha512"] {
            suite.at(format!("upload, {way:?} {hint}"));
            let blob = Blob::filled(suite.algorithm, &format!("{way:?}{hint}"), 4096);
            let reply = push(suite, &repository, way, hint, &blob.bytes, &blob.digest).await;
            suite.stored("the upload", &reply, &blob).await;
            // A second push of what is there is no different.
            let reply = push(suite, &repository, way, hint, &blob.bytes, &blob.digest).await;
            suite.stored("the upload again", &reply, &blob).await;
        }
    }
}

async fn wrong_digests(suite: &Suite) {
    let repository = suite.repository("wrong-digests");
    for way in WAYS {
        suite.at(format!("upload with a wrong digest, {way:?}"));
        let sent = Blob::filled(suite.algorithm, &format!("sent {way:?}"), 4096);
        let claimed = Blob::filled(suite.algorithm, &format!("claimed {way:?}"), 4096);
        let reply = push(suite, &repository, way, "", &sent.bytes, &claimed.digest).await;
        suite.refused("the upload", &reply, DIGEST_INVALID);
        suite
            .not_stored("what was claimed", &repository, &claimed.digest)
            .await;
        suite
            .not_stored("what was sent", &repository, &sent.digest)
            .await;
    }
}

async fn small_blobs(suite: &Suite) {
    let repository = suite.repository("small-blobs");
    for (name, bytes) in [("the empty blob", ""), ("{}", "{}"), ("one byte", "x")] {
        let blob = Blob::new(suite.algorithm, bytes);
        for way in [Way::SinglePost, Way::PostPut, Way::Streamed] {
            suite.at(format!("upload of {name}, {way:?}"));
            let reply = push(suite, &repository, way, "", &blob.bytes, &blob.digest).await;
            suite.stored("the upload", &reply, &blob).await;
            let head = suite
                .head(&format!("/v2/{repository}/blobs/{}", blob.digest))
                .await;
            suite.equal(
                "its length",
                head.header("content-length"),
                blob.bytes.len().to_string(),
            );
        }
    }
}

async fn closing_requests(suite: &Suite) {
    let repository = suite.repository("closing");
    suite.at("closing an upload");
    let blob = Blob::filled(suite.algorithm, "closing", 2000);
    let location = suite.open(&repository, "").await;
    let put = |path: String| suite.send(suite.request(Method::PUT, &path));
    let long = "0".repeat(suite.algorithm.hex_chars() + 1);
    let upper = blob.digest.to_string().to_uppercase();
    for bad in [
        "",
        "sha256",
        "md5:d41d8cd98f00b204e9800998ecf8427e",
        "sha256:xyz",
        &format!("{}:{long}", suite.algorithm),
        &upper,
    ] {
        let separator = if location.contains('?') { '&' } else { '?' };
        let reply = put(format!("{location}{separator}digest={bad}")).await;
        suite.refused(&format!("with the digest {bad:?}"), &reply, DIGEST_INVALID);
    }
    suite.refused(
        "without a digest",
        &put(location.clone()).await,
        DIGEST_INVALID,
    );
    suite.status("the session has survived", &suite.get(&location).await, 204);
    let request = suite
        .request(Method::PUT, &closing(&location, &blob.digest))
        .body(blob.bytes.clone());
    let reply = suite.send(request).await;
    suite.stored("and can be finished", &reply, &blob).await;
    suite.refused(
        "a finished session",
        &suite.get(&location).await,
        BLOB_UPLOAD_UNKNOWN,
    );
    let again = put(closing(&location, &blob.digest)).await;
    suite.refused(
        "a finished session, closed again",
        &again,
        BLOB_UPLOAD_UNKNOWN,
    );
}

async fn opening_requests(suite: &Suite) {
    let repository = suite.repository("opening");
    suite.at("opening an upload");
    let post = |query: &str| {
        suite.send(suite.request(
            Method::POST,
            &format!("/v2/{repository}/blobs/uploads/{query}"),
        ))
    };
    suite.refused(
        "with an algorithm that is none",
        &post("?digest-algorithm=md5").await,
        DIGEST_INVALID,
    );
    suite.refused(
        "with a digest that is none",
        &post("?digest=md5:00").await,
        DIGEST_INVALID,
    );
    suite.refused(
        "with two digests",
        &post("?digest=a&digest=b").await,
        UNSUPPORTED,
    );
}

async fn cancelled(suite: &Suite) {
    let repository = suite.repository("cancelled");
    let blob = Blob::filled(suite.algorithm, "cancelled", 3000);
    for bytes in [0, 1500] {
        suite.at(format!("cancelling an upload after {bytes} bytes"));
        let location = suite.open(&repository, "").await;
        if bytes > 0 {
            let reply = suite
                .send(
                    suite
                        .request(Method::PATCH, &location)
                        .body(blob.bytes.slice(..bytes)),
                )
                .await;
            suite.status("a chunk", &reply, 202);
        }
        suite.status("cancel", &suite.delete(&location).await, 204);
        suite.refused(
            "its status",
            &suite.get(&location).await,
            BLOB_UPLOAD_UNKNOWN,
        );
        suite.refused(
            "cancel again",
            &suite.delete(&location).await,
            BLOB_UPLOAD_UNKNOWN,
        );
        let reply = suite
            .send(
                suite
                    .request(Method::PATCH, &location)
                    .body(blob.bytes.clone()),
            )
            .await;
        suite.refused("go on", &reply, BLOB_UPLOAD_UNKNOWN);
        let reply = suite
            .send(
                suite
                    .request(Method::PUT, &closing(&location, &blob.digest))
                    .body(blob.bytes.clone()),
            )
            .await;
        suite.refused("finish", &reply, BLOB_UPLOAD_UNKNOWN);
        suite
            .not_stored("a cancelled upload", &repository, &blob.digest)
            .await;
    }
}

async fn never_opened(suite: &Suite) {
    let repository = suite.repository("cancelled");
    suite.at("an upload that never was");
    let path = format!("/v2/{repository}/blobs/uploads/0191f8a0-0000-4000-8000-000000000000");
    suite.refused("its status", &suite.get(&path).await, BLOB_UPLOAD_UNKNOWN);
    suite.refused("cancel", &suite.delete(&path).await, BLOB_UPLOAD_UNKNOWN);
    suite.refused(
        "go on",
        &suite
            .send(suite.request(Method::PATCH, &path).body("x"))
            .await,
        BLOB_UPLOAD_UNKNOWN,
    );
}

async fn without_final_slash(suite: &Suite) {
    suite.at("blobs/uploads without the final slash");
    let repository = suite.repository("slash");
    let blob = Blob::filled(suite.algorithm, "slash", 100);
    let path = format!("/v2/{repository}/blobs/uploads?digest={}", blob.digest);
    let reply = suite
        .send(suite.request(Method::POST, &path).body(blob.bytes.clone()))
        .await;
    suite.stored("the upload", &reply, &blob).await;
}

/// The other algorithm than the one that a run is about.
pub(super) fn other(algorithm: Algorithm) -> Algorithm {
    match algorithm {
        Algorithm::Sha256 => Algorithm::Sha512,
        Algorithm::Sha512 => Algorithm::Sha256,
    }
}
