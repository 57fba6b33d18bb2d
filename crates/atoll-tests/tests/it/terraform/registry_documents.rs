//! The registry's documents, to the letter.

use std::collections::BTreeSet;

use atoll_core::openpgp::{PublicKey, verify_detached};
use atoll_testkit::registry::Signing;
use atoll_testkit::{keys, zips};
use http::StatusCode;
use serde_json::{Value, json};

use super::world::{CORAL, LINUX, World, package, registry};

const FILE: &str = "terraform-provider-coral_1.0.0_linux_amd64.zip";

#[tokio::test]
async fn versions_are_listed_with_protocols_and_platforms() {
    let world = World::new().await;
    world.change(CORAL, "1.0.0", |setup| {
        setup
            .platform(LINUX)
            .platform("darwin_arm64")
            .protocols(&["5.0", "6.0"])
    });
    world.offer(CORAL, "1.1.0-rc1", &[LINUX]);
    let reply = world.get(&registry(CORAL, "versions")).await;
    assert_eq!(reply.status, StatusCode::OK);
    assert_eq!(reply.header("content-type"), "application/json");
    let platform = |os: &str, arch: &str| json!({"os": os, "arch": arch});
    let expected = json!({
        "versions": [
            {"version": "1.0.0", "protocols": ["5.0", "6.0"], "platforms": [platform("linux", "amd64"), platform("darwin", "arm64")]},
            {"version": "1.1.0-rc1", "protocols": ["5.0"], "platforms": [platform("linux", "amd64")]},
        ],
        "warnings": null,
    });
    assert_eq!(reply.json(), expected);
}

#[tokio::test]
async fn warnings_are_passed_on() {
    let world = World::new().await;
    world.change(CORAL, "1.0.0", |setup| {
        setup.platform(LINUX).warning("moved to reef/coral")
    });
    let reply = world.get(&registry(CORAL, "versions")).await;
    assert_eq!(reply.json()["warnings"], json!(["moved to reef/coral"]));
}

#[tokio::test]
async fn a_package_is_described_as_upstream_signed_it() {
    let world = World::new().await;
    world.offer(CORAL, "1.0.0", &[LINUX, "darwin_arm64"]);
    let reply = world.get(&package(CORAL, "1.0.0", LINUX)).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    assert_eq!(reply.header("content-type"), "application/json");
    let document = reply.json();
    let members: BTreeSet<&str> = document
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    let expected = [
        "arch",
        "download_url",
        "filename",
        "os",
        "protocols",
        "shasum",
        "shasums_signature_url",
        "shasums_url",
        "signing_keys",
    ];
    assert_eq!(members, expected.into());
    let zip = zips::provider("coral", "1.0.0", LINUX);
    assert_eq!(document["protocols"], json!(["5.0"]));
    assert_eq!(
        (&document["os"], &document["arch"]),
        (&json!("linux"), &json!("amd64"))
    );
    assert_eq!(document["filename"], json!(FILE));
    assert_eq!(document["shasum"], json!(zips::sha256_hex(&zip)));
    let key = &document["signing_keys"]["gpg_public_keys"][0];
    assert_eq!(
        key["key_id"],
        json!(keys::publisher_key().key_id().to_string())
    );
    assert_eq!(
        key["ascii_armor"],
        json!(keys::publisher_key().public_armored().unwrap())
    );
    assert_eq!(key["trust_signature"], json!(""));
    assert_eq!(key["source"], json!("Test Publisher"));

    let sums = file(&world, &document, "shasums_url").await;
    let upstream_sums = format!("/files/{CORAL}/1.0.0/terraform-provider-coral_1.0.0_SHA256SUMS");
    assert_eq!(sums, fetched(&world, &upstream_sums).await);
    let signature = file(&world, &document, "shasums_signature_url").await;
    assert_eq!(
        signature,
        fetched(&world, &format!("{upstream_sums}.sig")).await
    );
    assert_eq!(file(&world, &document, "download_url").await, zip.to_vec());
}

#[tokio::test]
async fn unsigned_versions_get_sums_that_atoll_signs() {
    let world = World::new().await;
    world.change(CORAL, "1.0.0", |setup| {
        setup
            .platform(LINUX)
            .platform("darwin_arm64")
            .signing(Signing::Unsigned)
    });
    let document = world.get(&package(CORAL, "1.0.0", LINUX)).await.json();
    let sums = file(&world, &document, "shasums_url").await;
    let text = String::from_utf8(sums.clone()).unwrap();
    assert_eq!(text.lines().count(), 2, "{text}");
    assert!(
        text.ends_with('\n') && !text.contains("\n\n"),
        "a blank line crashes the client: {text:?}"
    );
    let zip = zips::sha256_hex(&zips::provider("coral", "1.0.0", LINUX));
    assert!(text.contains(&format!("{zip}  {FILE}\n")), "{text}");
    let signature = file(&world, &document, "shasums_signature_url").await;
    let armored = document["signing_keys"]["gpg_public_keys"][0]["ascii_armor"]
        .as_str()
        .unwrap();
    verify_detached(&PublicKey::parse_many(armored).unwrap(), &sums, &signature).unwrap();
    // The other platform's document names the same sums, or the client's lock file would differ from run to run.
    let other = world
        .get(&package(CORAL, "1.0.0", "darwin_arm64"))
        .await
        .json();
    assert_eq!(file(&world, &other, "shasums_url").await, sums);
}

#[tokio::test]
async fn what_is_not_there_is_404_with_words() {
    let world = World::new().await;
    world.offer(CORAL, "1.0.0", &[LINUX]);
    let paths = [
        registry("acme/nothing", "versions"),
        registry("acme/nothing", "1.0.0/download/linux/amd64"),
        package(CORAL, "9.9.9", LINUX),
        package(CORAL, "v1.0.0", LINUX),
        package(CORAL, "1.0.0", "windows_amd64"),
        package(CORAL, "1.0.0", "LINUX_AMD64"),
        registry(CORAL, "1.0.0/download/linux/.."),
        registry(CORAL, "1.0.0/download/li_nux/amd64"),
        "/hosts/unknown.example/v1/providers/acme/coral/versions".to_owned(),
    ];
    for path in paths {
        let reply = world.get(&path).await;
        assert_eq!(
            reply.status,
            StatusCode::NOT_FOUND,
            "{path}: {}",
            reply.text()
        );
        assert!(!reply.text().is_empty(), "{path}");
    }
}

async fn file(world: &World, document: &Value, member: &str) -> Vec<u8> {
    let url = document[member].as_str().unwrap();
    assert!(url.starts_with("/files/"), "{member} leads away: {url}");
    let reply = world.get(url).await;
    assert_eq!(reply.status, StatusCode::OK, "{member}: {}", reply.text());
    reply.body.to_vec()
}

/// What upstream itself gives.
async fn fetched(world: &World, path: &str) -> Vec<u8> {
    let url = world.upstream.url().join(path).unwrap();
    world.get(url.as_str()).await.body.to_vec()
}
