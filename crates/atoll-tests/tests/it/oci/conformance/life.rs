//! A whole life of a piece of content: pushed, pulled, deleted.

use atoll_core::digest::Digest;
use atoll_testkit::server::Reply;
use http::Method;
use serde_json::{Value, json};

use super::codes::MANIFEST_UNKNOWN;
use super::items::Item;
use super::suite::Suite;
use crate::oci::content::Document;

/// Pushes, pulls and deletes an item in a repository of its own.
pub(super) async fn life(suite: &Suite, name: &str, repository: &str, item: &Item) {
    suite.at(name);
    for blob in &item.blobs {
        suite.store(repository, blob).await;
    }
    let (root, children) = item.manifests.split_last().expect("an item has a manifest");
    for child in children {
        let reply = suite
            .put_manifest(
                &format!("/v2/{repository}/manifests/{}", child.digest),
                child,
            )
            .await;
        created(suite, "push a child", &reply, child).await;
    }
    let path = |reference: &str| format!("/v2/{repository}/manifests/{reference}");
    let by_digest = path(root.digest.as_str());
    created(
        suite,
        "push by digest",
        &suite.put_manifest(&by_digest, root).await,
        root,
    )
    .await;
    let reply = suite
        .put_manifest(&format!("{by_digest}?tag=one&tag=two"), root)
        .await;
    created(suite, "push with tags", &reply, root).await;
    suite.equal("OCI-Tag", oci_tags(&reply), ["one", "two"]);
    for reference in [root.digest.as_str(), "one", "two"] {
        pulled(suite, &path(reference), root).await;
    }
    for child in children {
        pulled(suite, &path(child.digest.as_str()), child).await;
    }
    for blob in &item.blobs {
        let reply = suite
            .get(&format!("/v2/{repository}/blobs/{}", blob.digest))
            .await;
        suite.check("a blob of it", reply.body == blob.bytes);
    }
    by_tag(suite, repository, root).await;
    deleted(suite, repository, item, root).await;
}

/// A push by tag is one of sha256, whatever else the manifest goes by.
async fn by_tag(suite: &Suite, repository: &str, root: &Document) {
    let path = format!("/v2/{repository}/manifests/by-tag");
    let reply = suite.put_manifest(&path, root).await;
    suite.status("push by tag", &reply, 201);
    let digest = Digest::sha256(&root.bytes);
    suite.equal(
        "the digest of a push by tag",
        reply.header("docker-content-digest"),
        digest.as_str(),
    );
    let again = Document {
        digest: digest.clone(),
        ..root.clone()
    };
    pulled(suite, &path, &again).await;
    pulled(
        suite,
        &format!("/v2/{repository}/manifests/{digest}"),
        &again,
    )
    .await;
    suite.status("delete the tag", &suite.delete(&path).await, 202);
    suite.status("the tag at once", &suite.head(&path).await, 404);
    if digest != root.digest {
        suite.status(
            "delete the other digest",
            &suite
                .delete(&format!("/v2/{repository}/manifests/{digest}"))
                .await,
            202,
        );
        suite.status(
            "this one stays",
            &suite
                .head(&format!("/v2/{repository}/manifests/{}", root.digest))
                .await,
            200,
        );
    }
}

async fn deleted(suite: &Suite, repository: &str, item: &Item, root: &Document) {
    let path = |reference: &str| format!("/v2/{repository}/manifests/{reference}");
    let list = format!("/v2/{repository}/tags/list");
    let tags = || suite.get(&list);
    let tags_are = |what: &str, reply: &Reply, expected: Value| {
        suite.equal(
            what,
            reply.json(),
            json!({"name": repository, "tags": expected}),
        );
    };
    tags_are("the tags", &tags().await, json!(["one", "two"]));
    suite.status("delete a tag", &suite.delete(&path("one")).await, 202);
    suite.status("the tag at once", &suite.head(&path("one")).await, 404);
    suite.refused(
        "the tag again",
        &suite.delete(&path("one")).await,
        MANIFEST_UNKNOWN,
    );
    tags_are("the tags that stay", &tags().await, json!(["two"]));
    suite.status("another tag stays", &suite.head(&path("two")).await, 200);
    suite.status(
        "the manifest stays",
        &suite.head(&path(root.digest.as_str())).await,
        200,
    );
    for document in item.manifests.iter().rev() {
        let path = path(document.digest.as_str());
        suite.status("delete a manifest", &suite.delete(&path).await, 202);
        suite.status("HEAD at once", &suite.head(&path).await, 404);
        suite.refused("GET at once", &suite.get(&path).await, MANIFEST_UNKNOWN);
        suite.refused(
            "delete it again",
            &suite.delete(&path).await,
            MANIFEST_UNKNOWN,
        );
    }
    suite.status(
        "its other tag went with it",
        &suite.head(&path("two")).await,
        404,
    );
    let none = tags().await;
    suite.status("a list of no tags", &none, 200);
    tags_are("a list of no tags", &none, json!([]));
    for blob in &item.blobs {
        let path = format!("/v2/{repository}/blobs/{}", blob.digest);
        suite.status("delete a blob", &suite.delete(&path).await, 202);
        suite.status("the blob at once", &suite.head(&path).await, 404);
    }
}

/// What a 201 for a manifest says.
pub(super) async fn created(suite: &Suite, what: &str, reply: &Reply, document: &Document) {
    suite.status(what, reply, 201);
    suite.equal(
        &format!("{what}, digest"),
        reply.header("docker-content-digest"),
        document.digest.as_str(),
    );
    suite.equal(
        &format!("{what}, no subject"),
        reply.header("oci-subject"),
        "",
    );
    let location = reply.header("location");
    suite.check(&format!("{what}, Location"), !location.is_empty());
    if !location.is_empty() {
        suite.check(
            &format!("{what}, fetched"),
            suite.get(location).await.body == document.bytes,
        );
    }
}

pub(super) async fn pulled(suite: &Suite, path: &str, document: &Document) {
    let get = suite
        .send(
            suite
                .request(Method::GET, path)
                .header("accept-encoding", "gzip, br, zstd"),
        )
        .await;
    suite.status("GET", &get, 200);
    suite.check("every byte", get.body == document.bytes);
    let head = suite.head(path).await;
    suite.status("HEAD", &head, 200);
    suite.check("HEAD has no body", head.body.is_empty());
    for reply in [&get, &head] {
        suite.equal("type", reply.header("content-type"), document.media_type);
        suite.equal(
            "digest",
            reply.header("docker-content-digest"),
            document.digest.as_str(),
        );
        suite.equal(
            "length",
            reply.header("content-length"),
            document.bytes.len().to_string(),
        );
        suite.equal(
            "entity tag",
            reply.header("etag"),
            format!("\"{}\"", document.digest),
        );
    }
    for (method, list) in [
        (Method::GET, format!("\"{}\"", document.digest)),
        (Method::HEAD, format!("\"x\", W/\"{}\"", document.digest)),
    ] {
        let reply = suite
            .send(suite.request(method, path).header("if-none-match", list))
            .await;
        suite.status("If-None-Match", &reply, 304);
    }
}

pub(super) fn oci_tags(reply: &Reply) -> Vec<String> {
    let lines = reply
        .headers
        .get_all("oci-tag")
        .iter()
        .map(|value| value.to_str().unwrap());
    lines
        .flat_map(|line| line.split(','))
        .map(|tag| tag.trim().to_owned())
        .collect()
}
