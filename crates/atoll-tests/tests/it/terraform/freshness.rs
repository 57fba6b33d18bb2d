//! `X-Atoll-Cache`: where an answer comes from, and how old it is.

use http::StatusCode;

use super::world::{CORAL, HOST, LINUX, World, mirror, package, registry};

const CACHE: &str = "x-atoll-cache";

#[tokio::test]
async fn the_first_answer_is_fetched_and_the_next_a_hit() {
    let world = World::new().await;
    world.offer(CORAL, "1.0.0", &[LINUX]);
    for path in [mirror(CORAL, "index.json"), mirror(CORAL, "1.0.0.json")] {
        let cold = world.get(&path).await;
        assert!(
            cold.header(CACHE).starts_with("fetched"),
            "{path}: {}",
            cold.header(CACHE)
        );
        let warm = world.get(&path).await;
        assert!(
            warm.header(CACHE).starts_with("hit; age="),
            "{path}: {}",
            warm.header(CACHE)
        );
        assert_eq!(warm.body, cold.body, "{path}");
    }
    // The registry reads the same lists.
    for path in [registry(CORAL, "versions"), package(CORAL, "1.0.0", LINUX)] {
        assert!(
            world
                .get(&path)
                .await
                .header(CACHE)
                .starts_with("hit; age="),
            "{path}"
        );
    }
}

#[tokio::test]
async fn an_archive_is_fetched_once_and_then_a_hit() {
    let world = World::new().await;
    world.offer(CORAL, "1.0.0", &[LINUX]);
    let url = world.archive_url(CORAL, "1.0.0", LINUX).await;
    assert_eq!(world.get(&url).await.header(CACHE), "fetched");
    assert_eq!(world.get(&url).await.header(CACHE), "hit");
}

#[tokio::test]
async fn an_outage_is_stale_and_then_offline() {
    let mut world = World::new().await;
    world.offer(CORAL, "1.0.0", &[LINUX]);
    assert_eq!(
        world.archive(CORAL, "1.0.0", LINUX).await.status,
        StatusCode::OK
    );
    world.has_h1(CORAL, "1.0.0", LINUX).await;
    world.upstream.stop().await;
    world
        .restart(|setup| setup.policy.retrieval_cache_period_secs = 0)
        .await;
    let path = mirror(CORAL, "index.json");
    let stale = world.get(&path).await;
    assert_eq!(
        (stale.status, stale.header(CACHE)),
        (StatusCode::OK, "stale")
    );
    // It was found to be away, so that nobody waits for it for a while.
    assert_eq!(world.get(&path).await.header(CACHE), "offline");
    assert_eq!(stale.text(), r#"{"versions":{"1.0.0":{}}}"#);
}

#[tokio::test]
async fn an_outage_never_sends_a_client_elsewhere() {
    let mut world = World::new().await;
    world.offer(CORAL, "1.0.0", &[LINUX]);
    world.upstream.stop().await;
    let repository = format!("/v2/providers/{HOST}/{CORAL}");
    let paths = [
        mirror(CORAL, "index.json"),
        mirror(CORAL, "1.0.0.json"),
        registry(CORAL, "versions"),
        package(CORAL, "1.0.0", LINUX),
        format!("{repository}/tags/list"),
        format!("{repository}/manifests/1.0.0"),
    ];
    // The first of them finds out; the others are not asked any more, and it is an outage all the same.
    for (number, path) in paths.iter().chain(&paths).enumerate() {
        for reply in [world.get(path).await, world.nobody().head(path).await] {
            let expected = if number == 0 && !reply.text().contains("assumed offline") {
                &[StatusCode::BAD_GATEWAY, StatusCode::SERVICE_UNAVAILABLE][..]
            } else {
                &[StatusCode::SERVICE_UNAVAILABLE]
            };
            assert!(
                expected.contains(&reply.status),
                "{path}: {} {}",
                reply.status,
                reply.text()
            );
            if reply.status == StatusCode::SERVICE_UNAVAILABLE {
                assert_eq!(reply.header("retry-after"), "2", "{path}");
            }
        }
    }
    assert!(
        world
            .get(&paths[0])
            .await
            .text()
            .contains("assumed offline"),
        "it says why"
    );
    // What is never asked is not here, and never will be.
    world.restart(|setup| setup.offline = true).await;
    for path in &paths {
        let reply = world.get(path).await;
        assert_eq!(reply.status, StatusCode::NOT_FOUND, "{path}");
    }
}
