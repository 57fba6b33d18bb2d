//! The URL shapes of other servers, for clients that are configured for those.

use http::StatusCode;

use super::world::{HOST, REEF, World, fetch, location};

#[tokio::test]
async fn artifactorys_and_nexus_shapes_answer() {
    let world = World::new().await;
    world.offer_greeting(REEF, "1.0.0");
    for base in [
        "/artifactory/api/terraform/coder-registry/v1/modules/coder".to_owned(),
        format!("/artifactory/api/terraform/{HOST}/v1/modules/coder"),
        "/artifactory/api/terraform/v1/modules/coder-registry__coder".to_owned(),
        "/repository/coder-registry/v1/modules/coder".to_owned(),
    ] {
        let list = world.get(&format!("{base}/reef/coder/versions")).await;
        assert_eq!(list.status, StatusCode::OK, "{base}: {}", list.text());
        let reply = world
            .get(&format!("{base}/reef/coder/1.0.0/download"))
            .await;
        fetch(&world.nobody(), &location(&reply)).await;
    }
}

#[tokio::test]
async fn providers_answer_there_too() {
    let world = World::new().await;
    let release = world.upstream.provider("acme/coral").version("1.0.0");
    let _ = release.platform("linux_amd64");
    for path in [
        "/artifactory/api/terraform/coder-registry/v1/providers/acme/coral/versions".to_owned(),
        "/repository/coder-registry/v1/providers/acme/coral/versions".to_owned(),
        format!("/artifactory/api/terraform/coder-registry/providers/{HOST}/acme/coral/index.json"),
    ] {
        let reply = world.get(&path).await;
        assert_eq!(reply.status, StatusCode::OK, "{path}: {}", reply.text());
        assert!(reply.text().contains("1.0.0"), "{}", reply.text());
    }
}

#[tokio::test]
async fn an_unknown_repository_is_explained() {
    let world = World::new().await;
    let reply = world
        .get("/repository/nexus-proxy/v1/modules/coder/reef/coder/versions")
        .await;
    assert_eq!(reply.status, StatusCode::NOT_FOUND);
    let text = reply.text();
    assert!(text.contains("coder-registry"), "{text}");
    let reply = world
        .get("/artifactory/api/terraform/v1/modules/nope__coder/reef/coder/versions")
        .await;
    assert!(reply.text().contains("nope__coder"), "{}", reply.text());
}
