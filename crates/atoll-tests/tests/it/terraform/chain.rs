//! One Atoll in front of another, and in front of itself.

use std::time::{Duration, Instant};

use atoll_testkit::server::{Mirrored, TestServer};
use atoll_testkit::zips;
use atoll_upstream::Protocol;
use http::StatusCode;
use serde_json::json;

use super::hosted::{DEMO, publish};
use super::world::{CORAL, HOST, LINUX, World, mirror, package};

#[tokio::test]
async fn an_atoll_mirrors_what_another_one_mirrors() {
    let mut outer = World::with_tls().await;
    outer.offer(CORAL, "1.0.0", &[LINUX, "darwin_arm64"]);
    let url = format!("{}/mirror/", outer.server().url());
    let mut mirrored = Mirrored::at(HOST, &url, outer.server().ca_pem());
    mirrored.settings.protocol = Protocol::NetworkMirror;
    let inner = TestServer::builder().mirroring(mirrored).start().await;
    let nobody = inner.nobody();

    assert_eq!(
        nobody.get(&mirror(CORAL, "index.json")).await.text(),
        r#"{"versions":{"1.0.0":{}}}"#
    );
    let version = nobody.get(&mirror(CORAL, "1.0.0.json")).await;
    assert_eq!(version.status, StatusCode::OK, "{}", version.text());
    let archives = &version.json()["archives"];
    assert_eq!(archives.as_object().unwrap().len(), 2, "{archives}");
    assert_eq!(outer.zip_downloads(), 0, "the hashes are enough for both");
    let zip = zips::provider("coral", "1.0.0", LINUX);
    assert_eq!(
        archives[LINUX]["hashes"],
        json!([format!("zh:{}", zips::sha256_hex(&zip))])
    );
    let url = archives[LINUX]["url"].as_str().unwrap();
    assert_eq!(nobody.get(url).await.body, zip);
    assert_eq!(outer.zip_downloads(), 1);

    // The inner one has it for good, and signs what the network mirror protocol can't vouch for.
    outer.upstream.stop().await;
    let described = nobody.get(&package(CORAL, "1.0.0", LINUX)).await;
    assert_eq!(described.status, StatusCode::OK, "{}", described.text());
    assert_eq!(described.json()["shasum"], json!(zips::sha256_hex(&zip)));
}

#[tokio::test]
async fn an_atoll_mirrors_what_another_one_publishes() {
    let publisher = TestServer::builder().tls().start().await;
    publish(&publisher, "1.0.0", &[LINUX], true).await;
    let token = publisher.token("pull:providers/self/acme/*").await;
    let mut mirrored = Mirrored::at("publisher.example", &publisher.url(), publisher.ca_pem());
    mirrored.settings.credential =
        atoll_upstream::Credential::Bearer(atoll_upstream::SecretText::new(token));
    let edge = TestServer::builder().mirroring(mirrored).start().await;
    let described = edge
        .nobody()
        .get(&format!(
            "/hosts/publisher.example/v1/providers/{DEMO}/1.0.0/download/linux/amd64"
        ))
        .await;
    assert_eq!(described.status, StatusCode::OK, "{}", described.text());
    let zip = edge
        .nobody()
        .get(described.json()["download_url"].as_str().unwrap())
        .await;
    assert_eq!(zip.body, zips::provider("demo", "1.0.0", LINUX));
    let key = atoll_testkit::keys::publisher_key().key_id().to_string();
    assert_eq!(
        described.json()["signing_keys"]["gpg_public_keys"][0]["key_id"],
        json!(key)
    );
}

#[tokio::test]
async fn a_server_that_asks_itself_says_so_at_once() {
    let world =
        World::with(|setup| setup.settings.allow_addresses = vec!["127.0.0.0/8".parse().unwrap()])
            .await;
    let own = format!(
        "http://127.0.0.1:{}/hosts/{HOST}/v1/providers/",
        world.server().address().port()
    );
    world
        .upstream
        .put_json("/.well-known/terraform.json", &json!({"providers.v1": own}));
    let asked = Instant::now();
    let reply = world.get(&mirror(CORAL, "index.json")).await;
    assert_eq!(reply.status, StatusCode::BAD_GATEWAY, "{}", reply.text());
    assert!(
        asked.elapsed() < Duration::from_secs(5),
        "it waited for itself: {:?}",
        asked.elapsed()
    );

    let nobody = world.nobody();
    let request = nobody.request(http::Method::GET, "/healthz");
    let id = world.server().app().instance_id.to_string();
    let looped = nobody
        .send(request.header("x-atoll-via", format!("somebody, {id}")))
        .await;
    assert_eq!(looped.status, StatusCode::LOOP_DETECTED);
    assert!(looped.text().contains("resolve"), "{}", looped.text());
}
