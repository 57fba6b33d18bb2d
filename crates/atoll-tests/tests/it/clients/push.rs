//! Pushing by the registry's own protocol, as the libraries of clients do: a session and a request for each blob, then the
//! manifests from the leaves to the root.

use atoll_core::digest::Digest;
use atoll_testkit::server::Client;
use http::StatusCode;
use serde_json::{Value, json};

/// Pushes a blob; the answer describes it.
pub(super) async fn blob(
    client: &Client,
    repository: &str,
    media_type: &str,
    bytes: &[u8],
) -> Value {
    let digest = Digest::sha256(bytes);
    let opened = client
        .post(&format!("/v2/{repository}/blobs/uploads/"), "")
        .await;
    assert_eq!(opened.status, StatusCode::ACCEPTED, "{opened:?}");
    let session = opened.header("location");
    let joint = if session.contains('?') { '&' } else { '?' };
    let url = format!("{session}{joint}digest={digest}");
    let closed = client
        .put(&url, "application/octet-stream", bytes.to_vec())
        .await;
    assert_eq!(closed.status, StatusCode::CREATED, "{closed:?}");
    assert_eq!(closed.header("docker-content-digest"), digest.to_string());
    json!({"mediaType": media_type, "digest": digest.to_string(), "size": bytes.len()})
}

/// Pushes a manifest or index under a tag, or by its digest where the tag is empty; the answer describes it.
pub(super) async fn manifest(
    client: &Client,
    repository: &str,
    tag: &str,
    manifest: &Value,
) -> Value {
    let bytes = manifest.to_string();
    let digest = Digest::sha256(bytes.as_bytes()).to_string();
    let media_type = manifest["mediaType"].as_str().unwrap();
    let reference = if tag.is_empty() { &digest } else { tag };
    let length = bytes.len();
    let pushed = client
        .put(
            &format!("/v2/{repository}/manifests/{reference}"),
            media_type,
            bytes,
        )
        .await;
    assert_eq!(pushed.status, StatusCode::CREATED, "{pushed:?}");
    json!({"mediaType": media_type, "digest": digest, "size": length})
}
