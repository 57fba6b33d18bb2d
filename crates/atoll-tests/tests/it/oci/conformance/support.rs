//! The front door, and repositories that nobody pushed to.

use atoll_core::manifest::media_types::OCI_INDEX;
use http::Method;
use serde_json::json;

use super::codes::{BLOB_UNKNOWN, MANIFEST_UNKNOWN, METHOD_UNSUPPORTED, NAME_UNKNOWN};
use super::suite::Suite;
use crate::oci::content::Blob;

pub(super) async fn run(suite: &Suite) {
    suite.at("the front door");
    for path in ["/v2/", "/v2"] {
        let reply = suite.get(path).await;
        suite.status(path, &reply, 200);
        suite.equal(
            &format!("{path}, type"),
            reply.header("content-type"),
            "application/json",
        );
        suite.status(&format!("HEAD {path}"), &suite.head(path).await, 200);
    }
    let discover = suite.get("/v2/_oci/ext/discover").await;
    suite.status("extensions", &discover, 200);
    suite.equal("extensions", discover.json(), json!({"extensions": []}));
    empty_repository(suite).await;
    unknown_paths(suite).await;
}

async fn empty_repository(suite: &Suite) {
    suite.at("a repository that nobody pushed to");
    let repository = suite.repository("empty");
    let absent = Blob::filled(suite.algorithm, "absent", 10).digest;
    suite.refused(
        "tags",
        &suite.get(&format!("/v2/{repository}/tags/list")).await,
        NAME_UNKNOWN,
    );
    for path in [
        format!("referrers/{absent}"),
        format!("referrers/{absent}?artifactType=application%2Fx"),
    ] {
        let reply = suite.get(&format!("/v2/{repository}/{path}")).await;
        suite.status("referrers", &reply, 200);
        suite.equal(
            "the type of referrers",
            reply.header("content-type"),
            OCI_INDEX,
        );
        suite.equal(
            "referrers",
            reply.json(),
            json!({"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": []}),
        );
    }
    for (what, code) in [("blobs", BLOB_UNKNOWN), ("manifests", MANIFEST_UNKNOWN)] {
        let path = format!("/v2/{repository}/{what}/{absent}");
        suite.refused(what, &suite.get(&path).await, code);
        suite.refused(&format!("delete {what}"), &suite.delete(&path).await, code);
        let head = suite.head(&path).await;
        suite.status(&format!("HEAD {what}"), &head, 404);
        suite.check(&format!("HEAD {what} has no body"), head.body.is_empty());
    }
    let path = format!("/v2/{repository}/manifests/latest");
    suite.refused("a tag", &suite.get(&path).await, MANIFEST_UNKNOWN);
    suite.status("HEAD a tag", &suite.head(&path).await, 404);
    suite.refused("delete a tag", &suite.delete(&path).await, MANIFEST_UNKNOWN);
    // Reading makes nothing.
    suite.refused(
        "tags afterwards",
        &suite.get(&format!("/v2/{repository}/tags/list")).await,
        NAME_UNKNOWN,
    );
}

async fn unknown_paths(suite: &Suite) {
    suite.at("paths that the protocol does not have");
    let repository = suite.repository("empty");
    for tail in [
        "",
        "/",
        "/tags",
        "/tags/list/all",
        "/blobs",
        "/manifests/a/b",
        "/_catalog",
        "/blobs/uploads/a/b",
    ] {
        let reply = suite.get(&format!("/v2/{repository}{tail}")).await;
        suite.status(&format!("GET …{tail}"), &reply, 404);
        suite.check(&format!("GET …{tail} has a code"), !reply.code().is_empty());
    }
    for (method, tail) in [
        (Method::POST, "manifests/latest"),
        (Method::PATCH, "manifests/latest"),
        (Method::PUT, "tags/list"),
        (Method::DELETE, "tags/list"),
        (Method::POST, "referrers/sha256:0"),
        (Method::PUT, "blobs/uploads/"),
        (Method::GET, "blobs/uploads/"),
    ] {
        let reply = suite
            .send(suite.request(method.clone(), &format!("/v2/{repository}/{tail}")))
            .await;
        suite.refused(&format!("{method} {tail}"), &reply, METHOD_UNSUPPORTED);
    }
}
