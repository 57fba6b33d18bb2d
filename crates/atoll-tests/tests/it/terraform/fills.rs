//! Bytes that pass through while they are verified, seen from the client's end.

use std::time::Duration;

use atoll_testkit::registry::Fault;
use atoll_testkit::server::Client;
use atoll_testkit::zips;
use bytes::Bytes;
use http::{Method, StatusCode};

use super::world::{CORAL, LINUX, World};

const PADDING_BYTES: usize = 3 << 20;

/// What is kept back until everything matched.
const WITHHELD_BYTES: usize = 64 << 10;

async fn world() -> (World, String, Bytes) {
    let world = World::new().await;
    let zip = zips::large_provider("coral", "1.0.0", LINUX, PADDING_BYTES);
    world.change(CORAL, "1.0.0", |setup| setup.package(LINUX, zip.clone()));
    let url = world.archive_url(CORAL, "1.0.0", LINUX).await;
    (world, url, zip)
}

/// What arrives until the end or until the connection breaks, and whether it was the end.
async fn read(client: &Client, url: &str) -> (StatusCode, Vec<u8>, bool) {
    let mut response = client.request(Method::GET, url).send().await.unwrap();
    let status = response.status();
    let mut bytes = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) => bytes.extend_from_slice(&chunk),
            Ok(None) => return (status, bytes, true),
            Err(_) => return (status, bytes, false),
        }
    }
}

#[tokio::test]
async fn a_download_that_breaks_off_upstream_goes_on_and_the_client_sees_nothing_of_it() {
    let (world, url, zip) = world().await;
    world
        .upstream
        .fault(Fault::reset_after(1 << 20).on("*.zip").times(2));
    let (status, bytes, complete) = read(&world.nobody(), &url).await;
    assert_eq!((status, complete), (StatusCode::OK, true));
    assert_eq!(bytes, zip);
    let requests = world.upstream.requests_to("*.zip");
    let resumed: Vec<_> = requests
        .iter()
        .filter_map(|request| request.header("range"))
        .collect();
    assert!(
        resumed
            .iter()
            .any(|range| *range != "bytes=0-0" && range.ends_with('-')),
        "{resumed:?}"
    );
}

#[tokio::test]
async fn wrong_bytes_break_the_connection_before_the_end_and_are_not_kept() {
    let (world, url, zip) = world().await;
    world.upstream.fault(Fault::wrong_bytes().on("*.zip"));
    let (status, bytes, complete) = read(&world.nobody(), &url).await;
    assert_eq!(status, StatusCode::OK, "it streams before it is known");
    assert!(!complete, "the client must see that it is not whole");
    assert!(
        bytes.len() <= zip.len() - WITHHELD_BYTES,
        "{} of {}",
        bytes.len(),
        zip.len()
    );
    assert!(zip.starts_with(&bytes));
    let archives = world.archives(CORAL, "1.0.0").await;
    assert_eq!(
        archives[LINUX]["hashes"].as_array().unwrap().len(),
        1,
        "{archives}"
    );

    world.upstream.clear_faults();
    let (status, bytes, complete) = read(&world.nobody(), &url).await;
    assert_eq!((status, complete), (StatusCode::OK, true));
    assert_eq!(bytes, zip);
}

#[tokio::test]
async fn wrong_bytes_of_a_small_package_are_an_error_with_words() {
    let world = World::new().await;
    world.offer(CORAL, "1.0.0", &[LINUX]);
    world.upstream.fault(Fault::wrong_bytes().on("*.zip"));
    let reply = world.archive(CORAL, "1.0.0", LINUX).await;
    assert_eq!(reply.status, StatusCode::BAD_GATEWAY, "{}", reply.text());
    assert!(reply.text().contains("sha256:"), "{}", reply.text());
    world.upstream.clear_faults();
    assert_eq!(
        world.archive(CORAL, "1.0.0", LINUX).await.status,
        StatusCode::OK
    );
}

#[tokio::test]
async fn the_last_bytes_come_only_when_all_are_verified() {
    let (world, url, zip) = world().await;
    // All but the last bytes come at once; the rest has to be asked for again, and each answer takes its time.
    let all_but_the_last = u64::try_from(zip.len()).unwrap() - 100;
    world
        .upstream
        .fault(Fault::delay(Duration::from_millis(600)).on("*.zip"));
    world
        .upstream
        .fault(Fault::reset_after(all_but_the_last).on("*.zip").times(1));
    let client = world.nobody();
    let mut response = client.request(Method::GET, &url).send().await.unwrap();
    let mut received = response.chunk().await.unwrap().unwrap().len();
    while let Ok(Ok(Some(chunk))) =
        tokio::time::timeout(Duration::from_millis(300), response.chunk()).await
    {
        received += chunk.len();
    }
    assert!(
        received <= zip.len() - WITHHELD_BYTES,
        "{received} bytes came before the last ones were here"
    );
    while let Some(chunk) = response.chunk().await.unwrap() {
        received += chunk.len();
    }
    assert_eq!(received, zip.len());
}

#[tokio::test]
async fn a_fill_goes_on_when_its_client_hangs_up() {
    let (world, url, zip) = world().await;
    world
        .upstream
        .fault(Fault::drip(512 << 10, Duration::from_millis(50)).on("*.zip"));
    let client = world.nobody();
    let mut response = client.request(Method::GET, &url).send().await.unwrap();
    assert!(response.chunk().await.unwrap().is_some());
    drop(response);
    world.has_h1(CORAL, "1.0.0", LINUX).await;
    let (_, bytes, complete) = read(&world.nobody(), &url).await;
    assert!(complete && bytes == zip);
    assert_eq!(world.zip_downloads(), 1);
}

#[tokio::test]
async fn a_package_that_upstream_lost_is_not_found_before_anything_is_answered() {
    let (world, url, _) = world().await;
    world.upstream.fault(Fault::status(404).on("*.zip"));
    let reply = world.get(&url).await;
    assert!(
        matches!(
            reply.status,
            StatusCode::NOT_FOUND | StatusCode::BAD_GATEWAY
        ),
        "{}",
        reply.status
    );
    assert!(
        reply.text().contains("1.0.0 for linux_amd64"),
        "{}",
        reply.text()
    );
}

#[tokio::test]
async fn ranges_and_whole_reads_share_one_fill() {
    let (world, url, zip) = world().await;
    world
        .upstream
        .fault(Fault::drip(512 << 10, Duration::from_millis(20)).on("*.zip"));
    let client = world.nobody();
    let part = async {
        let request = client
            .request(Method::GET, &url)
            .header("range", "bytes=2000000-2000999");
        client.send(request).await
    };
    let (whole, part) = tokio::join!(read(&client, &url), part);
    assert_eq!(whole.1, zip);
    assert_eq!(part.status, StatusCode::PARTIAL_CONTENT);
    assert_eq!(part.body, zip[2_000_000..2_001_000]);
    assert_eq!(world.zip_downloads(), 1);
}
