//! Modules of another registry, over HTTP.

use std::time::Duration;

use atoll_core::proof::Proof;
use atoll_testkit::modules::{self, GREETING};
use atoll_testkit::registry::Fault;
use http::StatusCode;
use serde_json::json;

use super::world::{HOST, REEF, World, download_path, eventually, fetch, location, names};

#[tokio::test]
async fn a_version_is_fetched_once_and_served_for_good() {
    let mut world = World::new().await;
    world.offer_greeting(REEF, "1.2.3");
    world.offer_greeting(REEF, "1.3.0-rc.1");
    let list = format!("/hosts/{HOST}/v1/modules/{REEF}/versions");
    let reply = world.get(&list).await;
    assert_eq!(
        reply.text(),
        r#"{"modules":[{"versions":[{"version":"1.2.3"},{"version":"1.3.0-rc.1"}]}]}"#
    );
    assert_eq!(reply.header("x-atoll-cache"), "fetched; age=0");

    let first = world.download(REEF, "1.2.3").await;
    assert!(first.header("x-atoll-cache").starts_with("fetched"));
    let zip = fetch(&world.nobody(), &location(&first)).await;
    assert_eq!(names(&zip), ["README.md", "main.tf"]);
    let again = world.download(REEF, "1.2.3").await;
    assert!(again.header("x-atoll-cache").starts_with("hit"));
    assert_eq!(world.upstream.requests_to("/archives/*").len(), 1);

    world.upstream.stop().await;
    world.restart(|setup| setup.offline = true).await;
    let again = world.download(REEF, "1.2.3").await;
    assert_eq!(fetch(&world.nobody(), &location(&again)).await, zip);
    let reply = world.get(&list).await;
    assert_eq!(
        reply.text(),
        r#"{"modules":[{"versions":[{"version":"1.2.3"}]}]}"#
    );
    assert_eq!(reply.header("x-atoll-cache"), "offline");
}

#[tokio::test]
async fn wrappers_subdirectories_and_extensionless_archives_are_understood() {
    let world = World::new().await;
    let files = &[
        ("main.tf", "# root\n"),
        ("modules/inner/main.tf", "# inner\n"),
        (
            "modules/outer/main.tf",
            "module \"inner\" {\n  source = \"../inner\"\n}\n",
        ),
    ];
    let archive = modules::wrapped("reef-1.0.0", files);
    world
        .upstream
        .put("/x/blob", "application/octet-stream", archive.clone());
    world
        .upstream
        .put("/x/reef.tar.gz", "application/octet-stream", archive);
    for (version, address, expected) in [
        (
            "1.0.0",
            "/x/blob?archive=tar.gz",
            vec!["main.tf", "modules/inner/main.tf", "modules/outer/main.tf"],
        ),
        (
            "1.0.1",
            "/x/reef.tar.gz//*",
            vec!["main.tf", "modules/inner/main.tf", "modules/outer/main.tf"],
        ),
        (
            "1.0.2",
            "/x/reef.tar.gz//reef-1.0.0/modules/inner",
            vec!["main.tf"],
        ),
        ("1.0.3", "/x/reef.tar.gz//*/modules/inner", vec!["main.tf"]),
    ] {
        world.upstream.put_module(REEF, version, address);
        let reply = world.download(REEF, version).await;
        let zip = fetch(&world.nobody(), &location(&reply)).await;
        assert_eq!(names(&zip), expected, "{address}");
    }
    // Something in it refers to `../`, so all of it is kept, and the address says where it is.
    world
        .upstream
        .put_module(REEF, "1.0.4", "/x/reef.tar.gz//*/modules/outer");
    let reply = world.download(REEF, "1.0.4").await;
    let location = location(&reply);
    assert!(location.contains(".zip//modules/outer?"), "{location}");
    assert!(fetch(&world.nobody(), &location).await.len() > 100);
}

#[tokio::test]
async fn an_address_that_leads_nowhere_is_explained() {
    let world = World::new().await;
    let page = "<!DOCTYPE html><html><body>Please log in</body></html>";
    world.offer(REEF, "1.0.0", "login", page);
    let reply = world.download(REEF, "1.0.0").await;
    assert_eq!(reply.status, StatusCode::BAD_GATEWAY);
    let text = reply.text();
    for words in ["names no archive", "terraform-get=1", "login page?"] {
        assert!(text.contains(words), "{text}");
    }
}

