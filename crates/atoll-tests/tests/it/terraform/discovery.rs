//! Service discovery, and the names that the server goes by.

use atoll_testkit::server::TestServer;
use http::{Method, StatusCode};
use serde_json::json;

use super::world::{CORAL, HOST, LINUX, World, registry};

#[tokio::test]
async fn discovery_is_the_same_for_anybody() {
    let server = TestServer::start().await;
    let forged = format!("atoll_abcdefgh_{}", "A".repeat(43));
    let askers = [
        server.nobody(),
        server.robot("pull:*").await,
        server.nobody().with_token("a token of another server"),
        // A 401 here would end every command of the client, whatever it is about.
        server.nobody().with_token(forged),
    ];
    for asker in askers {
        let reply = asker.get("/.well-known/terraform.json").await;
        assert_eq!(reply.status, StatusCode::OK);
        assert_eq!(reply.header("content-type"), "application/json");
        assert_eq!(reply.json()["providers.v1"], json!("/v1/providers/"));
    }
}

#[tokio::test]
async fn a_request_for_an_upstreams_name_is_answered_for_it() {
    let world = World::new().await;
    world.offer(CORAL, "1.0.0", &[LINUX]);
    let path = format!("/v1/providers/{CORAL}/versions");
    let ask = async |host: &str| {
        let client = world.nobody();
        client
            .send(client.request(Method::GET, &path).header("host", host))
            .await
    };
    for host in [HOST, "tf.example:443", "TF.Example"] {
        let reply = ask(host).await;
        assert_eq!(reply.status, StatusCode::OK, "{host}");
        assert_eq!(
            reply.json(),
            world.get(&registry(CORAL, "versions")).await.json()
        );
    }
    // Any other name means what was published here, which nobody may see.
    for host in ["tf.example:8443", "other.example", "localhost"] {
        assert_eq!(ask(host).await.status, StatusCode::UNAUTHORIZED, "{host}");
    }
}

#[tokio::test]
async fn the_root_does_not_fall_through_to_an_upstream() {
    let world = World::new().await;
    world.offer(CORAL, "1.0.0", &[LINUX]);
    let robot = world.server().robot("pull:*").await;
    let reply = robot.get(&format!("/v1/providers/{CORAL}/versions")).await;
    assert_eq!(reply.status, StatusCode::NOT_FOUND);
    assert!(world.upstream.requests().is_empty());
}
