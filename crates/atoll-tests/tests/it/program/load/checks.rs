//! What holds of a server that was killed, at any time.

use atoll_core::digest::Digest;
use atoll_testkit::server::Client;
use atoll_testkit::{keys, zips};
use http::{Method, StatusCode};
use serde_json::json;

use super::acknowledged::Acknowledged;
use super::offered::{HOST, mirror_path, package};
use crate::program::world::{CORAL, DARWIN, LINUX, is, reads_whole, tags};

/// Everything that was acknowledged is there, and everything that is listed can be read to the last byte.
pub(crate) async fn holds(client: &Client, acknowledged: &Acknowledged) {
    for (repository, digest) in &acknowledged.blobs {
        let reply = client
            .get(&format!("/v2/{repository}/blobs/{digest}"))
            .await;
        is(&reply, StatusCode::OK);
        assert_eq!(Digest::sha256(&reply.body).to_string(), *digest);
    }
    for ((repository, tag), digest) in &acknowledged.tags {
        let reply = client
            .get(&format!("/v2/{repository}/manifests/{tag}"))
            .await;
        is(&reply, StatusCode::OK);
        assert_eq!(reply.header("docker-content-digest"), digest);
    }
    tags_are_where_they_were_moved(client, acknowledged).await;
    let versions = client
        .get(&format!("/v1/providers/{CORAL}/versions"))
        .await
        .json();
    let listed: Vec<&str> = versions["versions"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|version| version["version"].as_str())
        .collect();
    for version in acknowledged.versions.iter().chain(&acknowledged.signed) {
        assert!(
            listed.contains(&version.as_str()),
            "{version} was published and is gone: {versions}"
        );
    }
    let publisher = keys::publisher_key().key_id().to_string();
    for version in &acknowledged.signed {
        let package = format!("/v1/providers/{CORAL}/{version}/download/linux/amd64");
        let package = client.get(&package).await.json();
        let key = &package["signing_keys"]["gpg_public_keys"][0]["key_id"];
        assert_eq!(*key, publisher, "{version} lost its signature: {package}");
    }
    for version in &acknowledged.fetched {
        let document = client.get(&mirror_path(version)).await;
        is(&document, StatusCode::OK);
        let url = document.json()["archives"][LINUX]["url"]
            .as_str()
            .unwrap()
            .to_owned();
        assert_eq!(client.get(&url).await.body, package(version), "{version}");
    }
}

/// Each is where its last acknowledged move took it, or where one took it that was asked for later.
async fn tags_are_where_they_were_moved(client: &Client, acknowledged: &Acknowledged) {
    for ((repository, tag), place) in &acknowledged.moves {
        let reply = client
            .get(&format!("/v2/{repository}/manifests/{tag}"))
            .await;
        is(&reply, StatusCode::OK);
        let name = (repository.clone(), tag.clone());
        let possible = acknowledged.asked_moves.lock().unwrap()[&name][*place..].to_vec();
        let actual = reply.header("docker-content-digest").to_owned();
        assert!(
            possible.contains(&actual),
            "{repository}:{tag} is {actual} and not one of {possible:?}"
        );
    }
}

/// Everything that is listed can be read to the last byte.
pub(crate) async fn lists_nothing_by_halves(client: &Client) {
    let catalog = client.get("/v2/_catalog?n=1000").await;
    is(&catalog, StatusCode::OK);
    for repository in catalog.json()["repositories"].as_array().unwrap() {
        let repository = repository.as_str().unwrap();
        // What is mirrored is partly known and not here; that is seen below.
        if !repository.contains(HOST) {
            for tag in tags(client, repository).await {
                reads_whole(client, repository, &tag).await;
            }
        }
    }
    let versions = client
        .get(&format!("/v1/providers/{CORAL}/versions"))
        .await
        .json();
    for version in versions["versions"].as_array().into_iter().flatten() {
        assert_eq!(
            version["platforms"].as_array().unwrap().len(),
            2,
            "a version without all of its platforms: {version}"
        );
        provider_reads_whole(client, version["version"].as_str().unwrap()).await;
    }
}

async fn provider_reads_whole(client: &Client, version: &str) {
    for platform in [LINUX, DARWIN] {
        let (os, arch) = platform.split_once('_').unwrap();
        let package = client
            .get(&format!(
                "/v1/providers/{CORAL}/{version}/download/{os}/{arch}"
            ))
            .await;
        is(&package, StatusCode::OK);
        let package = package.json();
        let zip = client.get(package["download_url"].as_str().unwrap()).await;
        assert_eq!(
            zips::sha256_hex(&zip.body),
            package["shasum"].as_str().unwrap()
        );
        let sums = client
            .get(package["shasums_url"].as_str().unwrap())
            .await
            .text();
        assert!(sums.contains(package["shasum"].as_str().unwrap()), "{sums}");
        is(
            &client
                .get(package["shasums_signature_url"].as_str().unwrap())
                .await,
            StatusCode::OK,
        );
    }
}

/// The server finds no damage in its store.
pub(crate) async fn is_sound(client: &Client) {
    let request = client
        .request(Method::POST, "/api/v1/maintenance/fsck")
        .header("content-type", "application/json");
    let reply = client
        .send(request.body(r#"{"verify_content":true}"#))
        .await;
    is(&reply, StatusCode::OK);
    assert_eq!(reply.json()["damage"], json!([]), "{}", reply.text());
}
