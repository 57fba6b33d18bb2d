//! What keeps misses from using up the server: hits always go on.

use std::num::NonZeroU32;

use atoll_app::upstreams::MinFree;
use atoll_testkit::zips;
use http::StatusCode;

use super::world::{CORAL, LINUX, World, mirror};

#[tokio::test]
async fn too_many_misses_are_429_and_hits_go_on() {
    let world =
        World::with(|setup| setup.limits.misses_per_minute = NonZeroU32::new(3).unwrap()).await;
    world.offer(CORAL, "1.0.0", &[LINUX]);
    assert_eq!(
        world.archive(CORAL, "1.0.0", LINUX).await.status,
        StatusCode::OK
    );
    let mut refused = None;
    for number in 0..4 {
        let reply = world
            .get(&mirror(&format!("acme/nothing{number}"), "index.json"))
            .await;
        if reply.status == StatusCode::TOO_MANY_REQUESTS {
            refused = Some(reply);
        }
    }
    let refused = refused.unwrap();
    assert_eq!(refused.header("retry-after"), "2");
    assert!(refused.text().contains("slow down"), "{}", refused.text());
    assert_eq!(
        world.archive(CORAL, "1.0.0", LINUX).await.status,
        StatusCode::OK
    );
    // Another client has an account of its own.
    let robot = world.server().robot("pull:*").await;
    assert_eq!(
        robot.get(&mirror("acme/other", "index.json")).await.status,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn a_full_disk_stops_misses_with_words_and_hits_go_on() {
    let mut world = World::new().await;
    world.offer(CORAL, "1.0.0", &[LINUX, "darwin_arm64"]);
    let zip = world.archive(CORAL, "1.0.0", LINUX).await;
    assert_eq!(zip.body, zips::provider("coral", "1.0.0", LINUX));
    world
        .restart(|setup| setup.limits.min_free = MinFree::Percent(100))
        .await;
    let reply = world.archive(CORAL, "1.0.0", "darwin_arm64").await;
    assert_eq!(
        reply.status,
        StatusCode::INSUFFICIENT_STORAGE,
        "{}",
        reply.text()
    );
    assert!(reply.text().contains("min_free"), "{}", reply.text());
    assert_eq!(world.archive(CORAL, "1.0.0", LINUX).await.body, zip.body);
}

#[tokio::test]
async fn an_upstream_has_its_share_of_the_disk() {
    let mut world = World::new().await;
    let large = zips::large_provider("coral", "1.0.0", LINUX, 1 << 20);
    world.change(CORAL, "1.0.0", |setup| {
        setup.package(LINUX, large.clone()).platform("darwin_arm64")
    });
    assert_eq!(world.archive(CORAL, "1.0.0", LINUX).await.body, large);
    world.has_h1(CORAL, "1.0.0", LINUX).await;
    world
        .restart(|setup| setup.policy.max_bytes = Some(1 << 20))
        .await;
    let reply = world.archive(CORAL, "1.0.0", "darwin_arm64").await;
    assert_eq!(
        reply.status,
        StatusCode::INSUFFICIENT_STORAGE,
        "{}",
        reply.text()
    );
    assert!(reply.text().contains("max_bytes"), "{}", reply.text());
    assert_eq!(world.archive(CORAL, "1.0.0", LINUX).await.body, large);
}
