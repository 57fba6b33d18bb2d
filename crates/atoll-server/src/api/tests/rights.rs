//! Who may do what.

use http::{Method, StatusCode};
use serde_json::json;

use super::world::{Form, World, provider_zip};
use crate::api::routes;

/// Routes that somebody may use who is no administrator.
const OPEN: [&str; 3] = [
    "/api/openapi.json",
    "/api/v1/artifacts",
    "/api/v1/providers",
];

/// Below this the rights on a module count.
const MODULES: &str = "/api/v1/modules";

#[tokio::test]
async fn administration_is_for_administrators() {
    let world = World::new().await;
    let pusher = world.token("push:* pull:* delete:*").await;
    let table = routes();
    let routes: Vec<_> = table
        .list()
        .iter()
        .filter(|(_, path)| !OPEN.contains(path) && !path.starts_with(MODULES))
        .collect();
    assert!(routes.len() >= 10);
    for (method, path) in routes {
        let path = path.replace("{*name}", "acme/app").replace(['{', '}'], "x");
        let nobody = world.ask("", method.clone(), &path, Vec::new(), "").await;
        nobody.refused(StatusCode::UNAUTHORIZED, "a token is needed");
        assert_eq!(nobody.headers["www-authenticate"], "Basic realm=\"atoll\"");
        assert_eq!(nobody.json["error"]["code"], "unauthenticated");
        let other = world
            .ask(&pusher, method.clone(), &path, Vec::new(), "")
            .await;
        other.refused(StatusCode::FORBIDDEN, "scope admin");
    }
}

#[tokio::test]
async fn a_bad_token_is_never_anonymous() {
    let world = World::new().await;
    for path in ["/api/v1/artifacts", "/api/v1/tokens"] {
        let reply = world.get("atoll_broken", path).await;
        reply.refused(StatusCode::UNAUTHORIZED, "unknown, expired or revoked");
    }
    // A credential for somebody else is ignored where none is needed.
    assert_eq!(
        world.get("ghp_somebodys", "/api/v1/artifacts").await.status,
        StatusCode::OK
    );
}

#[tokio::test]
async fn publishing_needs_the_right_on_the_provider() {
    let world = World::new().await;
    let form = || {
        let fields = Form::default()
            .text("namespace", "acme")
            .text("type", "cloud")
            .text("version", "1.0.0");
        fields.file(
            "terraform-provider-cloud_1.0.0_linux_amd64.zip",
            &provider_zip("cloud", "x"),
        )
    };
    world
        .post_form("", "/api/v1/providers", form())
        .await
        .refused(StatusCode::UNAUTHORIZED, "a token is needed");
    let stranger = world.token("push:providers/self/other/*").await;
    world
        .post_form(&stranger, "/api/v1/providers", form())
        .await
        .refused(StatusCode::NOT_FOUND, "push:providers/self/acme/cloud");
    let reader = world.token("pull:providers/self/acme/*").await;
    world
        .post_form(&reader, "/api/v1/providers", form())
        .await
        .refused(StatusCode::FORBIDDEN, "push:providers/self/acme/cloud");
    let owner = world.token("push:providers/self/acme/*").await;
    let published = world.post_form(&owner, "/api/v1/providers", form()).await;
    assert_eq!(published.status, StatusCode::CREATED, "{}", published.json);
}

#[tokio::test]
async fn modules_are_for_those_who_may_see_them() {
    let world = World::new().await;
    let stranger = world.token("push:modules/self/other/* delete:acme/*").await;
    let table = routes();
    let routes = table
        .list()
        .iter()
        .filter(|(_, path)| path.starts_with(MODULES) && *path != MODULES);
    let mut count = 0;
    for (method, path) in routes {
        let path = path
            .replace("{hostname}", "self")
            .replace("{version}", "1.0.0")
            .replace(['{', '}'], "");
        let ask = async |token: &str| {
            world
                .ask(token, method.clone(), &path, Vec::new(), "")
                .await
        };
        ask("")
            .await
            .refused(StatusCode::UNAUTHORIZED, "a token is needed");
        ask(&stranger)
            .await
            .refused(StatusCode::NOT_FOUND, "no right to see it");
        count += 1;
    }
    assert_eq!(count, 9);
}

#[tokio::test]
async fn tokens_live_and_end() {
    let world = World::new().await;
    let admin = world.token("admin").await;
    let body = json!({"name": "ci", "scopes": ["push:acme/*"], "expires_in_secs": 3600});
    let created = world
        .send(&admin, Method::POST, "/api/v1/tokens", body)
        .await;
    assert_eq!(created.status, StatusCode::CREATED, "{}", created.json);
    let (id, token) = (
        created.json["id"].as_str().unwrap(),
        created.json["token"].as_str().unwrap(),
    );
    assert!(created.json["expires_at"].is_string());
    assert_eq!(
        world.get(token, "/api/v1/artifacts").await.status,
        StatusCode::OK
    );

    let listed = world.get(&admin, "/api/v1/tokens").await.json;
    let row = listed["tokens"]
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["id"] == id)
        .unwrap();
    assert_eq!(
        (row["name"].as_str(), &row["revoked_at"]),
        (Some("ci"), &json!(null))
    );
    assert!(
        !listed.to_string().contains(token),
        "secrets are not listed"
    );

    let path = format!("/api/v1/tokens/{id}");
    assert_eq!(
        world
            .send(&admin, Method::DELETE, &path, json!(null))
            .await
            .status,
        StatusCode::NO_CONTENT
    );
    assert_eq!(
        world.get(token, "/api/v1/artifacts").await.status,
        StatusCode::UNAUTHORIZED
    );
    world
        .send(&admin, Method::DELETE, "/api/v1/tokens/none", json!(null))
        .await
        .refused(StatusCode::NOT_FOUND, "no token none");
}

#[tokio::test]
async fn bad_tokens_are_not_made() {
    let world = World::new().await;
    let admin = world.token("admin").await;
    for (body, words) in [
        (json!(null), "missing field"),
        (json!({"name": "x", "scopes": []}), "at least one scope"),
        (json!({"name": "", "scopes": ["admin"]}), "1 to"),
        (json!({"name": "x", "scopes": ["nonsense"]}), "nonsense"),
        (
            json!({"name": "x", "scopes": ["admin"], "expires_in_secs": 0}),
            "at least 1",
        ),
        (
            json!({"name": "x", "scopes": ["admin"], "expires_in": 5}),
            "unknown field",
        ),
        (json!([]), "not as expected"),
    ] {
        world
            .send(&admin, Method::POST, "/api/v1/tokens", body)
            .await
            .refused(StatusCode::BAD_REQUEST, words);
    }
    let long = vec![b' '; 1024 * 1024 + 1];
    let reply = world
        .ask(
            &admin,
            Method::POST,
            "/api/v1/tokens",
            long,
            "application/json",
        )
        .await;
    reply.refused(StatusCode::PAYLOAD_TOO_LARGE, "at most");
}
