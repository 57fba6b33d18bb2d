//! Providers that were published here, through every address they have.

use std::fmt::Write as _;

use atoll_app::providers::{Release, ReleaseZip};
use atoll_app::registry::RepositoryChange;
use atoll_core::permission::Visibility;
use atoll_testkit::keys;
use atoll_testkit::server::TestServer;
use atoll_testkit::zips;
use bytes::Bytes;
use http::StatusCode;
use serde_json::json;

use super::world::LINUX;

/// The provider that is published.
pub(super) const DEMO: &str = "acme/demo";

/// Publishes a version with tiny packages, signed by its publisher or by Atoll.
pub(super) async fn publish(
    server: &TestServer,
    version: &str,
    platforms: &[&str],
    signed_by_publisher: bool,
) {
    let providers = &server.app().providers;
    let mut release = Release {
        provider: format!("self/{DEMO}").parse().unwrap(),
        version: version.parse().unwrap(),
        zips: Vec::new(),
        sums: None,
        signature: None,
        manifest: None,
        protocols: None,
    };
    let mut sums = String::new();
    for platform in platforms {
        let zip = zips::provider("demo", version, platform);
        let name = format!("terraform-provider-demo_{version}_{platform}.zip");
        writeln!(sums, "{}  {name}", zips::sha256_hex(&zip)).unwrap();
        let blob = server.app().registry.stage_bytes(zip).await.unwrap();
        release.zips.push(ReleaseZip { name, blob });
    }
    if signed_by_publisher {
        let key = keys::publisher_key();
        providers
            .register_key("acme", &key.public_armored().unwrap())
            .await
            .unwrap();
        release.signature = Some(Bytes::from(
            key.sign_detached(sums.as_bytes(), keys::TEST_TIME).unwrap(),
        ));
        release.sums = Some(sums.into());
    }
    providers.publish(release).await.unwrap();
}

