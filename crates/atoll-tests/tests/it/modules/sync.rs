//! Fetching ahead.

use atoll_testkit::registry::Fault;
use atoll_testkit::server::Client;
use http::StatusCode;
use serde_json::{Value, json};

use super::world::{HOST, REEF, World, eventually, location};

/// Syncs the mirrored host and waits for the end.
pub(super) async fn synced(admin: &Client, select: &[&str], dry_run: bool) -> Value {
    let body = json!({"upstream": HOST, "select": select, "dry_run": dry_run});
    let reply = admin.post("/api/v1/mirror/sync", body.to_string()).await;
    assert_eq!(reply.status, StatusCode::ACCEPTED, "{}", reply.text());
    let path = format!(
        "/api/v1/mirror/sync/{}",
        reply.json()["id"].as_str().unwrap()
    );
    eventually(async || {
        let status = admin.get(&path).await.json();
        (status["state"] != "running").then_some(status)
    })
    .await
}

#[tokio::test]
async fn whole_namespaces_and_constraints_are_fetched() {
    let world = World::new().await;
    for version in ["1.0.0", "1.1.0", "2.0.0"] {
        world.offer_greeting(REEF, version);
        world.offer_greeting("coder/atoll/coder", version);
        world.offer_greeting("acme/vpc/aws", version);
    }
    let admin = world.server().robot("admin").await;
    let dry = synced(&admin, &["coder/* latest:2"], true).await;
    assert_eq!(
        dry["report"]["fetched"].as_array().unwrap().len(),
        4,
        "{dry}"
    );
    assert!(dry["bytes_total"].as_u64().unwrap() > 100, "{dry}");
    let artifacts = admin.get("/api/v1/artifacts").await;
    assert_eq!(artifacts.json()["artifacts"], json!([]));

    let status = synced(&admin, &["coder/* latest:2", "acme/vpc/aws ~> 1.0"], false).await;
    assert_eq!(status["state"], "done", "{status}");
    assert_eq!(
        status["report"]["fetched"],
        json!([
            format!("{HOST}/acme/vpc/aws 1.0.0"),
            format!("{HOST}/acme/vpc/aws 1.1.0"),
            format!("{HOST}/coder/atoll/coder 1.1.0"),
            format!("{HOST}/coder/atoll/coder 2.0.0"),
            format!("{HOST}/coder/reef/coder 1.1.0"),
            format!("{HOST}/coder/reef/coder 2.0.0"),
        ])
    );
    // How long packages are is known once they are made.
    assert_eq!(status["unknown_sizes"], 6, "{status}");
    assert!(status["bytes_done"].as_u64().unwrap() > 100, "{status}");
    assert_eq!(status["bytes_total"], status["bytes_done"], "{status}");
    // What is here is not fetched again: an interrupted sync goes on where it was.
    let again = synced(&admin, &["coder/* latest:2"], false).await;
    assert_eq!(again["report"]["present"], 4, "{again}");
    assert_eq!(again["report"]["fetched"], json!([]));
}

#[tokio::test]
async fn what_fails_is_told_and_the_rest_goes_on() {
    let world = World::new().await;
    world.offer_greeting(REEF, "1.0.0");
    world.offer(REEF, "1.0.1", "bad.zip", "<html>");
    let admin = world.server().robot("admin").await;
    let status = synced(
        &admin,
        &["coder/reef/coder 1.0.1", REEF, "coder/absent/coder"],
        false,
    )
    .await;
    assert_eq!(status["state"], "done");
    let failed = status["report"]["failed"].as_array().unwrap();
    // What two selections name fails once.
    assert_eq!(failed.len(), 2, "{status}");
    assert!(
        failed[0]["why"].as_str().unwrap().contains("HTML"),
        "{status}"
    );
    location(&world.download(REEF, "1.0.0").await);
}

#[tokio::test]
async fn scheduled_upstreams_are_asked_by_syncs_alone() {
    let world = World::with(|setup| {
        setup.policy.mode = atoll_app::upstreams::UpstreamMode::Scheduled;
    })
    .await;
    world.offer_greeting(REEF, "1.0.0");
    let reply = world.download(REEF, "1.0.0").await;
    assert_eq!(reply.status, StatusCode::NOT_FOUND, "{}", reply.text());
    assert!(reply.text().contains("mirror sync"), "{}", reply.text());
    assert_eq!(world.upstream.requests().len(), 0);
    let admin = world.server().robot("admin").await;
    let status = synced(&admin, &[REEF], false).await;
    assert_eq!(status["report"]["failed"], json!([]), "{status}");
    location(&world.download(REEF, "1.0.0").await);
}

