//! The provider network mirror protocol.

use atoll_testkit::registry::FakeRegistry;
use atoll_testkit::zips;
use atoll_upstream::FetchError;
use atoll_upstream::terraform::NetworkMirror;
use serde_json::json;

use crate::support::{at, demo, egress, platform, read, settings, version};

fn client(fake: &FakeRegistry, base: &str) -> NetworkMirror {
    let mut settings = settings(fake);
    settings.url = at(fake, base);
    NetworkMirror::new(egress().upstream(&settings).unwrap())
}

async fn fake() -> FakeRegistry {
    let fake = FakeRegistry::start_tls().await;
    let _ = fake
        .provider("acme/demo")
        .version("1.2.3")
        .platform("linux_amd64")
        .platform("darwin_arm64")
        .version("1.3.0")
        .platform("linux_amd64");
    fake
}

#[tokio::test]
async fn versions_and_archives_are_listed() {
    let fake = fake().await;
    for base in ["/mirror/", "/mirror"] {
        let client = client(&fake, base);
        let index = client.index(&demo()).await.unwrap();
        assert_eq!(
            index.versions.into_iter().collect::<Vec<_>>(),
            [version("1.2.3"), version("1.3.0")]
        );
        let archives = client.archives(&demo(), &version("1.2.3")).await.unwrap();
        assert_eq!(archives.archives.len(), 2);
        let archive = &archives.archives[&platform("linux_amd64")];
        let (zip, end) = read(client.upstream().open(&archive.url, 0).await.unwrap()).await;
        end.unwrap();
        assert_eq!(
            archive.hashes,
            [format!("zh:{}", zips::sha256_hex(&zip)), zips::h1(&zip)]
        );
    }
    assert_eq!(
        fake.requests_to("/mirror/tf.corp.example/acme/demo/1.2.3.json")
            .len(),
        2
    );
}

#[tokio::test]
async fn what_is_absent_is_not_found() {
    let fake = FakeRegistry::start().await;
    let client = client(&fake, "/mirror/");
    assert!(client.index(&demo()).await.unwrap_err().is_not_found());
    assert!(
        client
            .archives(&demo(), &version("1.0.0"))
            .await
            .unwrap_err()
            .is_not_found()
    );
}

#[tokio::test]
async fn bad_entries_never_spoil_a_list() {
    let fake = FakeRegistry::start().await;
    let client = client(&fake, "/mirror/");
    fake.put_json(
        "/mirror/tf.corp.example/acme/demo/index.json",
        &json!({ "versions": { "1.0.0": {}, "v1.1.0": {}, "": {}, "latest": {} } }),
    );
    let index = client.index(&demo()).await.unwrap();
    assert_eq!((index.versions.len(), index.skipped), (1, 3));
    fake.put_json(
        "/mirror/tf.corp.example/acme/demo/1.0.0.json",
        &json!({ "archives": {
            "linux_amd64": { "url": "x.zip" },
            "linux_arm64": { "url": "ftp://cdn.example/x.zip" },
            "linux_386": { "url": 3 },
            "linux": { "url": "x.zip" },
            "windows_amd64": { "url": "x.zip", "hashes": "zh:aa" },
            "darwin_arm64": null,
        } }),
    );
    let archives = client.archives(&demo(), &version("1.0.0")).await.unwrap();
    assert_eq!((archives.archives.len(), archives.skipped), (1, 5));
    let archive = &archives.archives[&platform("linux_amd64")];
    assert_eq!(
        archive.url,
        at(&fake, "/mirror/tf.corp.example/acme/demo/x.zip")
    );
    assert!(archive.hashes.is_empty());
}

#[tokio::test]
async fn other_shapes_are_refused() {
    let fake = FakeRegistry::start().await;
    let client = client(&fake, "/mirror/");
    for body in [
        json!({}),
        json!([]),
        json!({ "versions": [], "archives": [] }),
    ] {
        fake.put_json("/mirror/tf.corp.example/acme/demo/index.json", &body);
        fake.put_json("/mirror/tf.corp.example/acme/demo/1.0.0.json", &body);
        let error = client.index(&demo()).await.unwrap_err();
        assert!(matches!(error, FetchError::BadDocument { .. }), "{error}");
        let error = client
            .archives(&demo(), &version("1.0.0"))
            .await
            .unwrap_err();
        assert!(matches!(error, FetchError::BadDocument { .. }), "{error}");
    }
}
