//! Modules at the root of the server: what was published here, then upstreams by their patterns, and no confusion of both.

use atoll_testkit::modules::{self, GREETING};
use http::StatusCode;

use super::world::{REEF, World, location, publish};

#[tokio::test]
async fn an_upstream_answers_at_the_root_for_its_patterns_alone() {
    let world = World::new().await;
    world.offer_greeting(REEF, "1.0.0");
    world.offer_greeting("coder/reef/aws", "1.0.0");
    let reply = world
        .get(&format!("/v1/modules/{REEF}/1.0.0/download"))
        .await;
    location(&reply);
    let legacy = world
        .get("/v1/modules/modules/reef/coder/1.0.0/download")
        .await;
    location(&legacy);
    let robot = world.server().robot("pull:*").await;
    let reply = robot.get("/v1/modules/coder/reef/aws/versions").await;
    assert_eq!(reply.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_claimed_namespace_never_falls_through() {
    let world = World::with(|setup| setup.namespaces = vec!["reserved".to_owned()]).await;
    for module in ["reserved/reef/coder", "acme/reef/coder", "Acme/other/coder"] {
        world.offer_greeting(module, "9.0.0");
    }
    let robot = world.server().robot("push:modules/self/*").await;
    let free = robot.get("/v1/modules/acme/reef/coder/versions").await;
    assert_eq!(free.status, StatusCode::OK, "{}", free.text());
    // Anything that is published in a namespace claims all of it, in any case.
    let archive = modules::zip(GREETING);
    publish(&robot, "acme/vpc/aws", "1.0.0", archive).await;
    for module in ["reserved/reef/coder", "acme/reef/coder", "Acme/other/coder"] {
        let reply = robot.get(&format!("/v1/modules/{module}/versions")).await;
        assert_eq!(reply.status, StatusCode::NOT_FOUND, "{module}");
    }
    let artifacts = world.server().robot("admin").await;
    let held = artifacts.get("/api/v1/artifacts").await.json();
    assert_eq!(held["artifacts"].as_array().unwrap().len(), 1);
}
