//! Lazy capture: what is asked of upstream, how often, and what clients see meanwhile.

use std::time::{Duration, Instant};

use atoll_testkit::registry::Fault;
use atoll_testkit::zips;
use futures_util::future::join_all;
use http::StatusCode;

use super::world::{CORAL, LINUX, World, eventually, mirror, package, registry};

const DARWIN: &str = "darwin_arm64";

#[tokio::test]
async fn a_capture_asks_for_metadata_and_never_for_a_zip() {
    let world = World::new().await;
    world.offer(CORAL, "1.0.0", &[LINUX, DARWIN, "windows_amd64"]);
    assert_eq!(
        world
            .archives(CORAL, "1.0.0")
            .await
            .as_object()
            .unwrap()
            .len(),
        3
    );
    assert_eq!(world.zip_downloads(), 0);
    for request in world.upstream.requests_to("*.zip") {
        let asks_for_size =
            request.method == "HEAD" || request.header("range") == Some("bytes=0-0");
        assert!(asks_for_size, "{request:?}");
    }
}

#[tokio::test]
async fn fifty_clients_cause_one_fetch() {
    let world = World::new().await;
    let zip = zips::large_provider("coral", "1.0.0", LINUX, 1 << 20);
    world.change(CORAL, "1.0.0", |setup| {
        setup.package(LINUX, zip.clone()).platform(DARWIN)
    });
    let client = world.nobody();
    let ask = async |path: String| {
        let replies = join_all((0..50).map(|_| client.get(&path))).await;
        assert!(
            replies.iter().all(|reply| reply.status == StatusCode::OK),
            "{path}"
        );
        replies
    };
    ask(mirror(CORAL, "index.json")).await;
    ask(registry(CORAL, "versions")).await;
    ask(mirror(CORAL, "1.0.0.json")).await;
    ask(package(CORAL, "1.0.0", LINUX)).await;
    for path in [
        "*/versions",
        "*/download/linux/amd64",
        "*/download/darwin/arm64",
        "*SHA256SUMS",
        "*.sig",
    ] {
        assert_eq!(world.upstream.requests_to(path).len(), 1, "{path}");
    }
    let url = world.archive_url(CORAL, "1.0.0", LINUX).await;
    let replies = ask(url).await;
    assert!(replies.iter().all(|reply| reply.body == zip));
    assert_eq!(world.zip_downloads(), 1);
}

#[tokio::test]
async fn upstream_is_not_needed_the_second_time() {
    let mut world = World::new().await;
    world.offer(CORAL, "1.0.0", &[LINUX, DARWIN]);
    let paths = [
        mirror(CORAL, "index.json"),
        mirror(CORAL, "1.0.0.json"),
        registry(CORAL, "versions"),
        package(CORAL, "1.0.0", LINUX),
    ];
    for path in &paths {
        assert_eq!(world.get(path).await.status, StatusCode::OK, "{path}");
    }
    let zip = world.archive(CORAL, "1.0.0", LINUX).await;
    assert_eq!(zip.status, StatusCode::OK);
    world.upstream.stop().await;
    for path in &paths {
        assert_eq!(world.get(path).await.status, StatusCode::OK, "{path}");
    }
    let again = world.archive(CORAL, "1.0.0", LINUX).await;
    assert_eq!(again.body, zip.body);
    world.restart(|_| {}).await;
    assert_eq!(world.archive(CORAL, "1.0.0", LINUX).await.body, zip.body);
}

#[tokio::test]
async fn a_platform_that_was_not_fetched_is_an_error_with_words_while_upstream_is_away() {
    let mut world = World::new().await;
    world.offer(CORAL, "1.0.0", &[LINUX, DARWIN]);
    let darwin = world.archive_url(CORAL, "1.0.0", DARWIN).await;
    world.upstream.stop().await;
    let reply = world.get(&darwin).await;
    assert!(
        reply.status.is_server_error() || reply.status == StatusCode::NOT_FOUND,
        "{}",
        reply.status
    );
    assert!(reply.text().contains(DARWIN), "{}", reply.text());
    world.upstream.restart().await;
    world.restart(|_| {}).await;
    assert_eq!(
        world.archive(CORAL, "1.0.0", DARWIN).await.status,
        StatusCode::OK
    );
}

#[tokio::test]
async fn a_slow_upstream_is_503_and_goes_on_in_the_background() {
    let world = World::with(|setup| setup.limits.patience = Duration::from_millis(300)).await;
    world.offer(CORAL, "1.0.0", &[LINUX]);
    let versions = mirror(CORAL, "index.json");
    let version = mirror(CORAL, "1.0.0.json");
    for (path, slow) in [
        (versions, "*/versions"),
        (version, "*/download/linux/amd64"),
    ] {
        world
            .upstream
            .fault(Fault::delay(Duration::from_millis(1500)).on(slow).times(1));
        let asked = Instant::now();
        let reply = world.get(&path).await;
        assert_eq!(reply.status, StatusCode::SERVICE_UNAVAILABLE, "{path}");
        assert_eq!(reply.header("retry-after"), "2");
        assert!(reply.text().contains("ask again"), "{}", reply.text());
        assert!(
            asked.elapsed() < Duration::from_millis(1400),
            "{:?}",
            asked.elapsed()
        );
        eventually("the answer is here", async || {
            world.get(&path).await.status == StatusCode::OK
        })
        .await;
        assert_eq!(world.upstream.requests_to(slow).len(), 1, "{slow}");
    }
}

#[tokio::test]
async fn a_client_that_hangs_up_does_not_stop_a_capture() {
    let world = World::new().await;
    world.offer(CORAL, "1.0.0", &[LINUX]);
    world.upstream.fault(
        Fault::delay(Duration::from_millis(300))
            .on("*/versions")
            .times(1),
    );
    let path = mirror(CORAL, "1.0.0.json");
    let client = world.nobody();
    let gone = tokio::time::timeout(Duration::from_millis(100), client.get(&path)).await;
    assert!(gone.is_err(), "it was not slow enough to hang up");
    eventually("upstream was asked for the signature", async || {
        !world.upstream.requests_to("*.sig").is_empty()
    })
    .await;
    assert_eq!(client.get(&path).await.status, StatusCode::OK);
    assert_eq!(world.upstream.requests_to("*/versions").len(), 1);
}

#[tokio::test]
async fn an_answer_that_says_no_is_remembered() {
    let world = World::new().await;
    for _ in 0..3 {
        assert_eq!(
            world
                .get(&mirror("acme/nothing", "index.json"))
                .await
                .status,
            StatusCode::NOT_FOUND
        );
    }
    assert_eq!(world.upstream.requests_to("*/versions").len(), 1);
}

#[tokio::test]
async fn upstream_failing_is_502_and_never_404() {
    let world = World::new().await;
    world.offer(CORAL, "1.0.0", &[LINUX]);
    for status in [500, 503, 401, 403] {
        world.upstream.fault(Fault::status(status).on("*/versions"));
        let reply = world.get(&mirror(CORAL, "index.json")).await;
        assert_eq!(
            reply.status,
            StatusCode::BAD_GATEWAY,
            "{status}: {}",
            reply.text()
        );
        world.upstream.clear_faults();
    }
    assert_eq!(
        world.get(&mirror(CORAL, "index.json")).await.status,
        StatusCode::OK
    );
}
