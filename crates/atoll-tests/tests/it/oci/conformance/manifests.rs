//! Pushing manifests: tags, conditions, types.

use atoll_core::manifest::media_types::{OCI_INDEX, OCI_MANIFEST};
use http::Method;
use serde_json::json;

use super::codes::MANIFEST_INVALID;
use super::life::{created, oci_tags, pulled};
use super::suite::Suite;
use crate::oci::content::{Blob, Document, artifact, index};

pub(super) async fn run(suite: &Suite) {
    many_tags(suite).await;
    tags_move(suite).await;
    if_match(suite).await;
    content_types(suite).await;
    odd_names(suite).await;
}

async fn many_tags(suite: &Suite) {
    suite.at("a push with many tags");
    let repository = suite.repository("many-tags");
    let document = Document::new(suite.algorithm, OCI_INDEX, &index(&[]));
    let mut tags: Vec<String> = (0..100).map(|number| format!("tag-{number:03}")).collect();
    let query: Vec<String> = tags.iter().map(|tag| format!("tag={tag}")).collect();
    let path = format!(
        "/v2/{repository}/manifests/{}?{}",
        document.digest,
        query.join("&")
    );
    let reply = suite.put_manifest(&path, &document).await;
    suite.status("the push", &reply, 201);
    let mut said = oci_tags(&reply);
    said.sort();
    tags.sort();
    suite.equal("OCI-Tag", &said, &tags);
    suite.equal(
        "the list",
        suite
            .get(&format!("/v2/{repository}/tags/list"))
            .await
            .json()["tags"]
            .clone(),
        json!(tags),
    );
    let besides = suite
        .put_manifest(
            &format!("/v2/{repository}/manifests/main?tag=besides"),
            &document,
        )
        .await;
    suite.status("tags besides a tag", &besides, 201);
    for tag in ["main", "besides"] {
        suite.status(
            tag,
            &suite
                .head(&format!("/v2/{repository}/manifests/{tag}"))
                .await,
            200,
        );
    }
    let same = suite
        .put_manifest(
            &format!("/v2/{repository}/manifests/{}?tag=x&tag=x", document.digest),
            &document,
        )
        .await;
    suite.status("the same tag twice", &same, 201);
}

async fn tags_move(suite: &Suite) {
    suite.at("a tag that moves");
    let repository = suite.repository("moving");
    let path = format!("/v2/{repository}/manifests/latest");
    let mut before: Option<Document> = None;
    for number in 0..3 {
        let mut value = index(&[]);
        value["annotations"] = json!({"number": number.to_string()});
        let document = Document::new(suite.algorithm, OCI_INDEX, &value);
        let push = format!("/v2/{repository}/manifests/{}?tag=latest", document.digest);
        suite.status("push", &suite.put_manifest(&push, &document).await, 201);
        suite.check(
            "the tag is where it was put",
            suite.get(&path).await.body == document.bytes,
        );
        if let Some(before) = before.replace(document) {
            let old = format!("/v2/{repository}/manifests/{}", before.digest);
            suite.status(
                "the manifest before is still there",
                &suite.head(&old).await,
                200,
            );
        }
    }
}

async fn if_match(suite: &Suite) {
    suite.at("If-Match");
    let repository = suite.repository("if-match");
    let document = |number: u32| {
        let mut value = index(&[]);
        value["annotations"] = json!({"number": number.to_string()});
        Document::new(suite.algorithm, OCI_INDEX, &value)
    };
    let push = |number: u32, condition: String| {
        let document = document(number);
        let path = format!("/v2/{repository}/manifests/{}?tag=list", document.digest);
        let request = suite
            .request(Method::PUT, &path)
            .header("content-type", document.media_type)
            .header("if-match", condition);
        suite.send(request.body(document.bytes.clone()))
    };
    let tag = |number: u32| format!("\"{}\"", document(number).digest);
    suite.status(
        "of a tag that is not there",
        &push(0, "*".to_owned()).await,
        412,
    );
    let first = document(0);
    let path = format!("/v2/{repository}/manifests/{}?tag=list", first.digest);
    suite.status(
        "without a condition",
        &suite.put_manifest(&path, &first).await,
        201,
    );
    suite.status("of the present value", &push(1, tag(0)).await, 201);
    suite.status("of an old value", &push(2, tag(0)).await, 412);
    let present = suite
        .head(&format!("/v2/{repository}/manifests/list"))
        .await;
    suite.equal(
        "what was refused moved nothing",
        present.header("etag"),
        tag(1),
    );
    suite.status(
        "of one of several",
        &push(2, format!("{}, {}", tag(0), tag(1))).await,
        201,
    );
    suite.status("of anything", &push(3, "*".to_owned()).await, 201);
}

async fn content_types(suite: &Suite) {
    let repository = suite.repository("content-types");
    let empty = Blob::empty_json(suite.algorithm);
    suite.store(&repository, &empty).await;
    let value = artifact(&empty, "text/x", &[]);
    let document = Document::new(suite.algorithm, OCI_MANIFEST, &value);
    let path = format!("/v2/{repository}/manifests/{}", document.digest);
    let parameters = format!("{OCI_MANIFEST}; charset=utf-8");
    for sent in [
        "",
        &parameters,
        "application/json",
        "application/octet-stream",
    ] {
        suite.at(format!("Content-Type: {sent}"));
        let mut request = suite
            .request(Method::PUT, &path)
            .body(document.bytes.clone());
        if !sent.is_empty() {
            request = request.header("content-type", sent);
        }
        suite.status("the push", &suite.send(request).await, 201);
        suite.equal(
            "what is served",
            suite.head(&path).await.header("content-type"),
            OCI_MANIFEST,
        );
    }
    suite.at("Content-Type of something else");
    for sent in [
        OCI_INDEX,
        "text/html",
        "application/vnd.docker.distribution.manifest.v1+prettyjws",
    ] {
        let request = suite
            .request(Method::PUT, &path)
            .header("content-type", sent)
            .body(document.bytes.clone());
        suite.refused(sent, &suite.send(request).await, MANIFEST_INVALID);
    }
}

/// Repositories whose names look like parts of the protocol.
async fn odd_names(suite: &Suite) {
    for name in [
        "blobs/uploads",
        "manifests",
        "tags",
        "referrers/manifests/blobs",
        "tags/list",
        "x/blobs",
    ] {
        let repository = suite.repository(&format!("odd/{name}"));
        suite.at(format!("a repository called {repository}"));
        let empty = Blob::empty_json(suite.algorithm);
        suite.store(&repository, &empty).await;
        let document = Document::new(
            suite.algorithm,
            OCI_MANIFEST,
            &artifact(&empty, "text/x", &[]),
        );
        let path = format!("/v2/{repository}/manifests/{}?tag=latest", document.digest);
        created(
            suite,
            "push",
            &suite.put_manifest(&path, &document).await,
            &document,
        )
        .await;
        let list = suite.get(&format!("/v2/{repository}/tags/list")).await;
        suite.equal(
            "its tags",
            list.json(),
            json!({"name": repository, "tags": ["latest"]}),
        );
        pulled(
            suite,
            &format!("/v2/{repository}/manifests/latest"),
            &document,
        )
        .await;
        let head = suite
            .head(&format!("/v2/{repository}/blobs/{}", empty.digest))
            .await;
        suite.status("its blob", &head, 200);
    }
}
