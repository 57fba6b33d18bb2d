//! Versions of other registries that were deleted here, and what upstreams may fill.

use atoll_testkit::modules::{self, GREETING};
use http::StatusCode;
use serde_json::json;

use super::sync::synced;
use super::world::{HOST, REEF, World, location};

#[tokio::test]
async fn a_deleted_version_is_neither_listed_nor_fetched() {
    let mut world = World::new().await;
    for version in ["1.0.0", "1.1.0"] {
        world.offer_greeting(REEF, version);
    }
    location(&world.download(REEF, "1.0.0").await);
    let tag = format!("/v2/modules/{HOST}/{REEF}/manifests/1.0.0");
    assert_eq!(world.get(&tag).await.status, StatusCode::OK);

    let admin = world.server().robot("admin").await;
    let version = format!("/api/v1/modules/{HOST}/{REEF}/1.0.0");
    assert_eq!(admin.delete(&version).await.status, StatusCode::NO_CONTENT);
    // Other bytes by now: they could not take the place of those that were deleted.
    let other = modules::tar_gz(&[("main.tf", "# other\n")]);
    world.offer(REEF, "1.0.0", "other.tar.gz", other);
    world.upstream.clear_requests();
    let reply = world.download(REEF, "1.0.0").await;
    assert_eq!(reply.status, StatusCode::FORBIDDEN, "{}", reply.text());
    assert!(
        reply.text().contains("was deleted here"),
        "{}",
        reply.text()
    );
    let list = format!("/hosts/{HOST}/v1/modules/{REEF}/versions");
    assert_eq!(
        world.get(&list).await.text(),
        r#"{"modules":[{"versions":[{"version":"1.1.0"}]}]}"#
    );
    let tags = format!("/v2/modules/{HOST}/{REEF}/tags/list");
    assert_eq!(world.get(&tags).await.json()["tags"], json!(["1.1.0"]));
    let status = synced(&admin, &[REEF], false).await;
    assert_eq!(
        status["report"]["fetched"],
        json!([format!("{HOST}/{REEF} 1.1.0")]),
        "{status}"
    );
    for path in ["/archives/other.tar.gz", "/v1/modules/*/1.0.0/download"] {
        assert_eq!(world.upstream.requests_to(path).len(), 0, "{path}");
    }

    // Nor is it fetched by another process that finds upstream as it was.
    world.offer_greeting(REEF, "1.0.0");
    world.restart(|_| {}).await;
    world.upstream.clear_requests();
    let reply = world.download(REEF, "1.0.0").await;
    assert_eq!(reply.status, StatusCode::FORBIDDEN, "{}", reply.text());
    assert_eq!(world.get(&tag).await.status, StatusCode::FORBIDDEN);
    assert_eq!(world.upstream.requests().len(), 0);
    location(&world.download(REEF, "1.1.0").await);
}

/// What is deleted by mistake comes back as it was, and as nothing else.
#[tokio::test]
async fn a_deleted_version_is_brought_back_as_it_was() {
    let world = World::new().await;
    world.offer_greeting(REEF, "1.0.0");
    let before = location(&world.download(REEF, "1.0.0").await);
    let checksum = |location: &str| location.split_once('?').unwrap().1.to_owned();
    let admin = world.server().robot("admin").await;
    let version = format!("/api/v1/modules/{HOST}/{REEF}/1.0.0");
    let tombstone = format!("{version}/tombstone");
    let reply = admin.delete(&tombstone).await;
    assert_eq!(reply.status, StatusCode::NOT_FOUND, "it was not deleted");
    let other = || modules::tar_gz(&[("main.tf", "# other\n")]);

    // From what is here of it, whatever upstream has by now.
    assert_eq!(admin.delete(&version).await.status, StatusCode::NO_CONTENT);
    world.offer(REEF, "1.0.0", "coder-reef-coder-1.0.0.tar.gz", other());
    world.upstream.clear_requests();
    let stranger = world.server().robot("pull:*").await;
    let reply = stranger.delete(&tombstone).await;
    assert_eq!(reply.status, StatusCode::FORBIDDEN, "{}", reply.text());
    let reply = admin.delete(&tombstone).await;
    assert_eq!(reply.status, StatusCode::NO_CONTENT, "{}", reply.text());
    let back = location(&world.download(REEF, "1.0.0").await);
    assert_eq!(checksum(&back), checksum(&before));
    assert_eq!(world.upstream.requests().len(), 0);

    // Once its manifest is not linked any more, from what is kept of that: another package is refused, and both are named.
    let manifest = forget(&world, &before).await;
    let reply = admin.delete(&tombstone).await;
    assert_eq!(reply.status, StatusCode::BAD_GATEWAY, "{}", reply.text());
    for words in ["stays deleted", &digest_of(&before)] {
        assert!(reply.text().contains(words), "{}", reply.text());
    }
    let reply = world.download(REEF, "1.0.0").await;
    assert_eq!(reply.status, StatusCode::FORBIDDEN, "{}", reply.text());
    // The same package from elsewhere is the same version. Who may delete it may bring it back.
    let elsewhere = modules::tar_gz(modules::GREETING);
    world.offer(REEF, "1.0.0", "elsewhere.tar.gz", elsewhere);
    let owner = format!("delete:modules/{HOST}/{REEF}");
    let owner = world.server().robot(&owner).await;
    let reply = owner.delete(&tombstone).await;
    assert_eq!(reply.status, StatusCode::NO_CONTENT, "{}", reply.text());
    assert_eq!(
        world
            .upstream
            .requests_to("/archives/elsewhere.tar.gz")
            .len(),
        1
    );
    let back = location(&world.download(REEF, "1.0.0").await);
    assert_eq!(checksum(&back), checksum(&before));
    assert_eq!(manifest_of(&world).await, manifest);
    let reply = owner.delete(&tombstone).await;
    assert_eq!(reply.status, StatusCode::NOT_FOUND, "{}", reply.text());
    let own = "/api/v1/modules/self/acme/vpc/aws/1.0.0/tombstone";
    let reply = admin.delete(own).await;
    assert_eq!(reply.status, StatusCode::NOT_FOUND, "{}", reply.text());
}

