//! Repositories, keys and upkeep.

use http::{Method, StatusCode};
use serde_json::json;

use super::world::World;

#[tokio::test]
async fn a_repository_is_set_up_before_and_after_it_is_there() {
    let world = World::new().await;
    let admin = world.token("admin").await;
    let path = "/api/v1/repositories/acme/app/web";
    world
        .get(&admin, path)
        .await
        .refused(StatusCode::NOT_FOUND, "acme/app/web is unknown");
    let public = world
        .send(&admin, Method::PUT, path, json!({"visibility": "public"}))
        .await;
    let expected = json!({"name": "acme/app/web", "visibility": "public", "immutable_tags": false});
    assert_eq!((public.status, &public.json), (StatusCode::OK, &expected));
    world
        .send(&admin, Method::PUT, path, json!({"immutable_tags": true}))
        .await;
    let expected = json!({"name": "acme/app/web", "visibility": "public", "immutable_tags": true});
    assert_eq!(world.get(&admin, path).await.json, expected);
    for (path, body, words) in [
        (path, json!({"visibility": "open"}), "private or public"),
        (path, json!({"visible": true}), "unknown field"),
        ("/api/v1/repositories/Acme", json!({}), "repository name"),
    ] {
        world
            .send(&admin, Method::PUT, path, body)
            .await
            .refused(StatusCode::BAD_REQUEST, words);
    }
}

#[tokio::test]
async fn keys_that_are_none_are_not_registered() {
    let world = World::new().await;
    let admin = world.token("admin").await;
    let path = "/api/v1/namespaces/acme/keys";
    assert_eq!(world.get(&admin, path).await.json, json!({"keys": []}));
    for (path, body, words) in [
        (path, json!({"armored": "nonsense"}), "key"),
        (path, json!({}), "missing field"),
        (
            "/api/v1/namespaces/a%2Fb/keys",
            json!({"armored": "nonsense"}),
            "a/b",
        ),
    ] {
        world
            .send(&admin, Method::POST, path, body)
            .await
            .refused(StatusCode::BAD_REQUEST, words);
    }
    let remove = |id: &str| format!("{path}/{id}");
    world
        .send(&admin, Method::DELETE, &remove("nonsense"), json!(null))
        .await
        .refused(StatusCode::BAD_REQUEST, "key id");
    world
        .send(
            &admin,
            Method::DELETE,
            &remove("51852D87348FFC4C"),
            json!(null),
        )
        .await
        .refused(StatusCode::NOT_FOUND, "no registered key");
}

#[tokio::test]
async fn upkeep_reports_what_it_did() {
    let world = World::new().await;
    let admin = world.token("admin").await;
    let post = async |path: &str, body| world.send(&admin, Method::POST, path, body).await;
    let swept = post(
        "/api/v1/maintenance/gc",
        json!({"dry_run": true, "untagged": true, "grace_secs": 0}),
    )
    .await;
    assert_eq!(
        (swept.status, &swept.json["dry_run"]),
        (StatusCode::OK, &json!(true))
    );
    let checked = post("/api/v1/maintenance/fsck", json!({"verify_content": true})).await;
    assert_eq!(
        (&checked.json["damage"], &checked.json["messages"]),
        (&json!([]), &json!([]))
    );
    for path in ["gc", "fsck", "reindex"] {
        let path = format!("/api/v1/maintenance/{path}");
        // A body may be left out.
        assert_eq!(
            post(&path, json!(null)).await.status,
            StatusCode::OK,
            "{path}"
        );
        post(&path, json!({"nonsense": 1}))
            .await
            .refused(StatusCode::BAD_REQUEST, "unknown field");
    }
    post("/api/v1/maintenance/gc", json!({"grace_secs": -1}))
        .await
        .refused(StatusCode::BAD_REQUEST, "-1");
}
