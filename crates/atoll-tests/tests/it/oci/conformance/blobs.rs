//! Pulling and deleting blobs.

use http::Method;

use super::codes::BLOB_UNKNOWN;
use super::suite::Suite;
use crate::oci::content::Blob;

pub(super) async fn run(suite: &Suite) {
    let repository = suite.repository("blobs");
    for length in [0, 1, 4096, 1_000_000] {
        suite.at(format!("a blob of {length} bytes"));
        let blob = Blob::filled(suite.algorithm, "blobs", length);
        suite.store(&repository, &blob).await;
        let path = format!("/v2/{repository}/blobs/{}", blob.digest);
        let get = suite.get(&path).await;
        suite.status("GET", &get, 200);
        suite.check("its bytes", get.body == blob.bytes);
        let head = suite.head(&path).await;
        suite.status("HEAD", &head, 200);
        suite.check("HEAD has no body", head.body.is_empty());
        for reply in [&get, &head] {
            suite.equal("length", reply.header("content-length"), length.to_string());
            suite.equal(
                "digest",
                reply.header("docker-content-digest"),
                blob.digest.as_str(),
            );
            suite.equal(
                "entity tag",
                reply.header("etag"),
                format!("\"{}\"", blob.digest),
            );
            suite.equal("ranges", reply.header("accept-ranges"), "bytes");
            suite.equal(
                "type",
                reply.header("content-type"),
                "application/octet-stream",
            );
            suite.check(
                "may be kept",
                reply.header("cache-control").contains("immutable"),
            );
        }
        conditions(suite, &path, &blob).await;
        deleted(suite, &path, &repository, &blob).await;
    }
    other_address_space(suite).await;
}

async fn conditions(suite: &Suite, path: &str, blob: &Blob) {
    let tag = format!("\"{}\"", blob.digest);
    for method in [Method::GET, Method::HEAD] {
        for list in [
            tag.clone(),
            blob.digest.to_string(),
            format!("W/{tag}"),
            format!("\"other\", {tag}"),
            "*".to_owned(),
        ] {
            let reply = suite
                .send(
                    suite
                        .request(method.clone(), path)
                        .header("if-none-match", &list),
                )
                .await;
            suite.status(&format!("{method} If-None-Match: {list}"), &reply, 304);
            suite.check(
                &format!("{method} If-None-Match: {list} has no body"),
                reply.body.is_empty(),
            );
            suite.equal(
                "the entity tag of a 304",
                reply.header("etag"),
                tag.as_str(),
            );
        }
        let reply = suite
            .send(
                suite
                    .request(method.clone(), path)
                    .header("if-none-match", "\"other\""),
            )
            .await;
        suite.status(&format!("{method} If-None-Match of another"), &reply, 200);
    }
}

async fn deleted(suite: &Suite, path: &str, repository: &str, blob: &Blob) {
    suite.status("DELETE", &suite.delete(path).await, 202);
    suite.status("HEAD at once", &suite.head(path).await, 404);
    suite.refused("GET", &suite.get(path).await, BLOB_UNKNOWN);
    suite.refused("DELETE again", &suite.delete(path).await, BLOB_UNKNOWN);
    let conditional = suite
        .request(Method::GET, path)
        .header("if-none-match", "*");
    suite.refused(
        "a condition does not bring it back",
        &suite.send(conditional).await,
        BLOB_UNKNOWN,
    );
    suite.store(repository, blob).await;
    suite.status("a new push does", &suite.head(path).await, 200);
}

/// Content that was pushed under one algorithm's digest is not to be had under another's.
async fn other_address_space(suite: &Suite) {
    suite.at("the other algorithm");
    let repository = suite.repository("other-space");
    let blob = Blob::filled(suite.algorithm, "other space", 500);
    suite.store(&repository, &blob).await;
    let other = Blob::new(super::uploads::other(suite.algorithm), blob.bytes.clone());
    suite
        .not_stored("the other digest", &repository, &other.digest)
        .await;
}