/// What is not captured is not brought back either.
#[tokio::test]
async fn a_deleted_version_comes_back_as_policy_and_room_allow() {
    let mut world = World::new().await;
    world.offer_greeting(REEF, "1.0.0");
    location(&world.download(REEF, "1.0.0").await);
    let version = format!("/api/v1/modules/{HOST}/{REEF}/1.0.0");
    let tombstone = format!("{version}/tombstone");
    let admin = world.server().robot("admin").await;
    assert_eq!(admin.delete(&version).await.status, StatusCode::NO_CONTENT);
    let exclude = ["coder/reef/coder".parse().unwrap()];
    world
        .restart(|setup| setup.policy.patterns.exclude = exclude.into_iter().collect())
        .await;
    let admin = world.server().robot("admin").await;
    let reply = admin.delete(&tombstone).await;
    assert_eq!(reply.status, StatusCode::FORBIDDEN, "{}", reply.text());
    world
        .restart(|setup| setup.policy.max_bytes = Some(10))
        .await;
    let admin = world.server().robot("admin").await;
    let reply = admin.delete(&tombstone).await;
    let full = StatusCode::INSUFFICIENT_STORAGE;
    assert_eq!(reply.status, full, "{}", reply.text());
    world.restart(|_| {}).await;
    let admin = world.server().robot("admin").await;
    let reply = admin.delete(&tombstone).await;
    assert_eq!(reply.status, StatusCode::NO_CONTENT, "{}", reply.text());
}

/// The manifest of the version.
async fn manifest_of(world: &World) -> String {
    let tag = format!("/v2/modules/{HOST}/{REEF}/manifests/1.0.0");
    let reply = world.get(&tag).await;
    reply.header("docker-content-digest").to_owned()
}

/// The digest of the package that is at a location.
fn digest_of(location: &str) -> String {
    let (_, hex) = location.split_once("sha256:").unwrap();
    format!("sha256:{}", hex.get(..64).unwrap())
}

/// Deletes the version, its manifest and its package; says what the manifest was.
async fn forget(world: &World, location: &str) -> String {
    let manifest = manifest_of(world).await;
    let owner = world.server().robot("delete:modules/*").await;
    let blob = digest_of(location);
    for (kind, digest) in [("manifests", &manifest), ("blobs", &blob)] {
        let path = format!("/v2/modules/{HOST}/{REEF}/{kind}/{digest}");
        let reply = owner.delete(&path).await;
        assert_eq!(reply.status, StatusCode::ACCEPTED, "{}", reply.text());
    }
    manifest
}

#[tokio::test]
async fn modules_count_for_their_upstreams_share_of_the_disk() {
    let mut world = World::new().await;
    for version in ["1.0.0", "1.1.0", "1.2.0"] {
        let more = format!("# {version}\n{}", "#".repeat(4000));
        let files = [GREETING, &[("more.tf", more.as_str())]].concat();
        let name = format!("{version}.zip");
        world.offer(REEF, version, &name, modules::zip(&files));
    }
    location(&world.download(REEF, "1.0.0").await);
    // Room for one and a half, and then for less than is held.
    for (bytes_max, fetches) in [(7000, 1), (1000, 0)] {
        world
            .restart(|setup| setup.policy.max_bytes = Some(bytes_max))
            .await;
        world.upstream.clear_requests();
        let reply = world.download(REEF, "1.1.0").await;
        assert_eq!(
            reply.status,
            StatusCode::INSUFFICIENT_STORAGE,
            "{}",
            reply.text()
        );
        assert!(reply.text().contains("max_bytes"), "{}", reply.text());
        let fetched = world.upstream.requests_to("/archives/*");
        assert_eq!(fetched.len(), fetches, "{bytes_max}");
        // What is here goes on.
        location(&world.download(REEF, "1.0.0").await);
    }
    world
        .restart(|setup| setup.policy.max_bytes = Some(20_000))
        .await;
    location(&world.download(REEF, "1.2.0").await);
}
