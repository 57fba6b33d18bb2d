//! Captures: a version is complete and final from its first request, before any package's bytes are fetched.

use std::time::Duration;

use atoll_app::mirror::{MirrorError, ServedFrom};
use atoll_core::kind::ErrorKind;
use atoll_core::proof::Proof;
use atoll_testkit::registry::Fault;
use atoll_testkit::zips;
use atoll_upstream::Protocol;
use futures_util::future::join_all;

use super::world::{CORAL, Setup, World, chain, eventually, platform};

#[tokio::test]
async fn a_capture_knows_all_platforms_and_fetches_no_zip() {
    let mut world = World::new().await;
    let _ = world
        .upstream
        .provider(CORAL)
        .version("1.0.0")
        .platform("linux_amd64")
        .platform("darwin_arm64")
        .protocols(&["6.0", "5.1"]);
    let answer = world.version(CORAL, "1.0.0").await.unwrap();
    assert_eq!(answer.freshness.served_from, ServedFrom::Fetched);
    let captured = answer.captured;
    assert_eq!(captured.proof, Proof::Signed);
    assert_eq!(captured.protocols, ["6.0", "5.1"]);
    let zip = zips::provider("coral", "1.0.0", "linux_amd64");
    let linux = captured.find_platform(&platform("linux_amd64")).unwrap();
    assert_eq!(linux.digest.hex(), zips::sha256_hex(&zip));
    assert_eq!(linux.size, zip.len() as u64);
    assert_eq!(
        linux.file_name,
        "terraform-provider-coral_1.0.0_linux_amd64.zip"
    );
    assert!(!linux.held && linux.h1.is_none());
    assert_eq!(captured.platforms.len(), 2);
    assert_eq!(world.zip_gets(), 0);

    let sums = world.read(captured.sums.as_ref().unwrap()).await.unwrap();
    assert!(
        String::from_utf8(sums)
            .unwrap()
            .contains(linux.digest.hex())
    );
    assert!(captured.signature.is_some() && captured.keys.is_some());

    // It never changes, and needs no upstream any more.
    world.read(&linux.digest).await.unwrap();
    world.upstream.stop().await;
    world.restart(Setup {
        offline: true,
        ..Setup::default()
    });
    let again = world.version(CORAL, "1.0.0").await.unwrap();
    assert_eq!(again.captured.index, captured.index);
    assert_eq!(again.captured.platforms.len(), 1);
    assert!(again.captured.platforms[0].held);
    assert_eq!(again.freshness.served_from, ServedFrom::Hit);
}

#[tokio::test]
async fn two_captures_of_the_same_release_are_the_same_bytes() {
    let (one, other) = (World::new().await, World::new().await);
    for world in [&one, &other] {
        world.offer(CORAL, "1.0.0", &["linux_amd64", "windows_386"]);
    }
    let (first, second) = (
        one.version(CORAL, "1.0.0").await.unwrap(),
        other.version(CORAL, "1.0.0").await.unwrap(),
    );
    assert_eq!(first.captured.index, second.captured.index);
}

#[tokio::test]
async fn many_clients_cause_one_capture() {
    let world = World::new().await;
    world.offer(CORAL, "1.0.0", &["linux_amd64", "darwin_arm64"]);
    world
        .upstream
        .fault(Fault::delay(Duration::from_millis(50)).on("*SHA256SUMS"));
    let answers = join_all((0..30).map(|_| world.version(CORAL, "1.0.0"))).await;
    assert!(
        answers
            .iter()
            .all(|answer| answer.as_ref().unwrap().captured.platforms.len() == 2)
    );
    for path in [
        "*/versions",
        "*/download/linux/amd64",
        "*SHA256SUMS",
        "*.sig",
    ] {
        assert_eq!(world.upstream.requests_to(path).len(), 1, "{path}");
    }
}

#[tokio::test]
async fn a_version_that_upstream_does_not_have_is_not_found() {
    let world = World::new().await;
    world.offer(CORAL, "1.0.0", &["linux_amd64"]);
    let error = world.version(CORAL, "9.0.0").await.unwrap_err();
    assert!(
        matches!(error, MirrorError::NotFound { .. }),
        "{}",
        chain(&error)
    );
    let error = world.version("acme/nothing", "1.0.0").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn a_platform_that_is_listed_but_not_there_spoils_nothing() {
    let world = World::new().await;
    world.offer(CORAL, "1.0.0", &["linux_amd64", "darwin_arm64"]);
    world
        .upstream
        .fault(Fault::status(404).on("*/download/darwin/arm64"));
    let answer = world.version(CORAL, "1.0.0").await.unwrap();
    assert_eq!(answer.captured.platforms.len(), 1);
}

#[tokio::test]
async fn a_platform_that_fails_keeps_the_version_from_being_final() {
    let world = World::new().await;
    world.offer(CORAL, "1.0.0", &["linux_amd64", "darwin_arm64"]);
    world
        .upstream
        .fault(Fault::status(500).on("*/download/darwin/arm64").times(2));
    let error = world.version(CORAL, "1.0.0").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UpstreamFailed, "{}", chain(&error));
    assert_eq!(
        world
            .version(CORAL, "1.0.0")
            .await
            .unwrap()
            .captured
            .platforms
            .len(),
        2
    );
}

#[tokio::test]
async fn a_registry_that_lists_no_platforms_is_asked_for_the_usual_ones() {
    let world = World::new().await;
    world.offer(CORAL, "1.0.0", &["freebsd_arm64", "windows_amd64"]);
    let versions = serde_json::json!({ "versions": [{ "version": "1.0.0" }] });
    world
        .upstream
        .put_json("/v1/providers/acme/coral/versions", &versions);
    let answer = world.version(CORAL, "1.0.0").await.unwrap();
    let platforms: Vec<String> = answer
        .captured
        .platforms
        .iter()
        .map(|found| found.platform.to_string())
        .collect();
    assert_eq!(platforms, ["freebsd_arm64", "windows_amd64"]);
}

#[tokio::test]
async fn a_slow_capture_finishes_in_the_background() {
    let world = World::with(Setup::patience(Duration::from_millis(150))).await;
    world.offer(CORAL, "1.0.0", &["linux_amd64"]);
    world.upstream.fault(
        Fault::delay(Duration::from_millis(500))
            .on("*SHA256SUMS")
            .times(1),
    );
    let error = world.version(CORAL, "1.0.0").await.unwrap_err();
    assert!(
        matches!(error, MirrorError::TooSlow { .. }),
        "{}",
        chain(&error)
    );
    eventually("the version is here", || async {
        world.version(CORAL, "1.0.0").await.is_ok()
    })
    .await;
    assert_eq!(world.upstream.requests_to("*SHA256SUMS").len(), 1);
}

#[tokio::test]
async fn a_network_mirror_is_known_by_its_hashes() {
    let world = World::with(Setup {
        protocol: Protocol::NetworkMirror,
        ..Setup::default()
    })
    .await;
    world.offer(CORAL, "1.0.0", &["linux_amd64", "darwin_arm64"]);
    let list = world.list(CORAL).await.unwrap();
    assert_eq!(list.versions.len(), 1);
    let captured = world.version(CORAL, "1.0.0").await.unwrap().captured;
    assert_eq!(captured.proof, Proof::Hashed);
    assert_eq!(captured.platforms.len(), 2);
    assert!(captured.sums.is_some() && captured.signature.is_none());
    let zip = world.read(&captured.platforms[1].digest).await.unwrap();
    assert_eq!(zip, zips::provider("coral", "1.0.0", "linux_amd64"));
}
