//! Providers as OCI artifacts: what is pushed in OpenTofu's layout is a provider to Terraform's protocols, and what those
//! publish or mirror is an artifact to OCI tools.

mod copies;

use atoll_core::manifest::media_types::{OCI_EMPTY, OCI_INDEX, OCI_MANIFEST};
use atoll_testkit::server::Client;
use atoll_testkit::zips;
use http::StatusCode;
use serde_json::{Value, json};

use crate::clients::push;
use crate::clients::world::World;

const REPOSITORY: &str = "providers/self/acme/coral";
const PLATFORMS: [&str; 2] = ["darwin_arm64", "linux_amd64"];
const PROVIDER: &str = "application/vnd.opentofu.provider";
const TARGET: &str = "application/vnd.opentofu.provider-target";

/// A platform's manifest, written down from OpenTofu's documentation, with what `oras` adds of its own.
fn target(empty: &Value, zip: &Value, platform: &str) -> Value {
    let mut layer = zip.clone();
    layer["annotations"] = json!({"org.opencontainers.image.title": format!("terraform-provider-coral_{platform}.zip")});
    json!({
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "artifactType": TARGET,
        "config": empty,
        "layers": [layer],
        "annotations": {"org.opencontainers.image.created": "2026-01-01T00:00:00Z"},
    })
}

/// A version's index over descriptors of such manifests, in the order of the platforms.
fn index(targets: Vec<Value>) -> Value {
    let entries: Vec<Value> = targets
        .into_iter()
        .zip(PLATFORMS)
        .map(|(mut entry, platform)| {
            let (os, architecture) = platform.split_once('_').unwrap();
            entry["artifactType"] = json!(TARGET);
            entry["platform"] = json!({"os": os, "architecture": architecture});
            entry
        })
        .collect();
    json!({"schemaVersion": 2, "mediaType": OCI_INDEX, "artifactType": PROVIDER, "manifests": entries})
}

/// Pushes a version of `acme/coral` by the registry's protocol; its digest.
pub(super) async fn publish(world: &World, version: &str) -> String {
    let robot = world.server.robot("push:providers/self/acme/*").await;
    let empty = push::blob(&robot, REPOSITORY, OCI_EMPTY, b"{}").await;
    let mut targets = Vec::new();
    for platform in PLATFORMS {
        let zip = zips::provider("coral", version, platform);
        let zip = push::blob(&robot, REPOSITORY, "archive/zip", &zip).await;
        targets.push(push::manifest(&robot, REPOSITORY, "", &target(&empty, &zip, platform)).await);
    }
    let pushed = push::manifest(&robot, REPOSITORY, version, &index(targets)).await;
    pushed["digest"].as_str().unwrap().to_owned()
}

/// Reads a version as both of Terraform's protocols do, with its bytes.
async fn assert_terraform_sees(client: &Client, version: &str) {
    let mirror = "/mirror/atoll.internal/acme/coral";
    let listed = client.get(&format!("{mirror}/index.json")).await;
    assert_eq!(
        listed.json(),
        json!({"versions": {version: {}}}),
        "{listed:?}"
    );
    let archives = client.get(&format!("{mirror}/{version}.json")).await.json()["archives"].clone();
    let versions = client.get("/v1/providers/acme/coral/versions").await.json();
    assert_eq!(versions["versions"][0]["version"], version);
    assert_eq!(
        versions["versions"][0]["platforms"]
            .as_array()
            .unwrap()
            .len(),
        PLATFORMS.len()
    );
    for platform in PLATFORMS {
        let zip = zips::provider("coral", version, platform);
        let (zh, h1) = (format!("zh:{}", zips::sha256_hex(&zip)), zips::h1(&zip));
        let hashes = archives[platform]["hashes"].as_array().unwrap();
        assert!(
            hashes.contains(&json!(zh)) && hashes.contains(&json!(h1)),
            "{hashes:?}"
        );
        let archive = client
            .get(archives[platform]["url"].as_str().unwrap())
            .await;
        assert_eq!((archive.status, &archive.body), (StatusCode::OK, &zip));
        let (os, arch) = platform.split_once('_').unwrap();
        let package = client
            .get(&format!(
                "/v1/providers/acme/coral/{version}/download/{os}/{arch}"
            ))
            .await
            .json();
        assert_eq!(package["shasum"], zips::sha256_hex(&zip), "{package}");
        let archive = client.get(package["download_url"].as_str().unwrap()).await;
        assert_eq!((archive.status, &archive.body), (StatusCode::OK, &zip));
    }
}

#[tokio::test]
async fn what_is_pushed_in_opentofus_layout_is_a_provider() {
    let world = World::new().await;
    publish(&world, "1.2.3").await;
    let robot = world.server.robot("pull:providers/*").await;
    assert_terraform_sees(&robot, "1.2.3").await;
    assert_eq!(
        world
            .server
            .nobody()
            .get("/v1/providers/acme/coral/versions")
            .await
            .status,
        StatusCode::UNAUTHORIZED
    );
}
