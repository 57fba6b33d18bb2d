//! `atoll mirror sync` beside a running server, in front of a fake upstream: modules.

use std::time::Duration;

use atoll_testkit::atoll::Atoll;
use atoll_testkit::modules::{self, GREETING};
use atoll_testkit::program::Ended;
use atoll_testkit::registry::{FakeRegistry, Fault};
use atoll_testkit::terraform::{Terraform, modules_block};
use bytes::Bytes;
use serde_json::{Value, json};

use super::calls::installs;
use super::world::{HOST, REEF, eventually};

const VPC: &str = "terraform-aws-modules/vpc/aws";

/// What of the upstream is selected by most tests, and nothing else.
const SELECTED: [(&str, &str); 5] = [
    ("coder/atoll/coder", "1.0.0"),
    (REEF, "1.0.0"),
    (REEF, "1.1.0"),
    (VPC, "5.0.0"),
    (VPC, "5.1.0"),
];
const SELECT: [&str; 4] = [
    "--select",
    "coder/*",
    "--select",
    "terraform-aws-modules/vpc/aws ~> 5.0",
];

/// Configures the program to mirror a fake upstream.
pub(super) fn mirrors(atoll: &Atoll, upstream: &FakeRegistry, more: &str) {
    let url = upstream.url();
    atoll.write(
        "atoll.hcl",
        format!(
            "server {{\n  min_free = 0\n}}\nupstream \"terraform\" \"{HOST}\" {{\n  url = \"{url}\"\n  anonymous = \"fetch\"\n{more}}}\n"
        ),
    );
}

/// Runs `atoll mirror sync` for the mirrored host.
pub(super) async fn sync(atoll: &Atoll, more: &[&str]) -> Ended {
    let words = ["mirror", "sync", "--upstream", HOST];
    atoll.run(words.iter().chain(more)).await
}

/// The same, for machines.
pub(super) async fn sync_json(atoll: &Atoll, more: &[&str]) -> Value {
    let ended = sync(atoll, &[more, &["--json"]].concat()).await;
    serde_json::from_str(&ended.stdout).unwrap_or_else(|error| panic!("{error}: {ended}"))
}

/// What is here, of all kinds.
pub(super) async fn held(atoll: &Atoll) -> Vec<Value> {
    let list = atoll.run(["list", "--json"]).await.succeeds();
    serde_json::from_str(&list).unwrap()
}

fn archive(module: &str, version: &str) -> Bytes {
    // Each has a size of its own.
    let words = format!("# {module} {version}\n").repeat(module.len() + version.len());
    let notes = ("notes.md", words.as_str());
    modules::wrapped("it", &[GREETING, &[notes]].concat())
}

fn archive_path(module: &str, version: &str) -> String {
    format!("/archives/{}-{version}.tar.gz", module.replace('/', "-"))
}

fn offer(upstream: &FakeRegistry, module: &str, version: &str) {
    let path = archive_path(module, version);
    upstream.put(&path, "application/gzip", archive(module, version));
    upstream.put_module(module, version, &path);
}

async fn upstream() -> FakeRegistry {
    let upstream = FakeRegistry::start().await;
    let beyond = [
        (VPC, "4.9.9"),
        (VPC, "6.0.0"),
        ("terraform-aws-modules/eks/aws", "5.0.0"),
    ];
    for (module, version) in SELECTED.into_iter().chain(beyond) {
        offer(&upstream, module, version);
    }
    upstream
}

/// The names that a report has for what is selected.
fn selected() -> Value {
    let mut names: Vec<String> = SELECTED
        .iter()
        .map(|(module, version)| format!("{HOST}/{module} {version}"))
        .collect();
    names.sort();
    json!(names)
}

/// How many archives were really read, and how many were only measured.
fn archives_read(upstream: &FakeRegistry) -> usize {
    let asked = upstream.requests_to("/archives/*").into_iter();
    asked.filter(|request| request.method == "GET").count()
}

