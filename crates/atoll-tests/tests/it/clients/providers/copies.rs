//! Copies by clients, in and out.

use atoll_core::manifest::media_types::OCI_EMPTY;
use atoll_testkit::registry::FakeRegistry;
use atoll_testkit::server::{Mirrored, TestServer};
use atoll_testkit::zips;
use serde_json::{Value, json};

use super::{PLATFORMS, PROVIDER, REPOSITORY, TARGET, assert_terraform_sees, index, target};
use crate::clients::containerd::Containerd;
use crate::clients::layout::{Layout, Written};
use crate::clients::push;
use crate::clients::world::World;

/// A world that mirrors `tf.example`, which offers one version.
async fn mirroring_world() -> (World, FakeRegistry) {
    let upstream = FakeRegistry::start().await;
    let mirrored = Mirrored::at("tf.example", upstream.url().as_str(), upstream.ca_pem());
    let world = World::with(TestServer::builder().mirroring(mirrored)).await;
    drop(PLATFORMS.iter().fold(
        upstream.provider("acme/coral").version("1.2.3"),
        |setup, platform| setup.platform(platform),
    ));
    (world, upstream)
}

#[tokio::test]
async fn skopeo_copies_platforms_in() {
    let world = World::new().await;
    let Some(skopeo) = world
        .containers_program("providers: skopeo copies platforms in", "skopeo", "skopeo")
        .await
    else {
        return;
    };
    let mut layout = Layout::create(world.path("layout"));
    let empty = layout.add(OCI_EMPTY, b"{}");
    let creds = format!(
        "robot:{}",
        world.server.token("push:providers/self/acme/*").await
    );
    let (certs, mut targets) = (world.text("certs"), Vec::new());
    for platform in PLATFORMS {
        let zip = layout.add("archive/zip", &zips::provider("coral", "1.2.3", platform));
        let manifest = layout.add_manifest(&target(&empty, &zip, platform));
        layout.tag(platform, manifest.clone());
        let remote = format!(
            "docker://{}/{REPOSITORY}@{}",
            world.host(),
            manifest["digest"].as_str().unwrap()
        );
        let copy = [
            "copy",
            "--preserve-digests",
            "--dest-cert-dir",
            &certs,
            "--dest-creds",
            &creds,
        ];
        skopeo
            .run(
                copy.into_iter()
                    .chain([layout.reference(platform).as_str(), &remote]),
            )
            .await
            .succeeds();
        targets.push(manifest);
    }
    let robot = world.server.robot("push:providers/self/acme/*").await;
    push::manifest(&robot, REPOSITORY, "1.2.3", &index(targets)).await;
    assert_terraform_sees(&robot, "1.2.3").await;
}

/// Nobody asked for it before, and nobody needs a token for what anybody may fetch. The index is looked at and not copied:
/// skopeo 1.9 loses the `artifactType` of its entries.
#[tokio::test]
async fn skopeo_copies_out_what_is_mirrored() {
    let (world, _upstream) = mirroring_world().await;
    let Some(skopeo) = world
        .containers_program(
            "providers: skopeo copies out what is mirrored",
            "skopeo",
            "skopeo",
        )
        .await
    else {
        return;
    };
    let (certs, remote) = (
        world.text("certs"),
        format!("docker://{}/providers/tf.example/acme/coral", world.host()),
    );
    let listed = skopeo
        .run(["list-tags", "--no-creds", "--cert-dir", &certs, &remote])
        .await
        .succeeds();
    let listed: Value = serde_json::from_str(&listed).unwrap();
    assert_eq!(listed["Tags"], json!(["1.2.3"]));
    let raw = skopeo
        .run([
            "inspect",
            "--raw",
            "--no-creds",
            "--cert-dir",
            &certs,
            &format!("{remote}:1.2.3"),
        ])
        .await
        .succeeds();
    let index: Value = serde_json::from_str(&raw).unwrap();
    assert_eq!(index["artifactType"], PROVIDER);
    let entries = index["manifests"].as_array().unwrap();
    assert_eq!(entries.len(), PLATFORMS.len());
    for (entry, platform) in entries.iter().zip(PLATFORMS) {
        let (digest, back) = (
            entry["digest"].as_str().unwrap(),
            format!("oci:{}:1.2.3", world.text(platform)),
        );
        let copy = [
            "copy",
            "--preserve-digests",
            "--src-no-creds",
            "--src-cert-dir",
            &certs,
        ];
        skopeo
            .run(
                copy.into_iter()
                    .chain([format!("{remote}@{digest}").as_str(), &back]),
            )
            .await
            .succeeds();
        let written = Written::read(&world.path(platform));
        assert_eq!(written.digest, digest);
        let manifest = written.manifest(digest);
        assert_eq!(manifest["artifactType"], TARGET);
        let zip = written.blob(manifest["layers"][0]["digest"].as_str().unwrap());
        assert_eq!(zip, zips::provider("coral", "1.2.3", platform));
    }
}

/// What somebody else published becomes one's own, index and all.
#[tokio::test]
async fn containerd_copies_what_is_mirrored_to_what_is_hosted() {
    let (world, _upstream) = mirroring_world().await;
    let Some(containerd) =
        Containerd::start("providers: containerd copies what is mirrored", &world).await
    else {
        return;
    };
    containerd.knows(&world, &world.host(), "");
    let (source, target) = (
        format!("{}/providers/tf.example/acme/coral:1.2.3", world.host()),
        format!("{}/{REPOSITORY}:1.2.3", world.host()),
    );
    let user = format!(
        "robot:{}",
        world.server.token("push:providers/self/acme/*").await
    );
    containerd
        .run(&["content", "fetch"], &["--all-platforms", &source])
        .await
        .succeeds();
    containerd
        .ctr
        .run(["images", "tag", &source, &target])
        .await
        .succeeds();
    containerd
        .run(&["images", "push"], &["--user", &user, &target])
        .await
        .succeeds();
    let robot = world.server.robot("pull:providers/*").await;
    assert_terraform_sees(&robot, "1.2.3").await;
    let digest = async |repository: &str| {
        let reply = robot
            .head(&format!("/v2/{repository}/manifests/1.2.3"))
            .await;
        reply.header("docker-content-digest").to_owned()
    };
    assert_eq!(
        digest(REPOSITORY).await,
        digest("providers/tf.example/acme/coral").await
    );
}
