//! Manifests that are refused.

use atoll_core::digest::Digest;
use atoll_core::manifest::media_types::{OCI_INDEX, OCI_MANIFEST};
use http::Method;
use serde_json::{Value, json};

use super::codes::{DIGEST_INVALID, MANIFEST_BLOB_UNKNOWN, MANIFEST_INVALID, SIZE_INVALID};
use super::suite::Suite;
use crate::oci::content::{Blob, Document, LAYER_GZIP, artifact, image};

pub(super) async fn run(suite: &Suite) {
    missing_parts(suite).await;
    refused(suite).await;
    misnamed_and_too_long(suite).await;
}

/// Blobs have to be here, manifests and subjects need not.
async fn missing_parts(suite: &Suite) {
    suite.at("an image whose blobs are absent");
    let repository = suite.repository("missing");
    let (config, layer) = (
        Blob::filled(suite.algorithm, "missing config", 10),
        Blob::filled(suite.algorithm, "missing layer", 10),
    );
    let document = Document::new(
        suite.algorithm,
        OCI_MANIFEST,
        &image(&config, &[layer.descriptor(LAYER_GZIP)]),
    );
    let path = format!("/v2/{repository}/manifests/{}", document.digest);
    let reply = suite.put_manifest(&path, &document).await;
    suite.refused("both", &reply, MANIFEST_BLOB_UNKNOWN);
    let mut named: Vec<String> = reply.json()["errors"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|error| {
            error["detail"]["digest"]
                .as_str()
                .unwrap_or_default()
                .to_owned()
        })
        .collect();
    named.sort();
    let mut expected = vec![config.digest.to_string(), layer.digest.to_string()];
    expected.sort();
    suite.equal("an error for each digest", named, expected);
    suite.status("nothing was stored", &suite.head(&path).await, 404);
    suite.store(&repository, &config).await;
    let reply = suite.put_manifest(&path, &document).await;
    suite.refused("one", &reply, MANIFEST_BLOB_UNKNOWN);
    suite.equal(
        "an error for the one",
        reply.json()["errors"].as_array().map(Vec::len),
        Some(1),
    );
    // A blob that another repository has is none of this one.
    suite
        .store(&suite.repository("missing-elsewhere"), &layer)
        .await;
    suite.refused(
        "one that is elsewhere",
        &suite.put_manifest(&path, &document).await,
        MANIFEST_BLOB_UNKNOWN,
    );
    suite.store(&repository, &layer).await;
    suite.status("none", &suite.put_manifest(&path, &document).await, 201);
    let mut value = image(&config, &[layer.descriptor(LAYER_GZIP)]);
    value["layers"][0]["size"] = json!(11);
    let lying = Document::new(suite.algorithm, OCI_MANIFEST, &value);
    let path = format!("/v2/{repository}/manifests/{}", lying.digest);
    suite.refused(
        "a size that is not the blob's",
        &suite.put_manifest(&path, &lying).await,
        MANIFEST_INVALID,
    );
}

async fn refused(suite: &Suite) {
    suite.at("manifests that are none");
    let repository = suite.repository("refused");
    let empty = Blob::empty_json(suite.algorithm);
    suite.store(&repository, &empty).await;
    for (what, body) in cases(&empty) {
        let digest = Digest::of(suite.algorithm, body.as_bytes());
        for reference in [digest.as_str(), "tag"] {
            let request = suite.request(
                Method::PUT,
                &format!("/v2/{repository}/manifests/{reference}"),
            );
            let reply = suite
                .send(
                    request
                        .header("content-type", OCI_MANIFEST)
                        .body(body.clone()),
                )
                .await;
            suite.refused(&format!("{what} as {reference}"), &reply, MANIFEST_INVALID);
        }
        suite.status(
            what,
            &suite
                .head(&format!("/v2/{repository}/manifests/{digest}"))
                .await,
            404,
        );
    }
}

/// Documents that are no manifests, and why not.
fn cases(empty: &Blob) -> Vec<(&'static str, String)> {
    let good = artifact(empty, "text/x", &[]);
    let with = |key: &str, value: Value| {
        let mut changed = good.clone();
        changed[key] = value;
        changed.to_string()
    };
    let deep = format!("{}{}", "[".repeat(5000), "]".repeat(5000));
    vec![
        ("nothing", String::new()),
        ("no JSON", "hello".to_owned()),
        (
            "half a document",
            good.to_string().chars().take(50).collect(),
        ),
        ("an array", "[]".to_owned()),
        ("no version", with("schemaVersion", Value::Null)),
        ("another version", with("schemaVersion", json!(3))),
        (
            "Docker's first format",
            json!({"schemaVersion": 1, "fsLayers": [], "history": []}).to_string(),
        ),
        ("no configuration", with("config", Value::Null)),
        ("layers that are no list", with("layers", json!({}))),
        (
            "a digest that is none",
            with(
                "layers",
                json!([{"mediaType": "x", "digest": "sha256:0", "size": 1}]),
            ),
        ),
        (
            "a negative size",
            with(
                "layers",
                json!([{"mediaType": "x", "digest": empty.digest.to_string(), "size": -1}]),
            ),
        ),
        ("both layers and manifests", with("manifests", json!([]))),
        ("the type of another", with("mediaType", json!(OCI_INDEX))),
        (
            "a key twice",
            good.to_string().replacen('{', "{\"layers\":[],", 1),
        ),
        ("something after the end", format!("{good} {{}}")),
        (
            "data that is another",
            with(
                "layers",
                json!([{"mediaType": "x", "digest": empty.digest.to_string(), "size": 2, "data": "e30x"}]),
            ),
        ),
        (
            "too deep",
            with("deep", json!(1)).replace("\"deep\":1", &format!("\"deep\":{deep}")),
        ),
    ]
}

/// Good manifests under a wrong name, and too long ones.
async fn misnamed_and_too_long(suite: &Suite) {
    suite.at("manifests that are refused");
    let repository = suite.repository("refused");
    let good = artifact(&Blob::empty_json(suite.algorithm), "text/x", &[]);
    let document = Document::new(suite.algorithm, OCI_MANIFEST, &good);
    let other = Blob::filled(suite.algorithm, "another manifest", 10).digest;
    let reply = suite
        .put_manifest(&format!("/v2/{repository}/manifests/{other}"), &document)
        .await;
    suite.refused("the digest of another", &reply, DIGEST_INVALID);
    let huge = Document::new(
        suite.algorithm,
        OCI_MANIFEST,
        &json!({"schemaVersion": 2, "pad": " ".repeat(9 << 20)}),
    );
    let reply = suite
        .put_manifest(
            &format!("/v2/{repository}/manifests/{}", huge.digest),
            &huge,
        )
        .await;
    suite.refused("a manifest beyond the limit", &reply, SIZE_INVALID);
}
