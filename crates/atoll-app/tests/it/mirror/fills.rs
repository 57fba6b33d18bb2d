//! Fills: bytes that stream through while they are verified.

use std::time::Duration;

use atoll_app::mirror::MirrorError;
use atoll_app::registry::BlobSource;
use atoll_app::upstreams::MinFree;
use atoll_core::digest::Digest;
use atoll_core::kind::ErrorKind;
use atoll_testkit::registry::Fault;
use atoll_testkit::zips;
use bytes::Bytes;
use futures_util::StreamExt as _;
use futures_util::future::join_all;

use super::world::{CORAL, Setup, World, chain, eventually, platform};

const LARGE: usize = 3 << 20;

/// A world whose upstream has one large package, and the package.
async fn large(setup: Setup) -> (World, Digest, Bytes) {
    let world = World::with(setup).await;
    let zip = zips::large_provider("coral", "1.0.0", "linux_amd64", LARGE);
    let _ = world
        .upstream
        .provider(CORAL)
        .version("1.0.0")
        .package("linux_amd64", zip.clone());
    let digest = world.zip(CORAL, "1.0.0", "linux_amd64").await;
    (world, digest, zip)
}

async fn is_held(world: &World) -> bool {
    let captured = world.version(CORAL, "1.0.0").await.unwrap().captured;
    captured
        .find_platform(&platform("linux_amd64"))
        .unwrap()
        .held
}

#[tokio::test]
async fn a_fill_streams_is_kept_and_gets_its_h1() {
    let (world, digest, zip) = large(Setup::default()).await;
    assert_eq!(world.read(&digest).await.unwrap(), zip);
    eventually("the h1 is known", || async {
        let captured = world.version(CORAL, "1.0.0").await.unwrap().captured;
        let linux = captured.find_platform(&platform("linux_amd64")).unwrap();
        linux.held && linux.h1.is_some_and(|h1| h1.to_string() == zips::h1(&zip))
    })
    .await;
    assert!(matches!(
        world.open(&digest).await.unwrap(),
        BlobSource::Held(_)
    ));
    assert_eq!(world.read(&digest).await.unwrap(), zip);
    assert_eq!(world.zip_gets(), 1);
}

#[tokio::test]
async fn many_clients_cause_one_download() {
    let (world, digest, zip) = large(Setup::default()).await;
    world
        .upstream
        .fault(Fault::drip(256 << 10, Duration::from_millis(10)).on("*.zip"));
    let reads = join_all((0..24).map(|_| world.read(&digest))).await;
    assert!(reads.into_iter().all(|read| read.unwrap() == zip));
    assert_eq!(world.zip_gets(), 1);
}

#[tokio::test]
async fn the_first_bytes_pass_through_at_once() {
    let (world, digest, _) = large(Setup::default()).await;
    let pause = Duration::from_millis(50);
    world
        .upstream
        .fault(Fault::drip(64 << 10, pause).on("*.zip"));
    world.upstream.clear_requests();
    let source = world.open(&digest).await.unwrap();
    let size = source.size();
    let mut stream = source.stream(0..size);
    assert!(!stream.next().await.unwrap().unwrap().is_empty());
    let asked = world.upstream.requests_to("*.zip")[0].at;
    let first = asked.elapsed();
    while let Some(chunk) = stream.next().await {
        chunk.unwrap();
    }
    let all = asked.elapsed();
    assert!(
        first * 4 < all,
        "the first bytes after {first:?}, all after {all:?}"
    );
}

#[tokio::test]
async fn a_download_goes_on_where_it_broke_off() {
    let (world, digest, zip) = large(Setup::default()).await;
    world
        .upstream
        .fault(Fault::reset_after(1 << 20).on("*.zip").times(2));
    assert_eq!(world.read(&digest).await.unwrap(), zip);
    let requests = world.upstream.requests_to("*.zip");
    let ranges: Vec<_> = requests
        .iter()
        .filter_map(|request| request.header("range"))
        .collect();
    assert!(
        ranges.iter().any(|range| *range != "bytes=0-0"),
        "{ranges:?}"
    );
    assert_eq!(world.zip_gets(), 3);
}

