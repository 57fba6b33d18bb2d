//! The network mirror's documents, to the letter.

use atoll_testkit::zips;
use http::StatusCode;
use serde_json::json;

use super::world::{CORAL, HOST, LINUX, World, mirror};

#[tokio::test]
async fn the_index_lists_versions_and_nothing_else() {
    let world = World::new().await;
    world.offer(CORAL, "1.0.0", &[LINUX]);
    world.offer(CORAL, "1.1.0-beta.2", &[LINUX]);
    world.offer(CORAL, "1.1.0+build.7", &[LINUX]);
    let reply = world.get(&mirror(CORAL, "index.json")).await;
    assert_eq!(reply.status, StatusCode::OK);
    // Some clients compare the media type to the letter.
    assert_eq!(reply.header("content-type"), "application/json");
    assert_eq!(
        reply.text(),
        r#"{"versions":{"1.0.0":{},"1.1.0+build.7":{},"1.1.0-beta.2":{}}}"#
    );
}

#[tokio::test]
async fn a_version_names_every_archive_with_its_hashes() {
    let world = World::new().await;
    world.offer(CORAL, "1.0.0", &[LINUX, "darwin_arm64"]);
    let reply = world.get(&mirror(CORAL, "1.0.0.json")).await;
    assert_eq!(reply.status, StatusCode::OK);
    assert_eq!(reply.header("content-type"), "application/json");
    let document = reply.json();
    assert_eq!(
        document.as_object().unwrap().keys().collect::<Vec<_>>(),
        ["archives"]
    );
    for platform in [LINUX, "darwin_arm64"] {
        let archive = &document["archives"][platform];
        let zip = zips::provider("coral", "1.0.0", platform);
        assert_eq!(
            archive["hashes"],
            json!([format!("zh:{}", zips::sha256_hex(&zip))]),
            "cold: sums only"
        );
        let url = archive["url"].as_str().unwrap();
        assert!(url.starts_with("/files/"), "{url}");
        assert!(
            url.ends_with(&format!("/terraform-provider-coral_1.0.0_{platform}.zip")),
            "{url}"
        );
        assert_eq!(world.get(url).await.body, zip);
    }
}

#[tokio::test]
async fn bytes_that_are_here_have_both_hashes() {
    let world = World::new().await;
    world.offer(CORAL, "1.0.0", &[LINUX, "darwin_arm64"]);
    let zip = world.archive(CORAL, "1.0.0", LINUX).await.body;
    world.has_h1(CORAL, "1.0.0", LINUX).await;
    let archives = world.archives(CORAL, "1.0.0").await;
    assert_eq!(
        archives[LINUX]["hashes"],
        json!([zips::h1(&zip), format!("zh:{}", zips::sha256_hex(&zip))])
    );
    assert_eq!(
        archives["darwin_arm64"]["hashes"].as_array().unwrap().len(),
        1
    );
}

#[tokio::test]
async fn build_metadata_is_found_escaped_or_not() {
    let world = World::new().await;
    world.offer(CORAL, "1.0.0+b1", &[LINUX]);
    world.offer(CORAL, "1.0.0+b2", &[LINUX]);
    for name in ["1.0.0+b1.json", "1.0.0%2Bb1.json"] {
        let reply = world.get(&mirror(CORAL, name)).await;
        assert_eq!(reply.status, StatusCode::OK, "{name}");
        let zip = zips::provider("coral", "1.0.0+b1", LINUX);
        assert_eq!(
            reply.json()["archives"][LINUX]["hashes"][0],
            json!(format!("zh:{}", zips::sha256_hex(&zip)))
        );
    }
}

#[tokio::test]
async fn addresses_are_found_in_any_case() {
    let world = World::new().await;
    world.offer(CORAL, "1.0.0", &[LINUX]);
    let asked = world.get("/mirror/TF.Example/Acme/Coral/index.json").await;
    assert_eq!(
        asked.text(),
        world.get(&mirror(CORAL, "index.json")).await.text()
    );
}

#[tokio::test]
async fn what_is_not_there_is_404_with_words() {
    let world = World::new().await;
    world.offer(CORAL, "1.0.0", &[LINUX]);
    let paths = [
        mirror("acme/nothing", "index.json"),
        mirror("acme/nothing", "1.0.0.json"),
        mirror(CORAL, "9.9.9.json"),
        // None of these was ever listed.
        mirror(CORAL, "v1.0.0.json"),
        mirror(CORAL, "1.0.json"),
        mirror(CORAL, "latest.json"),
        mirror(CORAL, "1.0.0.zip"),
        mirror(CORAL, "1.0.0"),
        mirror("-/coral", "index.json"),
        mirror("acme/co--ral", "index.json"),
        mirror("acme/..%2Fcoral", "index.json"),
        format!("/mirror/unknown.example/{CORAL}/index.json"),
        format!("/mirror/not%20a%20host/{CORAL}/index.json"),
        format!("/mirror/{HOST}:8443/{CORAL}/index.json"),
    ];
    for path in paths {
        let reply = world.get(&path).await;
        assert_eq!(
            reply.status,
            StatusCode::NOT_FOUND,
            "{path}: {}",
            reply.text()
        );
        assert_eq!(reply.header("content-type"), "application/json", "{path}");
        assert!(
            !reply.json()["errors"][0].as_str().unwrap().is_empty(),
            "{path}"
        );
    }
}

#[tokio::test]
async fn one_bad_entry_of_upstream_spoils_nothing() {
    let world = World::new().await;
    world.offer(CORAL, "1.0.0", &[LINUX]);
    world.offer(CORAL, "v1.1.0", &[LINUX]);
    world.offer(CORAL, "not a version", &[LINUX]);
    let reply = world.get(&mirror(CORAL, "index.json")).await;
    assert_eq!(reply.text(), r#"{"versions":{"1.0.0":{}}}"#);
}