#[tokio::test]
async fn a_location_that_is_the_package_itself_is_asked_nothing() {
    let world = World::new().await;
    world
        .upstream
        .put("/x/blob", "application/zip", modules::zip(GREETING));
    world.upstream.put_json(
        &format!("/v1/modules/{REEF}/1.0.0/download"),
        &json!({"location": "/x/blob", "use_registry_credentials": false}),
    );
    location(&world.download(REEF, "1.0.0").await);
    let asked = world.upstream.requests_to("/x/blob");
    assert_eq!(asked.len(), 1, "{asked:?}");
    assert_eq!(asked[0].query, None);
}

#[tokio::test]
async fn a_checksum_upstream_gives_is_verified() {
    let world = World::new().await;
    let archive = modules::tar_gz(GREETING);
    let right = atoll_testkit::zips::sha256_hex(&archive);
    world
        .upstream
        .put("/x/a.tar.gz", "application/octet-stream", archive);
    let good = format!("/x/a.tar.gz?checksum=sha256:{right}");
    world.upstream.put_module(REEF, "1.0.0", &good);
    location(&world.download(REEF, "1.0.0").await);
    let bad = format!("/x/a.tar.gz?checksum=sha256:{}", "0".repeat(64));
    world.upstream.put_module(REEF, "1.0.1", &bad);
    let reply = world.download(REEF, "1.0.1").await;
    assert_eq!(reply.status, StatusCode::BAD_GATEWAY);
    assert!(reply.text().contains("checksum"), "{}", reply.text());
}

#[tokio::test]
async fn the_case_of_names_is_kept_for_upstream() {
    let world = World::new().await;
    world.offer_greeting("AJ0070/Reef/coder", "1.0.0");
    location(&world.download("AJ0070/Reef/coder", "1.0.0").await);
    // What is held is the same under any spelling; upstream knows only its own.
    location(&world.download("aj0070/reef/coder", "1.0.0").await);
    let reply = world.download("aj0070/reef/coder", "2.0.0").await;
    assert_eq!(reply.status, StatusCode::NOT_FOUND);
    let artifacts = world
        .server()
        .robot("admin")
        .await
        .get("/api/v1/artifacts")
        .await;
    assert_eq!(
        artifacts.json()["artifacts"][0]["address"],
        format!("{HOST}/AJ0070/Reef/coder")
    );
    assert_eq!(artifacts.json()["artifacts"][0]["origin"], "mirrored");
}