#[tokio::test]
async fn providers_are_fetched_for_the_platforms_that_are_named() {
    let world = World::new().await;
    for version in ["1.0.0", "1.1.0", "2.0.0"] {
        let release = world.upstream.provider("acme/coral").version(version);
        let _ = release.platform("linux_amd64").platform("darwin_arm64");
    }
    let admin = world.server().robot("admin").await;
    let body =
        json!({"upstream": HOST, "select": ["acme/coral ~> 1.0"], "platforms": ["linux_amd64"]});
    let reply = admin.post("/api/v1/mirror/sync", body.to_string()).await;
    let path = format!(
        "/api/v1/mirror/sync/{}",
        reply.json()["id"].as_str().unwrap()
    );
    let status = eventually(async || {
        let status = admin.get(&path).await.json();
        (status["state"] != "running").then_some(status)
    })
    .await;
    assert_eq!(
        status["report"]["fetched"],
        json!([
            format!("{HOST}/acme/coral 1.0.0 for linux_amd64"),
            format!("{HOST}/acme/coral 1.1.0 for linux_amd64"),
        ]),
        "{status}"
    );
    assert_eq!(status["bytes_done"], status["bytes_total"]);
}

#[tokio::test]
async fn selections_that_overlap_take_each_version_once() {
    let world = World::new().await;
    for version in ["1.0.0", "1.1.0"] {
        world.offer_greeting(REEF, version);
        let release = world.upstream.provider("acme/coral").version(version);
        let _ = release.platform("linux_amd64").platform("darwin_arm64");
    }
    let admin = world.server().robot("admin").await;
    let select = [
        "coder/reef/coder 1.1.0",
        REEF,
        "Coder/*",
        "acme/coral ~> 1.0",
        "acme/coral latest:1",
    ];
    let upstream_has = 2 + 2 * 2;
    let dry = synced(&admin, &select, true).await;
    let planned = dry["report"]["fetched"].as_array().unwrap().len();
    assert_eq!((planned, &dry["versions_total"]), (upstream_has, &json!(4)));
    let real = synced(&admin, &select, false).await;
    let fetched = real["report"]["fetched"].as_array().unwrap().len();
    assert_eq!(fetched, upstream_has, "{real}");
    assert_eq!(real["report"]["present"], 0, "{real}");
    assert_eq!(real["bytes_total"], real["bytes_done"], "{real}");
    let again = synced(&admin, &select, false).await;
    assert_eq!(again["report"]["present"], upstream_has, "{again}");
}

/// Names of some registries are in upper case, and these know no other spelling.
#[tokio::test]
async fn upstream_is_asked_in_the_spelling_of_the_selection() {
    let world = World::new().await;
    world.offer_greeting("AJ0070/Net/aws", "1.0.0");
    world.offer_greeting("AJ0070/reef/aws", "1.0.0");
    let admin = world.server().robot("admin").await;
    let net = |version: &str| format!("{HOST}/AJ0070/Net/aws {version}");
    let status = synced(&admin, &["AJ0070/Net/aws"], false).await;
    assert_eq!(status["report"]["fetched"], json!([net("1.0.0")]));
    let status = synced(&admin, &["AJ0070/*"], false).await;
    let reef = format!("{HOST}/AJ0070/reef/aws 1.0.0");
    assert_eq!(status["report"]["fetched"], json!([reef]), "{status}");
    assert_eq!(status["report"]["failed"], json!([]), "{status}");
    // What is held is asked for by the name that it came by, also where upstream lists nothing.
    world.offer_greeting("AJ0070/Net/aws", "1.1.0");
    let unlisted = Fault::status(404).on("/v1/modules/AJ0070");
    world.upstream.fault(unlisted);
    let status = synced(&admin, &["AJ0070/*"], false).await;
    assert_eq!(
        status["report"]["fetched"],
        json!([net("1.1.0")]),
        "{status}"
    );
}

#[tokio::test]
async fn a_registry_that_lists_no_namespaces_is_told_with_a_way_out() {
    let world = World::new().await;
    world.offer_greeting(REEF, "1.0.0");
    let unlisted = Fault::status(404).on("/v1/modules/coder");
    world.upstream.fault(unlisted);
    let admin = world.server().robot("admin").await;
    let status = synced(&admin, &["coder/*"], false).await;
    let failed = status["report"]["failed"].as_array().unwrap();
    assert_eq!(failed.len(), 1, "{status}");
    let why = failed[0]["why"].as_str().unwrap();
    for words in ["/v1/modules/NAMESPACE", "NAMESPACE/NAME/SYSTEM"] {
        assert!(why.contains(words), "no {words}: {why}");
    }
    let status = synced(&admin, &[REEF], false).await;
    assert_eq!(status["report"]["failed"], json!([]), "{status}");
}