#[tokio::test]
async fn an_upstream_that_ignores_ranges_is_read_again() {
    let (world, digest, zip) = large(Setup::default()).await;
    world.upstream.fault(Fault::ignore_range().on("*.zip"));
    world
        .upstream
        .fault(Fault::reset_after(1 << 20).on("*.zip").times(1));
    assert_eq!(world.read(&digest).await.unwrap(), zip);
}

#[tokio::test]
async fn a_download_that_never_gets_on_is_given_up() {
    let (world, digest, _) = large(Setup::default()).await;
    world
        .upstream
        .fault(Fault::reset_after(200 << 10).on("*.zip").times(1));
    world.upstream.fault(Fault::status(503).on("*.zip"));
    assert!(world.read(&digest).await.is_err());
    assert!(!is_held(&world).await);
    world.upstream.clear_faults();
    assert!(world.read(&digest).await.is_ok());
}

#[tokio::test]
async fn other_bytes_break_the_stream_and_are_not_kept() {
    let (world, digest, zip) = large(Setup::default()).await;
    let before = world.stored_files();
    world.upstream.fault(Fault::wrong_bytes().on("*.zip"));
    let reads = join_all((0..3).map(|_| world.read(&digest))).await;
    assert!(reads.iter().all(Result::is_err));
    assert!(!is_held(&world).await);
    assert_eq!(world.stored_files(), before);
    world.upstream.clear_faults();
    assert_eq!(world.read(&digest).await.unwrap(), zip);
}

#[tokio::test]
async fn other_bytes_in_a_small_package_are_an_error_and_not_a_broken_answer() {
    let world = World::new().await;
    world.offer(CORAL, "1.0.0", &["linux_amd64"]);
    let digest = world.zip(CORAL, "1.0.0", "linux_amd64").await;
    world.upstream.fault(Fault::wrong_bytes().on("*.zip"));
    let Err(error) = world.open(&digest).await else {
        panic!("it was opened")
    };
    assert_eq!(error.kind(), ErrorKind::UpstreamFailed, "{}", chain(&error));
}

#[tokio::test]
async fn a_fill_goes_on_when_its_client_leaves() {
    let (world, digest, zip) = large(Setup::default()).await;
    world
        .upstream
        .fault(Fault::drip(512 << 10, Duration::from_millis(30)).on("*.zip"));
    drop(world.open(&digest).await.unwrap());
    eventually("the bytes are here", || is_held(&world)).await;
    assert_eq!(world.read(&digest).await.unwrap(), zip);
    assert_eq!(world.zip_gets(), 1);
}

#[tokio::test]
async fn an_address_that_expired_is_asked_for_again() {
    let (world, digest, zip) = large(Setup::default()).await;
    world
        .upstream
        .fault(Fault::status(403).on("*.zip").times(1));
    world.upstream.clear_requests();
    assert_eq!(world.read(&digest).await.unwrap(), zip);
    assert_eq!(
        world.upstream.requests_to("*/download/linux/amd64").len(),
        1
    );
}

#[tokio::test]
async fn an_address_that_leads_to_other_bytes_now_is_a_conflict() {
    let (world, digest, _) = large(Setup::default()).await;
    world.upstream.provider(CORAL).version("1.0.0").withdraw();
    world.offer(CORAL, "1.0.0", &["linux_amd64"]);
    world
        .upstream
        .fault(Fault::status(403).on("*.zip").times(1));
    let Err(error) = world.open(&digest).await else {
        panic!("it was opened")
    };
    assert!(
        matches!(error, MirrorError::DigestConflict { .. }),
        "{}",
        chain(&error)
    );
}

