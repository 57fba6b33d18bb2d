//! Which status each kind of trouble has, side by side: clients do different things on 401, 403 and 404.

use atoll_app::upstreams::Anonymous;
use atoll_testkit::zips;
use http::StatusCode;

use super::world::{CORAL, HOST, LINUX, World, mirror};

#[tokio::test]
async fn absent_forbidden_and_unauthenticated_are_told_apart() {
    let world = World::with(|setup| {
        setup.policy.anonymous = Anonymous::Read;
        setup.policy.patterns.exclude = ["acme/reef".parse().unwrap()].into_iter().collect();
    })
    .await;
    world.offer(CORAL, "1.0.0", &[LINUX]);
    world.offer("acme/reef", "1.0.0", &[LINUX]);
    let robot = world.server().robot("pull:providers/*").await;
    let paths = [
        (
            mirror(CORAL, "index.json"),
            StatusCode::UNAUTHORIZED,
            StatusCode::OK,
        ),
        (
            mirror("acme/reef", "index.json"),
            StatusCode::FORBIDDEN,
            StatusCode::FORBIDDEN,
        ),
        (
            mirror("acme/nothing", "index.json"),
            StatusCode::UNAUTHORIZED,
            StatusCode::NOT_FOUND,
        ),
        (
            format!("/mirror/self/{CORAL}/index.json"),
            StatusCode::UNAUTHORIZED,
            StatusCode::NOT_FOUND,
        ),
    ];
    for (path, to_nobody, to_robot) in paths {
        assert_eq!(world.get(&path).await.status, to_nobody, "{path} as nobody");
        assert_eq!(
            robot.get(&path).await.status,
            to_robot,
            "{path} with a token"
        );
    }
}

#[tokio::test]
async fn an_upstream_out_of_service_has_nothing() {
    let mut world = World::new().await;
    world.offer(CORAL, "1.0.0", &[LINUX]);
    let url = world.archive_url(CORAL, "1.0.0", LINUX).await;
    assert_eq!(world.get(&url).await.status, StatusCode::OK);
    world.restart(|setup| setup.policy.blacked_out = true).await;
    for path in [mirror(CORAL, "index.json"), mirror(CORAL, "1.0.0.json")] {
        let reply = world.get(&path).await;
        assert_eq!(reply.status, StatusCode::NOT_FOUND, "{path}");
        assert!(reply.text().contains("blacked_out"), "{}", reply.text());
    }
    let digest = zips::sha256_hex(&zips::provider("coral", "1.0.0", LINUX));
    let repository = format!("/v2/providers/{HOST}/{CORAL}");
    for path in [
        format!("{repository}/blobs/sha256:{digest}"),
        format!("{repository}/manifests/1.0.0"),
        url,
    ] {
        for reply in [world.get(&path).await, world.nobody().head(&path).await] {
            assert_eq!(
                reply.status,
                StatusCode::NOT_FOUND,
                "{path}: what is held is not served either"
            );
        }
    }
}

#[tokio::test]
async fn only_reading_is_possible() {
    let world = World::new().await;
    for path in [
        mirror(CORAL, "index.json"),
        format!("/hosts/{HOST}/v1/providers/{CORAL}/versions"),
    ] {
        assert_eq!(
            world.nobody().post(&path, "{}").await.status,
            StatusCode::METHOD_NOT_ALLOWED,
            "{path}"
        );
        assert_eq!(
            world.nobody().delete(&path).await.status,
            StatusCode::METHOD_NOT_ALLOWED,
            "{path}"
        );
    }
}
