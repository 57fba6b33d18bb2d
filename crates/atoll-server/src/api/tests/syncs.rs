//! Fetching ahead.

use http::{Method, StatusCode};
use serde_json::{Value, json};

use super::world::{Reply, World};

const PATH: &str = "/api/v1/mirror/sync";

async fn start(world: &World, token: &str, body: Value) -> Reply {
    world.send(token, Method::POST, PATH, body).await
}

#[tokio::test]
async fn syncs_are_for_administrators() {
    let world = World::new().await;
    let pusher = world.token("push:* pull:* delete:*").await;
    for (token, status, words) in [
        ("", StatusCode::UNAUTHORIZED, "a token is needed"),
        (&pusher, StatusCode::FORBIDDEN, "scope admin"),
    ] {
        start(&world, token, json!({})).await.refused(status, words);
        let reply = world.get(token, "/api/v1/mirror/sync/some").await;
        reply.refused(status, words);
    }
}

#[tokio::test]
async fn a_sync_that_can_not_begin_says_why() {
    let world = World::new().await;
    let admin = world.token("admin").await;
    let unknown = world.get(&admin, "/api/v1/mirror/sync/some").await;
    unknown.refused(StatusCode::NOT_FOUND, "no sync \"some\"");
    let unknown = json!({"upstream": "tf.example", "select": ["acme/*"]});
    let unknown = start(&world, &admin, unknown).await;
    unknown.refused(StatusCode::NOT_FOUND, "nothing is mirrored from tf.example");
    for (body, words) in [
        (json!(null), "nothing is selected"),
        (json!({"dry_run": true}), "nothing is selected"),
        (json!({"select": ["acme/*"]}), "--upstream"),
        (json!({"upstream": "not a host"}), "not a host"),
        (json!({"upstream": "tf.example", "select": ["**"]}), "**"),
        (
            json!({"upstream": "tf.example", "select": ["acme/vpc/aws !!"]}),
            "!!",
        ),
        (
            json!({"upstream": "tf.example", "platforms": ["linux"]}),
            "\"linux\"",
        ),
        (json!({"selects": ["acme/*"]}), "unknown field"),
        (
            json!({"upstream": "tf.example", "select": vec!["acme/*"; 1001]}),
            "at most 1000",
        ),
    ] {
        let reply = start(&world, &admin, body).await;
        reply.refused(StatusCode::BAD_REQUEST, words);
    }
}