#[tokio::test]
async fn what_one_spelling_lacks_another_may_have_at_the_same_time() {
    let world = World::new().await;
    world.offer_greeting("AJ0070/Reef/coder", "1.0.0");
    // Both are under way when the first one gets its answer.
    let slow = Fault::delay(Duration::from_millis(1500));
    world
        .upstream
        .fault(slow.on("/v1/modules/*/1.0.0/download"));
    let folded = world.nobody();
    let folded = tokio::spawn(async move {
        folded
            .get(&download_path("aj0070/reef/coder", "1.0.0"))
            .await
    });
    let asked = "/v1/modules/aj0070/reef/coder/1.0.0/download";
    eventually(async || (!world.upstream.requests_to(asked).is_empty()).then_some(())).await;
    location(&world.download("AJ0070/Reef/coder", "1.0.0").await);
    assert_eq!(folded.await.unwrap().status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn one_version_asked_for_in_two_spellings_at_once_is_kept_once() {
    let world = World::new().await;
    let spellings = ["AJ0070/Reef/coder", "aj0070/reef/coder"];
    for module in spellings {
        world.offer_greeting(module, "1.0.0");
    }
    let slow = Fault::delay(Duration::from_millis(500));
    world.upstream.fault(slow.on("/archives/*"));
    let [one, other] = spellings.map(|module| world.download(module, "1.0.0"));
    let (one, other) = tokio::join!(one, other);
    let digest = |reply| location(&reply).split_once('?').unwrap().1.to_owned();
    assert_eq!(digest(one), digest(other));
}

#[tokio::test]
async fn old_addresses_of_coder_are_the_new_ones() {
    let world = World::new().await;
    world.offer_greeting(REEF, "1.0.0");
    let reply = world.download("modules/reef/coder", "1.0.0").await;
    location(&reply);
    assert_eq!(world.upstream.requests_to("/v1/modules/modules/*").len(), 0);
}

#[tokio::test]
async fn policy_holds_for_modules() {
    let world = World::with(|setup| {
        setup.policy.patterns.allow = Some(
            ["coder/reef/coder ~> 1.0", "acme/*"]
                .map(|text| text.parse().unwrap())
                .into_iter()
                .collect(),
        );
    })
    .await;
    for version in ["1.0.0", "2.0.0"] {
        world.offer_greeting(REEF, version);
        world.offer_greeting("coder/other/coder", version);
        world.offer_greeting("acme/any/aws", version);
    }
    location(&world.download(REEF, "1.0.0").await);
    location(&world.download("acme/any/aws", "2.0.0").await);
    let reply = world.download(REEF, "2.0.0").await;
    assert_eq!(reply.status, StatusCode::FORBIDDEN);
    assert!(reply.text().contains("`allow`"), "{}", reply.text());
    let list = world
        .get(&format!("/hosts/{HOST}/v1/modules/{REEF}/versions"))
        .await;
    assert_eq!(
        list.text(),
        r#"{"modules":[{"versions":[{"version":"1.0.0"}]}]}"#
    );
    let reply = world.download("coder/other/coder", "1.0.0").await;
    assert_eq!(reply.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_version_that_is_not_served_is_not_read_by_digest_either() {
    let mut world = World::new().await;
    world.offer_greeting(REEF, "1.0.0");
    let other = modules::tar_gz(&[("main.tf", "# two\n")]);
    world.offer(REEF, "2.0.0", "two.tar.gz", other);
    let repository = format!("/v2/modules/{HOST}/{REEF}");
    let mut paths = Vec::new();
    for version in ["1.0.0", "2.0.0"] {
        let file = location(&world.download(REEF, version).await);
        let manifest = world
            .get(&format!("{repository}/manifests/{version}"))
            .await;
        let digest = manifest.header("docker-content-digest");
        let layer = manifest.json()["layers"][0]["digest"].clone();
        let layer = layer.as_str().unwrap();
        paths.push([
            file.split('?').next().unwrap().to_owned(),
            format!("{repository}/manifests/{digest}"),
            format!("{repository}/blobs/{layer}"),
        ]);
    }
    for (change, served) in [
        ("exclude", [StatusCode::FORBIDDEN, StatusCode::OK]),
        ("proof", [StatusCode::FORBIDDEN, StatusCode::FORBIDDEN]),
        ("nothing", [StatusCode::OK, StatusCode::OK]),
    ] {
        world
            .restart(|setup| match change {
                "exclude" => {
                    let exclude = ["coder/reef/coder < 2".parse().unwrap()];
                    setup.policy.patterns.exclude = exclude.into_iter().collect();
                }
                // Nobody signs modules.
                "proof" => setup.policy.require_proof = Proof::Signed,
                _ => {}
            })
            .await;
        let list = world.get(&format!("/hosts/{HOST}/v1/modules")).await.json();
        let listed = list["modules"].as_array().unwrap().iter();
        let listed: Vec<_> = listed.map(|module| module["version"].clone()).collect();
        let expected: &[&str] = if served[1] == StatusCode::OK {
            &["2.0.0"]
        } else {
            &[]
        };
        assert_eq!(listed, expected, "{change}");
        // Who runs the server sees all that is held.
        let admin = world.server().robot("admin").await;
        let held = admin.get("/api/v1/artifacts").await.json();
        assert_eq!(held["artifacts"].as_array().unwrap().len(), 2, "{held}");
        for (paths, status) in paths.iter().zip(served) {
            for path in paths {
                let reply = world.get(path).await;
                assert_eq!(reply.status, status, "{change} {path}: {}", reply.text());
            }
        }
    }
}

#[tokio::test]
async fn the_oci_view_fetches_too() {
    let world = World::new().await;
    world.offer_greeting(REEF, "1.0.0");
    let repository = format!("/v2/modules/{HOST}/{REEF}");
    let tags = world.get(&format!("{repository}/tags/list")).await;
    assert_eq!(tags.json()["tags"], serde_json::json!(["1.0.0"]));
    let manifest = world.get(&format!("{repository}/manifests/1.0.0")).await;
    assert_eq!(manifest.status, StatusCode::OK, "{}", manifest.text());
    let digest = manifest.json()["layers"][0]["digest"]
        .as_str()
        .unwrap()
        .to_owned();
    let blob = world.get(&format!("{repository}/blobs/{digest}")).await;
    assert_eq!(names(&blob.body), ["README.md", "main.tf"]);
}
