//! Who may read, and who may cause a fetch.

use atoll_app::upstreams::Anonymous;
use http::StatusCode;

use super::world::{CORAL, LINUX, World, mirror, package, registry};

#[tokio::test]
async fn with_read_only_a_token_fetches_and_then_everybody_reads() {
    let world = World::with(|setup| setup.policy.anonymous = Anonymous::Read).await;
    world.offer(CORAL, "1.0.0", &[LINUX]);
    let paths = [
        mirror(CORAL, "index.json"),
        mirror(CORAL, "1.0.0.json"),
        registry(CORAL, "versions"),
        package(CORAL, "1.0.0", LINUX),
    ];
    for path in &paths {
        let reply = world.get(path).await;
        assert_eq!(
            reply.status,
            StatusCode::UNAUTHORIZED,
            "{path}: {}",
            reply.text()
        );
        assert!(
            reply.text().contains("only a token may fetch it"),
            "{}",
            reply.text()
        );
        assert!(!reply.header("www-authenticate").is_empty());
    }
    assert!(world.upstream.requests().is_empty());

    let robot = world.server().robot("pull:providers/*").await;
    for path in &paths {
        assert_eq!(robot.get(path).await.status, StatusCode::OK, "{path}");
    }
    let document = robot.get(&mirror(CORAL, "1.0.0.json")).await.json();
    let url = document["archives"][LINUX]["url"].as_str().unwrap();
    assert_eq!(world.get(url).await.status, StatusCode::OK);
    for path in &paths {
        assert_eq!(world.get(path).await.status, StatusCode::OK, "{path}");
    }
    assert_eq!(
        world.archive(CORAL, "1.0.0", LINUX).await.status,
        StatusCode::OK
    );
}

#[tokio::test]
async fn with_none_nothing_is_shown_without_a_token() {
    let world = World::with(|setup| setup.policy.anonymous = Anonymous::None).await;
    world.offer(CORAL, "1.0.0", &[LINUX]);
    let robot = world.server().robot("pull:providers/*").await;
    let stranger = world.server().robot("pull:other/*").await;
    for asked in ["before", "after"] {
        for path in [
            mirror(CORAL, "index.json"),
            mirror("acme/nothing", "index.json"),
            package(CORAL, "1.0.0", LINUX),
        ] {
            assert_eq!(
                world.get(&path).await.status,
                StatusCode::UNAUTHORIZED,
                "{path} {asked}"
            );
            assert_eq!(
                stranger.get(&path).await.status,
                StatusCode::NOT_FOUND,
                "{path} {asked}"
            );
        }
        assert_eq!(
            robot.get(&mirror(CORAL, "index.json")).await.status,
            StatusCode::OK
        );
        assert_eq!(
            robot
                .get(&mirror("acme/nothing", "index.json"))
                .await
                .status,
            StatusCode::NOT_FOUND
        );
        let document = robot.get(&mirror(CORAL, "1.0.0.json")).await.json();
        let url = document["archives"][LINUX]["url"].as_str().unwrap();
        assert_eq!(
            world.get(url).await.status,
            StatusCode::OK,
            "the address is the right"
        );
    }
}

#[tokio::test]
async fn a_token_that_is_bad_is_refused_and_a_foreign_one_ignored() {
    let world = World::new().await;
    world.offer(CORAL, "1.0.0", &[LINUX]);
    let bad = world
        .nobody()
        .with_token(format!("atoll_abcdefgh_{}", "A".repeat(43)));
    let foreign = world
        .nobody()
        .with_token("xyz.atlasv1.of-the-public-registry");
    for path in [
        mirror(CORAL, "index.json"),
        registry(CORAL, "versions"),
        package(CORAL, "1.0.0", LINUX),
    ] {
        let reply = bad.get(&path).await;
        assert_eq!(reply.status, StatusCode::UNAUTHORIZED, "{path}");
        assert!(!reply.json()["errors"][0].as_str().unwrap().is_empty());
        assert_eq!(foreign.get(&path).await.status, StatusCode::OK, "{path}");
    }
}

#[tokio::test]
async fn a_token_without_any_right_here_reads_what_everybody_reads() {
    let world = World::new().await;
    world.offer(CORAL, "1.0.0", &[LINUX]);
    let stranger = world.server().robot("pull:other/*").await;
    assert_eq!(
        stranger.get(&mirror(CORAL, "index.json")).await.status,
        StatusCode::OK
    );
    assert_eq!(
        stranger
            .get(&mirror("acme/nothing", "index.json"))
            .await
            .status,
        StatusCode::NOT_FOUND
    );
}