#[tokio::test]
async fn a_package_that_is_gone_is_an_error_before_the_answer_begins() {
    let (mut world, digest, _) = large(Setup::default()).await;
    world.upstream.fault(Fault::status(404).on("*.zip"));
    let Err(error) = world.open(&digest).await else {
        panic!("it was opened")
    };
    assert_eq!(error.kind(), ErrorKind::NotFound, "{}", chain(&error));
    world.upstream.stop().await;
    let Err(error) = world.open(&digest).await else {
        panic!("it was opened")
    };
    assert_eq!(error.kind(), ErrorKind::UpstreamFailed, "{}", chain(&error));
    world.restart(Setup {
        offline: true,
        ..Setup::default()
    });
    let Err(error) = world.open(&digest).await else {
        panic!("it was opened")
    };
    assert!(
        matches!(error, MirrorError::Offline { .. }),
        "{}",
        chain(&error)
    );
    assert!(error.to_string().contains("linux_amd64"), "{error}");
}

#[tokio::test]
async fn misses_stop_where_there_is_no_room_and_hits_go_on() {
    let (mut world, digest, zip) = large(Setup::default()).await;
    world.offer(CORAL, "2.0.0", &["linux_amd64"]);
    world.restart(Setup::limits(|limits| {
        limits.min_free = MinFree::Percent(100);
    }));
    let Err(error) = world.open(&digest).await else {
        panic!("it was opened")
    };
    assert!(
        matches!(error, MirrorError::LowDisk { .. }),
        "{}",
        chain(&error)
    );
    assert_eq!(error.kind(), ErrorKind::StorageFull);

    world.restart(Setup::default());
    assert_eq!(world.read(&digest).await.unwrap(), zip);
    eventually("the bytes are here", || is_held(&world)).await;
    world.restart(Setup::policy(|policy| {
        policy.max_bytes = Some(1 << 20);
        policy.retrieval_cache_period_secs = 0;
    }));
    let other = world.zip(CORAL, "2.0.0", "linux_amd64").await;
    let Err(error) = world.open(&other).await else {
        panic!("it was opened")
    };
    assert!(
        matches!(error, MirrorError::OverLimit { .. }),
        "{}",
        chain(&error)
    );
    assert_eq!(world.read(&digest).await.unwrap(), zip);
}

#[tokio::test]
async fn policy_holds_for_bytes_too() {
    let (mut world, digest, _) = large(Setup::default()).await;
    world.restart(Setup::policy(|policy| {
        policy.patterns.exclude = ["acme/*".parse().unwrap()].into_iter().collect();
    }));
    let Err(error) = world.open(&digest).await else {
        panic!("it was opened")
    };
    assert_eq!(error.kind(), ErrorKind::Forbidden);
}

#[tokio::test]
async fn what_comes_at_once_shares_what_is_left_of_max_bytes() {
    let world = World::with(Setup::policy(|policy| policy.max_bytes = Some(5 << 20))).await;
    let platforms = ["linux_amd64", "darwin_arm64"];
    let [one, other] = platforms.map(|platform| {
        let zip = zips::large_provider("coral", "1.0.0", platform, LARGE);
        let _ = world
            .upstream
            .provider(CORAL)
            .version("1.0.0")
            .package(platform, zip.clone());
        zip
    });
    let digests = [
        world.zip(CORAL, "1.0.0", platforms[0]).await,
        world.zip(CORAL, "1.0.0", platforms[1]).await,
    ];
    world
        .upstream
        .fault(Fault::drip(64 << 10, Duration::from_millis(20)).on("*.zip"));
    let reads = join_all(digests.iter().map(|digest| world.read(digest))).await;
    let read: Vec<&Vec<u8>> = reads.iter().filter_map(|read| read.as_ref().ok()).collect();
    assert_eq!(read.len(), 1, "there is room for one of them");
    assert!(one == *read[0] || other == *read[0]);
    let refused = reads.iter().find_map(|read| read.as_ref().err()).unwrap();
    assert!(refused.contains("max_bytes"), "{refused}");
}
