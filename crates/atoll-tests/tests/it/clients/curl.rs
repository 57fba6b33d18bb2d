//! curl, with a token as the password of Basic, on the routes of every protocol.

use atoll_testkit::program::Program;
use http::Method;
use serde_json::{Value, json};

use super::world::World;

/// A path for a route's template. What it names is there or not; who may ask is decided before.
fn filled(template: &str) -> String {
    let zeros = format!("sha256:{}", "0".repeat(64));
    let parts = [
        ("{name}", "acme/hello"),
        ("{*name}", "acme/hello"),
        ("{digest}", &zeros),
        ("{reference}", "v1"),
        ("{session}", "none"),
        ("{hostname}", "self"),
        ("{namespace}", "acme"),
        ("{type}", "coral"),
        ("{version}", "1.0.0"),
        ("{os}", "linux"),
        ("{arch}", "amd64"),
        ("{document}", "index.json"),
        ("{grant}", "forged"),
        ("{repository}", "self"),
        ("{qualified}", "self__acme"),
        ("{system}", "aws"),
        ("{file_name}", "x.zip"),
        ("{id}", "none"),
        ("{key_id}", "0123456789ABCDEF"),
    ];
    let path = parts
        .iter()
        .fold(template.to_owned(), |path, (part, text)| {
            path.replace(part, text)
        });
    assert!(!path.contains('{'), "{template} has a part without a word");
    path
}

/// The status of a request without a body.
async fn status(
    curl: &Program,
    world: &World,
    user: Option<&str>,
    method: &Method,
    path: &str,
) -> String {
    let ca = world.text("ca.pem");
    let url = format!("https://{}{path}", world.host());
    let mut arguments = vec!["--silent", "--show-error", "--cacert", &ca];
    arguments.extend(["--output", "/dev/null", "--write-out", "%{http_code}"]);
    match *method {
        Method::HEAD => arguments.push("--head"),
        _ => arguments.extend(["--request", method.as_str()]),
    }
    if let Some(user) = user {
        arguments.extend(["--user", user]);
    }
    arguments.push(&url);
    curl.run(arguments).await.succeeds()
}

#[tokio::test]
async fn a_token_is_a_password_on_each_route_there_is() {
    let world = World::new().await;
    let test = "curl: a token is a password on each route";
    let Some(curl) = world.program(test, "curl", "curl") else {
        return;
    };
    world.seed_image("acme/hello").await;
    super::providers::publish(&world, "1.0.0").await;
    let scopes = "admin push:* delete:*";
    let robot = format!("robot:{}", world.server.token(scopes).await);
    let (mut wrong, mut closed) = (Vec::new(), 0);
    for (method, template) in atoll_server::all_routes() {
        let path = filled(template);
        let by = async |user| status(&curl, &world, user, &method, &path).await;
        let (nobody, stranger) = (by(None).await, by(Some("robot:wrong")).await);
        let holder = by(Some(&robot)).await;
        if ["401", "403"].contains(&holder.as_str()) || holder.starts_with('5') {
            wrong.push(format!("{method} {template}: a token got {holder}"));
        }
        if nobody == "401" {
            closed += 1;
            if stranger != "401" {
                wrong.push(format!(
                    "{method} {template}: a wrong password got {stranger}"
                ));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
    assert!(closed > 20, "only {closed} routes ask who is there");
}

async fn status_and_body(
    curl: &Program,
    world: &World,
    user: Option<&str>,
    path: &str,
) -> (String, Value) {
    let ca = world.text("ca.pem");
    let url = format!("https://{}{path}", world.host());
    let mut arguments = vec![
        "--silent",
        "--show-error",
        "--cacert",
        &ca,
        "--write-out",
        "\n%{http_code}",
        &url,
    ];
    if let Some(user) = user {
        arguments.extend(["--user", user]);
    }
    let ended = curl.run(arguments).await.succeeds();
    let (body, status) = ended.rsplit_once('\n').unwrap();
    (
        status.to_owned(),
        serde_json::from_str(body).unwrap_or(Value::Null),
    )
}

#[tokio::test]
async fn a_token_as_a_password_opens_every_protocol() {
    let world = World::new().await;
    let Some(curl) = world.program("curl: a token is a password", "curl", "curl") else {
        return;
    };
    world.seed_image("acme/hello").await;
    super::providers::publish(&world, "1.0.0").await;
    let robot = format!("robot:{}", world.server.token("pull:*").await);
    let versions = json!({"1.0.0": {}});
    let cases = [
        ("/v2/", json!({}), "401"),
        (
            "/v2/acme/hello/tags/list",
            json!({"name": "acme/hello", "tags": ["v1"]}),
            "401",
        ),
        (
            "/mirror/atoll.internal/acme/coral/index.json",
            json!({"versions": versions}),
            "401",
        ),
    ];
    for (path, expected, refusal) in cases {
        assert_eq!(
            status_and_body(&curl, &world, Some(&robot), path).await,
            ("200".to_owned(), expected),
            "{path}"
        );
        for user in [None, Some("robot:wrong")] {
            assert_eq!(
                status_and_body(&curl, &world, user, path).await.0,
                refusal,
                "{path} {user:?}"
            );
        }
    }
    let (status, registry) = status_and_body(
        &curl,
        &world,
        Some(&robot),
        "/v1/providers/acme/coral/versions",
    )
    .await;
    assert_eq!(
        (status.as_str(), &registry["versions"][0]["version"]),
        ("200", &json!("1.0.0"))
    );
    assert_eq!(
        status_and_body(&curl, &world, None, "/v1/providers/acme/coral/versions")
            .await
            .0,
        "401"
    );
    assert_eq!(
        status_and_body(&curl, &world, None, "/.well-known/terraform.json")
            .await
            .0,
        "200"
    );
}

#[tokio::test]
async fn a_blob_is_pushed_and_read_in_parts() {
    let world = World::new().await;
    let Some(curl) = world.program("curl: a blob is pushed and read", "curl", "curl") else {
        return;
    };
    let robot = format!("robot:{}", world.server.token("push:acme/*").await);
    let content = "0123456789";
    world.write("blob", content);
    let (ca, blob) = (world.text("ca.pem"), format!("@{}", world.text("blob")));
    let digest = atoll_core::digest::Digest::sha256(content.as_bytes());
    let base = format!("https://{}/v2/acme/files/blobs", world.host());
    let common = [
        "--silent",
        "--show-error",
        "--fail",
        "--cacert",
        &ca,
        "--user",
        &robot,
    ];
    let push = [
        "--request",
        "POST",
        "--header",
        "Content-Type: application/octet-stream",
        "--data-binary",
        &blob,
    ];
    let url = format!("{base}/uploads/?digest={digest}");
    curl.run(common.into_iter().chain(push).chain([url.as_str()]))
        .await
        .succeeds();
    let url = format!("{base}/{digest}");
    let read = curl
        .run(common.into_iter().chain(["--range", "2-4", url.as_str()]))
        .await
        .succeeds();
    assert_eq!(read, "234");
    let read = curl
        .run(common.into_iter().chain(["--http1.1", url.as_str()]))
        .await
        .succeeds();
    assert_eq!(read, content);
}
