//! Addresses without a host: what was published here, and nobody else's unless the operator says so.

use atoll_testkit::server::Reply;
use http::StatusCode;
use serde_json::json;

use super::hosted::publish;
use super::world::{LINUX, World};

async fn versions(world: &World, provider: &str) -> Reply {
    let robot = world.server().robot("pull:*").await;
    robot
        .get(&format!("/v1/providers/{provider}/versions"))
        .await
}

/// A world whose upstream answers at the root for one namespace, and offers more.
async fn world() -> World {
    let world = World::with(|setup| {
        setup.policy.root = vec!["reef/*".parse().unwrap(), "acme/*".parse().unwrap()];
        setup.namespaces = vec!["atolls".to_owned()];
    })
    .await;
    for provider in [
        "reef/coral",
        "acme/demo",
        "acme/coral",
        "other/coral",
        "atolls/coral",
    ] {
        world.offer(provider, "9.0.0", &[LINUX]);
    }
    world
}

#[tokio::test]
async fn an_upstream_answers_at_the_root_for_its_patterns_alone() {
    let world = world().await;
    let reply = versions(&world, "reef/coral").await;
    assert_eq!(
        reply.json()["versions"][0]["version"],
        json!("9.0.0"),
        "{}",
        reply.text()
    );
    let package = world
        .get("/v1/providers/reef/coral/9.0.0/download/linux/amd64")
        .await;
    assert_eq!(package.status, StatusCode::OK, "{}", package.text());
    let zip = world
        .get(package.json()["download_url"].as_str().unwrap())
        .await;
    assert_eq!(zip.status, StatusCode::OK);
    assert_eq!(
        versions(&world, "other/coral").await.status,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn a_claimed_namespace_never_falls_through() {
    let world = world().await;
    assert_eq!(
        versions(&world, "acme/coral").await.status,
        StatusCode::OK,
        "nobody has claimed it yet"
    );
    publish(world.server(), "1.0.0", &[LINUX], false).await;
    let own = versions(&world, "acme/demo").await;
    let listed: Vec<_> = own.json()["versions"].as_array().unwrap().clone();
    assert_eq!(listed.len(), 1, "{}", own.text());
    assert_eq!(
        listed[0]["version"],
        json!("1.0.0"),
        "what upstream calls the same is somebody else's"
    );
    // The namespace is claimed now, with everything in it.
    assert_eq!(
        versions(&world, "acme/coral").await.status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(
        versions(&world, "atolls/coral").await.status,
        StatusCode::NOT_FOUND
    );
    assert!(world.upstream.requests_to("*/atolls/*").is_empty());
}