#[tokio::test]
async fn a_dry_run_tells_exact_sizes_and_keeps_nothing() {
    let test = "modules::a_dry_run_tells_exact_sizes_and_keeps_nothing";
    let Some(atoll) = Atoll::find_for(test) else {
        return;
    };
    let upstream = upstream().await;
    mirrors(&atoll, &upstream, "");
    let server = atoll.serve_plainly().await;
    let dry = [&SELECT, ["--dry-run"].as_slice()].concat();
    let status = sync_json(&atoll, &dry).await;
    let sizes = SELECTED.map(|(module, version)| archive(module, version).len());
    assert_eq!(
        status["bytes_total"],
        sizes.iter().sum::<usize>(),
        "{status}"
    );
    assert_eq!(status["unknown_sizes"], 0, "{status}");
    assert_eq!(status["report"]["fetched"], selected(), "{status}");

    let ended = sync(&atoll, &dry).await;
    assert!(ended.stderr.contains("to fetch: 5 ("), "{ended}");
    let said = ended.succeeds();
    assert_eq!(said.lines().count(), 5, "{said}");
    for (module, version) in SELECTED {
        let line = format!("would fetch {HOST}/{module} {version}");
        assert!(said.lines().any(|said| said == line), "no {line}: {said}");
    }
    assert_eq!(archives_read(&upstream), 0);
    assert_eq!(held(&atoll).await, Vec::<Value>::new());
    let fsck = atoll.run(["fsck", "--json"]).await.succeeds();
    let fsck: Value = serde_json::from_str(&fsck).unwrap();
    assert_eq!(fsck["counts"]["held_blobs"], 0, "{fsck}");
    server.stop().await;
}

#[tokio::test]
async fn what_is_here_is_not_fetched_again_and_serves_without_upstream() {
    let test = "modules::what_is_here_is_not_fetched_again_and_serves_without_upstream";
    let Some(atoll) = Atoll::find_for(test) else {
        return;
    };
    let mut upstream = upstream().await;
    mirrors(&atoll, &upstream, "");
    let server = atoll.serve_plainly().await;
    let ended = sync(&atoll, &SELECT).await;
    assert!(ended.stderr.contains("fetched: 5 ("), "{ended}");
    assert!(ended.stderr.contains("already here: 0"), "{ended}");
    let said = ended.succeeds();
    for (module, version) in SELECTED {
        let line = format!("fetched {HOST}/{module} {version}");
        assert!(said.lines().any(|said| said == line), "no {line}: {said}");
    }
    assert_eq!(archives_read(&upstream), 5);
    let ended = sync(&atoll, &SELECT).await;
    assert!(
        ended.stderr.contains("fetched: 0 (0 B), already here: 5"),
        "{ended}"
    );
    assert_eq!(ended.succeeds(), "");
    assert_eq!(archives_read(&upstream), 5);
    // What upstream has new is all that comes.
    offer(&upstream, VPC, "5.2.0");
    let said = sync(&atoll, &SELECT).await.succeeds();
    assert_eq!(said, format!("fetched {HOST}/{VPC} 5.2.0\n"));
    assert_eq!(archives_read(&upstream), 6);
    server.stop().await;

    upstream.stop().await;
    let server = atoll.serve(&["--offline"]).await;
    let Some(terraform) = Terraform::find_for(test, server.ca_pem()) else {
        return;
    };
    let base = format!("{}/hosts/{HOST}/v1/modules/", server.url());
    terraform.configure(&modules_block(HOST, &base));
    installs(&terraform, &format!("{HOST}/{VPC}"), "~> 5.0", "5.2.0").await;
    installs(&terraform, &format!("{HOST}/{REEF}"), "1.0.0", "1.0.0").await;
    server.stop().await;
}

