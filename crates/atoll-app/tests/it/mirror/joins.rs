//! Platforms that join a version later.

use atoll_app::mirror::MirrorError;
use atoll_core::proof::Proof;
use atoll_testkit::registry::Fault;
use atoll_testkit::zips;
use atoll_upstream::Protocol;
use serde_json::json;

use super::world::{CORAL, Setup, World, addr, chain, client, eventually, platform, version};

/// Storage that does not tell how large a package is.
fn hide_size(world: &World, pattern: &str) {
    for fault in [Fault::no_head(), Fault::ignore_range(), Fault::no_length()] {
        world.upstream.fault(fault.on(pattern));
    }
}

#[tokio::test]
async fn a_package_of_unknown_size_is_fetched_whole_and_joins() {
    let world = World::new().await;
    world.offer(CORAL, "1.0.0", &["linux_amd64", "darwin_arm64"]);
    hide_size(&world, "*darwin_arm64.zip");
    let first = world.version(CORAL, "1.0.0").await.unwrap().captured;
    assert_eq!(first.platforms.len(), 1);
    eventually("the platform joins", || async {
        world
            .version(CORAL, "1.0.0")
            .await
            .unwrap()
            .captured
            .platforms
            .len()
            == 2
    })
    .await;
    let joined = world.version(CORAL, "1.0.0").await.unwrap().captured;
    assert_ne!(joined.index, first.index);
    assert_eq!(joined.proof, Proof::Signed);
    assert_eq!(
        (joined.sums.as_ref(), joined.keys.as_ref()),
        (first.sums.as_ref(), first.keys.as_ref())
    );
    let darwin = joined.find_platform(&platform("darwin_arm64")).unwrap();
    assert!(darwin.held);
    let zip = zips::provider("coral", "1.0.0", "darwin_arm64");
    assert_eq!(darwin.size, zip.len() as u64);
    assert_eq!(world.read(&darwin.digest).await.unwrap(), zip);
}

#[tokio::test]
async fn a_version_of_which_nothing_is_known_waits_for_its_packages() {
    let world = World::new().await;
    world.offer(CORAL, "1.0.0", &["linux_amd64"]);
    hide_size(&world, "*.zip");
    let captured = world.version(CORAL, "1.0.0").await.unwrap().captured;
    assert_eq!(captured.platforms.len(), 1);
    assert!(captured.platforms[0].held);
}

#[tokio::test]
async fn a_mirror_that_knows_only_h1_is_verified_by_it() {
    let world = World::with(Setup {
        protocol: Protocol::NetworkMirror,
        ..Setup::default()
    })
    .await;
    world.offer(CORAL, "1.0.0", &["linux_amd64"]);
    let zip = zips::provider("coral", "1.0.0", "linux_amd64");
    let document = |h1: &str| {
        let url = "/files/acme/coral/1.0.0/terraform-provider-coral_1.0.0_linux_amd64.zip";
        json!({ "archives": { "linux_amd64": { "url": url, "hashes": [h1] } } })
    };
    let path = "/mirror/tf.example/acme/coral/1.0.0.json";
    world.upstream.put_json(
        path,
        &document("h1:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="),
    );
    let error = world.version(CORAL, "1.0.0").await.unwrap_err();
    assert!(
        matches!(error, MirrorError::Inconsistent { .. }),
        "{}",
        chain(&error)
    );

    world.upstream.put_json(path, &document(&zips::h1(&zip)));
    let captured = world.version(CORAL, "1.0.0").await.unwrap().captured;
    assert_eq!(captured.proof, Proof::Hashed);
    let linux = captured.find_platform(&platform("linux_amd64")).unwrap();
    assert_eq!(linux.h1.unwrap().to_string(), zips::h1(&zip));
    assert_eq!(world.read(&linux.digest).await.unwrap(), zip);
}

#[tokio::test]
async fn a_platform_that_upstream_adds_joins_when_it_is_asked_for() {
    let mut world = World::new().await;
    world.offer(CORAL, "1.0.0", &["linux_amd64"]);
    let first = world.version(CORAL, "1.0.0").await.unwrap().captured;
    let windows = platform("windows_amd64");
    let ask = async |world: &World| {
        world
            .mirrors
            .platform(&addr(CORAL), &version("1.0.0"), &windows, &client())
            .await
    };
    let error = ask(&world).await.unwrap_err();
    assert!(
        matches!(error, MirrorError::NotFound { .. }),
        "{}",
        chain(&error)
    );

    world.offer(CORAL, "1.0.0", &["windows_amd64"]);
    world.restart(Setup::policy(|policy| {
        policy.retrieval_cache_period_secs = 0;
    }));
    let joined = ask(&world).await.unwrap().captured;
    assert_eq!(joined.platforms.len(), 2);
    assert_ne!(joined.index, first.index);
    assert_ne!(joined.sums, first.sums);
}

#[tokio::test]
async fn other_bytes_than_captured_are_a_conflict() {
    let mut world = World::new().await;
    world.offer(CORAL, "1.0.0", &["linux_amd64"]);
    let first = world.version(CORAL, "1.0.0").await.unwrap().captured;
    world.upstream.provider(CORAL).version("1.0.0").withdraw();
    let replaced = zips::provider("coral", "1.0.0", "elsewhere");
    let _ = world
        .upstream
        .provider(CORAL)
        .version("1.0.0")
        .package("linux_amd64", replaced)
        .platform("windows_amd64");
    world.restart(Setup::policy(|policy| {
        policy.retrieval_cache_period_secs = 0;
    }));
    let asked = world
        .mirrors
        .platform(
            &addr(CORAL),
            &version("1.0.0"),
            &platform("windows_amd64"),
            &client(),
        )
        .await;
    let error = asked.unwrap_err();
    assert!(
        matches!(error, MirrorError::DigestConflict { .. }),
        "{}",
        chain(&error)
    );
    assert_eq!(
        world.version(CORAL, "1.0.0").await.unwrap().captured.index,
        first.index
    );
}
