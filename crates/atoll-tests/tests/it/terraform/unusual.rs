//! What upstreams and operators do now and then.

use std::time::{Duration, Instant};

use atoll_testkit::registry::Fault;
use atoll_testkit::zips;
use bytes::Bytes;
use http::StatusCode;
use serde_json::json;

use super::world::{CORAL, HOST, LINUX, World, eventually, mirror, package, registry};

const DARWIN: &str = "darwin_arm64";

#[tokio::test]
async fn one_zip_for_all_platforms() {
    let world = World::new().await;
    let zip = zips::provider("coral", "1.0.0", "all");
    world.change(CORAL, "1.0.0", |setup| {
        setup
            .package(LINUX, zip.clone())
            .package(DARWIN, zip.clone())
    });
    let archives = world.archives(CORAL, "1.0.0").await;
    assert_eq!(archives[LINUX]["hashes"], archives[DARWIN]["hashes"]);
    for platform in [LINUX, DARWIN] {
        let url = archives[platform]["url"].as_str().unwrap();
        assert!(url.ends_with(&format!("_{platform}.zip")), "{url}");
        assert_eq!(world.get(url).await.body, zip);
        let described = world.get(&package(CORAL, "1.0.0", platform)).await;
        assert_eq!(described.json()["shasum"], json!(zips::sha256_hex(&zip)));
    }
    assert_eq!(world.zip_downloads(), 1);
    let index = world
        .get(&format!("/v2/providers/{HOST}/{CORAL}/manifests/1.0.0"))
        .await
        .json();
    let manifests = index["manifests"].as_array().unwrap();
    assert_eq!(manifests.len(), 2, "{index}");
    assert_ne!(
        manifests[0]["digest"], manifests[1]["digest"],
        "each says which platform it is for"
    );
}

#[tokio::test]
async fn one_zip_for_two_versions() {
    let world = World::new().await;
    let zip = zips::provider("coral", "1.0.0", LINUX);
    let versions = ["1.0.0", "1.0.1"];
    for version in versions {
        world.change(CORAL, version, |setup| setup.package(LINUX, zip.clone()));
    }
    for version in versions {
        assert_eq!(world.archive(CORAL, version, LINUX).await.body, zip);
    }
    assert_eq!(world.zip_downloads(), 1);
}

#[tokio::test]
async fn a_package_without_bytes_does_no_harm() {
    let world = World::new().await;
    world.change(CORAL, "1.0.0", |setup| {
        setup.package(LINUX, Bytes::new()).platform(DARWIN)
    });
    assert_eq!(
        world.archive(CORAL, "1.0.0", DARWIN).await.status,
        StatusCode::OK
    );
    let reply = world.get(&mirror(CORAL, "1.0.0.json")).await;
    assert_eq!(reply.status, StatusCode::OK);
    if let Some(url) = reply.json()["archives"][LINUX]["url"].as_str() {
        let empty = world.get(url).await;
        assert!(
            empty.body.is_empty() || !empty.status.is_success(),
            "{empty:?}"
        );
    }
}

#[tokio::test]
async fn what_an_administrator_deleted_is_explained_or_captured_again() {
    let world = World::new().await;
    world.offer(CORAL, "1.0.0", &[LINUX]);
    world.offer(CORAL, "1.1.0", &[LINUX]);
    let zip = world.archive(CORAL, "1.0.0", LINUX).await.body;
    let admin = world.server().robot("admin").await;
    let deleted = admin
        .delete(&format!("/v2/providers/{HOST}/{CORAL}/manifests/1.0.0"))
        .await;
    assert_eq!(deleted.status, StatusCode::ACCEPTED, "{}", deleted.text());
    // The same bytes lift the tombstone.
    assert_eq!(world.archive(CORAL, "1.0.0", LINUX).await.body, zip);
    assert_eq!(
        world.archive(CORAL, "1.1.0", LINUX).await.status,
        StatusCode::OK
    );
}

#[tokio::test]
async fn an_upstream_that_hangs_costs_one_wait_and_then_nothing() {
    let mut world = World::new().await;
    world.offer(CORAL, "1.0.0", &[LINUX]);
    assert_eq!(
        world.archive(CORAL, "1.0.0", LINUX).await.status,
        StatusCode::OK
    );
    world.has_h1(CORAL, "1.0.0", LINUX).await;
    world
        .restart(|setup| {
            setup.policy.retrieval_cache_period_secs = 0;
            setup.limits.patience = Duration::from_millis(300);
        })
        .await;
    world
        .upstream
        .fault(Fault::delay(Duration::from_hours(1)).on("*/versions"));
    let path = mirror(CORAL, "index.json");
    let asked = Instant::now();
    let reply = world.get(&path).await;
    assert_eq!(
        (reply.status, reply.header("x-atoll-cache")),
        (StatusCode::OK, "stale"),
        "{}",
        reply.text()
    );
    assert!(
        asked.elapsed() < Duration::from_secs(2),
        "{:?}",
        asked.elapsed()
    );
    // What needs no list does not wait at all.
    assert_eq!(
        world.get(&package(CORAL, "1.0.0", LINUX)).await.status,
        StatusCode::OK
    );
    assert_eq!(
        world.archive(CORAL, "1.0.0", LINUX).await.status,
        StatusCode::OK
    );
    eventually("it is assumed offline", async || {
        world.get(&path).await.header("x-atoll-cache") == "offline"
    })
    .await;
}

#[tokio::test]
async fn a_page_that_is_no_json_is_upstreams_fault() {
    let world = World::new().await;
    world.offer(CORAL, "1.0.0", &[LINUX]);
    for body in [
        "<html>Please log in</html>",
        "",
        "[]",
        "{\"versions\": 5}",
        "null",
    ] {
        world
            .upstream
            .fault(Fault::body("text/html", body).on("*/versions"));
        let reply = world.get(&registry(CORAL, "versions")).await;
        assert_eq!(
            reply.status,
            StatusCode::BAD_GATEWAY,
            "{body}: {}",
            reply.text()
        );
        world.upstream.clear_faults();
    }
    assert_eq!(
        world.get(&registry(CORAL, "versions")).await.status,
        StatusCode::OK
    );
}

#[tokio::test]
async fn a_list_of_thousands_is_whole_and_quick() {
    let world = World::new().await;
    let platforms: Vec<_> = ["linux", "darwin", "windows", "freebsd"]
        .iter()
        .flat_map(|os| ["amd64", "arm64", "386"].map(|arch| json!({"os": os, "arch": arch})))
        .collect();
    let version = |number: usize| json!({"version": format!("1.{number}.0"), "protocols": ["5.0"], "platforms": platforms});
    let versions: Vec<_> = (0..3000).map(version).collect();
    world.upstream.put_json(
        &format!("/v1/providers/{CORAL}/versions"),
        &json!({"versions": versions}),
    );
    let path = registry(CORAL, "versions");
    let cold = world.get(&path).await;
    assert_eq!(cold.json()["versions"].as_array().unwrap().len(), 3000);
    let asked = Instant::now();
    for _ in 0..10 {
        assert_eq!(world.get(&path).await.body, cold.body);
    }
    assert!(
        asked.elapsed() < Duration::from_secs(5),
        "{:?}",
        asked.elapsed()
    );
    let index = world.get(&mirror(CORAL, "index.json")).await.json();
    assert_eq!(index["versions"].as_object().unwrap().len(), 3000);
    let tags = world
        .get(&format!("/v2/providers/{HOST}/{CORAL}/tags/list"))
        .await
        .json();
    assert_eq!(tags["tags"].as_array().unwrap().len(), 3000);
}