#[tokio::test]
async fn a_published_version_is_in_both_protocols() {
    let server = TestServer::builder().named("atoll.example").start().await;
    publish(&server, "1.0.0", &[LINUX, "darwin_arm64"], true).await;
    let reader = server.robot("pull:providers/*").await;

    let versions = reader.get(&format!("/v1/providers/{DEMO}/versions")).await;
    assert_eq!(versions.status, StatusCode::OK, "{}", versions.text());
    assert_eq!(versions.json()["versions"][0]["version"], json!("1.0.0"));
    assert_eq!(
        versions.json()["versions"][0]["platforms"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    let package = reader
        .get(&format!("/v1/providers/{DEMO}/1.0.0/download/linux/amd64"))
        .await
        .json();
    let key = &package["signing_keys"]["gpg_public_keys"][0];
    assert_eq!(
        key["key_id"],
        json!(keys::publisher_key().key_id().to_string())
    );
    let zip = zips::provider("demo", "1.0.0", LINUX);
    assert_eq!(package["shasum"], json!(zips::sha256_hex(&zip)));
    assert_eq!(
        server
            .nobody()
            .get(package["download_url"].as_str().unwrap())
            .await
            .body,
        zip
    );

    // The server's names are all one host, on any port.
    for host in [
        "self",
        "atoll.internal",
        "atoll.example",
        "atoll.example:9443",
    ] {
        let index = reader
            .get(&format!("/mirror/{host}/{DEMO}/index.json"))
            .await;
        assert_eq!(index.text(), r#"{"versions":{"1.0.0":{}}}"#, "{host}");
        let archives = reader
            .get(&format!("/mirror/{host}/{DEMO}/1.0.0.json"))
            .await
            .json();
        let expected = json!([zips::h1(&zip), format!("zh:{}", zips::sha256_hex(&zip))]);
        assert_eq!(archives["archives"][LINUX]["hashes"], expected, "{host}");
        let listed = reader
            .get(&format!("/hosts/{host}/v1/providers/{DEMO}/versions"))
            .await;
        assert_eq!(listed.json(), versions.json(), "{host}");
    }
}

#[tokio::test]
async fn an_international_name_is_one_host_in_both_spellings() {
    let server = TestServer::builder().named("atöll.example").start().await;
    publish(&server, "1.0.0", &[LINUX], false).await;
    let reader = server.robot("pull:*").await;
    for host in [
        "at%C3%B6ll.example",
        "AT%C3%96LL.example",
        "xn--atll-6qa.example",
    ] {
        let reply = reader
            .get(&format!("/mirror/{host}/{DEMO}/index.json"))
            .await;
        assert_eq!(reply.text(), r#"{"versions":{"1.0.0":{}}}"#, "{host}");
    }
}

#[tokio::test]
async fn published_means_private() {
    let server = TestServer::start().await;
    publish(&server, "1.0.0", &[LINUX], false).await;
    let stranger = server.robot("pull:providers/self/other/*").await;
    let owner = server.robot("pull:providers/self/acme/*").await;
    let paths = |provider: &str| {
        [
            format!("/v1/providers/{provider}/versions"),
            format!("/v1/providers/{provider}/1.0.0/download/linux/amd64"),
            format!("/mirror/self/{provider}/index.json"),
            format!("/mirror/self/{provider}/1.0.0.json"),
            format!("/hosts/self/v1/providers/{provider}/versions"),
        ]
    };
    for (there, absent) in paths(DEMO).iter().zip(paths("acme/nothing")) {
        assert_eq!(owner.get(there).await.status, StatusCode::OK, "{there}");
        for asker in [server.nobody(), stranger.clone()] {
            let (one, other) = (asker.get(there).await, asker.get(&absent).await);
            assert_eq!(
                one.status, other.status,
                "whether it exists is not told: {there}"
            );
            let expected = if asker.token().is_some() {
                StatusCode::NOT_FOUND
            } else {
                StatusCode::UNAUTHORIZED
            };
            assert_eq!(one.status, expected, "{there}");
            assert_eq!(
                one.text().replace(DEMO, ""),
                other.text().replace("acme/nothing", ""),
                "{there}"
            );
        }
    }
}

#[tokio::test]
async fn what_is_public_needs_no_token() {
    let server = TestServer::start().await;
    publish(&server, "1.0.0", &[LINUX], false).await;
    let name = format!("providers/self/{DEMO}").parse().unwrap();
    let change = RepositoryChange {
        visibility: Some(Visibility::Public),
        ..RepositoryChange::default()
    };
    server
        .app()
        .registry
        .change_settings(&name, change)
        .await
        .unwrap();
    let reply = server
        .nobody()
        .get(&format!("/v1/providers/{DEMO}/versions"))
        .await;
    assert_eq!(reply.status, StatusCode::OK);
}

#[tokio::test]
async fn a_new_version_is_listed_at_once() {
    let server = TestServer::start().await;
    let reader = server.robot("pull:*").await;
    let path = format!("/mirror/self/{DEMO}/index.json");
    for (version, listed) in [("1.0.0", 1), ("1.1.0-rc.1", 2), ("1.1.0+b", 3)] {
        publish(&server, version, &[LINUX], false).await;
        let index = reader.get(&path).await.json();
        assert_eq!(
            index["versions"].as_object().unwrap().len(),
            listed,
            "{index}"
        );
        let document = reader
            .get(&format!("/mirror/self/{DEMO}/{version}.json"))
            .await;
        assert_eq!(document.status, StatusCode::OK, "{version}");
    }
}

#[tokio::test]
async fn a_platform_that_joins_is_in_documents_that_were_read_before() {
    let server = TestServer::start().await;
    let reader = server.robot("pull:*").await;
    let platforms = [LINUX, "darwin_arm64", "windows_amd64"];
    for count in 1..=platforms.len() {
        publish(&server, "1.0.0", &platforms[..count], false).await;
        let document = reader
            .get(&format!("/mirror/self/{DEMO}/1.0.0.json"))
            .await
            .json();
        assert_eq!(document["archives"].as_object().unwrap().len(), count);
        for platform in &platforms[..count] {
            let path = format!(
                "/v1/providers/{DEMO}/1.0.0/download/{}",
                platform.replace('_', "/")
            );
            let package = reader.get(&path).await.json();
            let sums = server
                .nobody()
                .get(package["shasums_url"].as_str().unwrap())
                .await
                .text();
            assert_eq!(sums.lines().count(), count, "{sums}");
        }
    }
}