#[tokio::test]
async fn what_failed_is_told_and_comes_with_the_next_run() {
    let test = "modules::what_failed_is_told_and_comes_with_the_next_run";
    let Some(atoll) = Atoll::find_for(test) else {
        return;
    };
    let upstream = upstream().await;
    mirrors(&atoll, &upstream, "");
    let server = atoll.serve_plainly().await;
    let broken = archive_path(REEF, "1.1.0");
    upstream.fault(Fault::status(404).on(&broken));
    let ended = sync(&atoll, &SELECT).await;
    assert_eq!(ended.code, Some(1), "{ended}");
    let line = format!("failed {HOST}/{REEF} 1.1.0: ");
    assert!(ended.stdout.contains(&line), "{ended}");
    assert!(ended.stderr.contains("fetched: 4 ("), "{ended}");
    assert!(ended.stderr.contains("failed: 1"), "{ended}");
    upstream.clear_faults();
    upstream.clear_requests();
    let said = sync(&atoll, &SELECT).await.succeeds();
    assert_eq!(said, format!("fetched {HOST}/{REEF} 1.1.0\n"));
    assert_eq!(archives_read(&upstream), 1);
    server.stop().await;
}

#[tokio::test]
async fn a_run_that_was_killed_goes_on_where_it_was() {
    let test = "modules::a_run_that_was_killed_goes_on_where_it_was";
    let Some(atoll) = Atoll::find_for(test) else {
        return;
    };
    let upstream = upstream().await;
    mirrors(&atoll, &upstream, "");
    let server = atoll.serve_plainly().await;
    // The last one never comes.
    let slow = archive_path(VPC, "5.1.0");
    upstream.fault(Fault::delay(Duration::from_mins(5)).on(&slow));
    let admin = server.client(&atoll.token("admin").await);
    let select = ["coder/*", "terraform-aws-modules/vpc/aws ~> 5.0"];
    let body = json!({"upstream": HOST, "select": select}).to_string();
    let begun = admin.post("/api/v1/mirror/sync", body).await.json();
    let path = format!("/api/v1/mirror/sync/{}", begun["id"].as_str().unwrap());
    eventually(async || {
        let status = admin.get(&path).await.json();
        (status["versions_done"] == 4).then_some(())
    })
    .await;
    // Somebody else has to wait while it runs.
    let busy = sync(&atoll, &SELECT).await;
    busy.fails(1, &["is being synced"]);
    server.kill().await;

    upstream.clear_faults();
    upstream.clear_requests();
    let server = atoll.serve_plainly().await;
    let ended = sync(&atoll, &SELECT).await;
    assert!(ended.stderr.contains("already here: 4"), "{ended}");
    let said = ended.succeeds();
    assert_eq!(said, format!("fetched {HOST}/{VPC} 5.1.0\n"));
    assert_eq!(archives_read(&upstream), 1);
    server.stop().await;
}

#[tokio::test]
async fn the_configuration_selects_and_nonsense_is_refused() {
    let test = "modules::the_configuration_selects_and_nonsense_is_refused";
    let Some(atoll) = Atoll::find_for(test) else {
        return;
    };
    let upstream = upstream().await;
    let block = "  sync {\n    select = [\"coder/* latest:1\"]\n  }\n";
    mirrors(&atoll, &upstream, block);
    let server = atoll.serve_plainly().await;
    let said = atoll.run(["mirror", "sync"]).await.succeeds();
    assert_eq!(
        said,
        format!("fetched {HOST}/coder/atoll/coder 1.0.0\nfetched {HOST}/{REEF} 1.1.0\n")
    );
    let unnamed = atoll.run(["mirror", "sync", "--select", "coder/*"]).await;
    unnamed.fails(1, &["--upstream"]);
    let unknown = [
        "mirror",
        "sync",
        "--upstream",
        "absent.example",
        "--select",
        "a/*",
    ];
    atoll.run(unknown).await.fails(1, &["absent.example"]);
    let nonsense = sync(&atoll, &["--select", "coder"]).await;
    nonsense.fails(1, &["namespace/name/system"]);
    server.stop().await;
}
