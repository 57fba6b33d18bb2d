//! `atoll mirror sync` beside a running server: providers.

use atoll_testkit::atoll::Atoll;
use atoll_testkit::registry::FakeRegistry;
use atoll_testkit::terraform::Terraform;
use atoll_testkit::zips;
use serde_json::{Value, json};

use super::program_sync::{held, mirrors, sync, sync_json};
use super::world::HOST;

const CORAL: &str = "acme/coral";
const LINUX: &str = "linux_amd64";
const DARWIN: &str = "darwin_arm64";
const VERSIONS: [&str; 4] = ["1.0.0", "1.1.0", "2.0.0", "2.1.0-rc.1"];

async fn upstream() -> FakeRegistry {
    let upstream = FakeRegistry::start().await;
    for version in VERSIONS {
        let release = upstream.provider(CORAL).version(version);
        let _ = release.platform(LINUX).platform(DARWIN);
    }
    let release = upstream.provider("acme/kelp").version("1.0.0");
    let _ = release.platform(LINUX);
    upstream
}

/// The archives that were read whole, each once.
fn packages_read(upstream: &FakeRegistry) -> Vec<String> {
    let asked = upstream.requests_to("*.zip").into_iter();
    let mut read: Vec<String> = asked
        .filter(|request| request.method == "GET" && request.header("range") != Some("bytes=0-0"))
        .map(|request| request.path.rsplit('/').next().unwrap().to_owned())
        .collect();
    read.sort();
    read
}

fn zip_names(versions: &[&str], platforms: &[&str]) -> Vec<String> {
    let mut names: Vec<String> = versions
        .iter()
        .flat_map(|version| {
            platforms
                .iter()
                .map(move |platform| format!("terraform-provider-coral_{version}_{platform}.zip"))
        })
        .collect();
    names.sort();
    names
}

fn size(versions: &[&str], platforms: &[&str]) -> usize {
    let of_version = |version: &&str| -> usize {
        let sizes = platforms
            .iter()
            .map(|platform| zips::provider("coral", version, platform).len());
        sizes.sum()
    };
    versions.iter().map(of_version).sum()
}

#[tokio::test]
async fn versions_are_chosen_by_a_constraint() {
    let test = "modules::versions_are_chosen_by_a_constraint";
    chooses(test, "acme/coral ~> 1.0", &[LINUX], &["1.0.0", "1.1.0"]).await;
}

#[tokio::test]
async fn a_prerelease_is_chosen_by_its_name() {
    let test = "modules::a_prerelease_is_chosen_by_its_name";
    chooses(test, "acme/coral 2.1.0-rc.1", &[DARWIN], &["2.1.0-rc.1"]).await;
}

#[tokio::test]
async fn the_latest_are_chosen_for_every_platform() {
    let test = "modules::the_latest_are_chosen_for_every_platform";
    chooses(test, "acme/coral latest:2", &[], &["1.1.0", "2.0.0"]).await;
}

/// Syncs what is selected, for these platforms: it must be these versions, measured, fetched, and not fetched again.
async fn chooses(test: &str, select: &str, platforms: &[&str], versions: &[&str]) {
    let Some(atoll) = Atoll::find_for(test) else {
        return;
    };
    let upstream = upstream().await;
    mirrors(&atoll, &upstream, "");
    let server = atoll.serve_plainly().await;
    let flags = platforms
        .iter()
        .flat_map(|platform| ["--platform", platform]);
    let words: Vec<&str> = ["--select", select].into_iter().chain(flags).collect();
    let every = [LINUX, DARWIN];
    let platforms = if platforms.is_empty() {
        &every
    } else {
        platforms
    };

    let dry = sync_json(&atoll, &[words.as_slice(), &["--dry-run"]].concat()).await;
    assert_eq!(dry["bytes_total"], size(versions, platforms), "{dry}");
    assert_eq!(packages_read(&upstream), Vec::<String>::new());
    assert_eq!(held(&atoll).await, Vec::<Value>::new());

    let said = sync(&atoll, &words).await.succeeds();
    let mut lines: Vec<&str> = said.lines().collect();
    lines.sort_unstable();
    let mut expected: Vec<String> = versions
        .iter()
        .flat_map(|version| {
            platforms
                .iter()
                .map(move |platform| format!("fetched {HOST}/{CORAL} {version} for {platform}"))
        })
        .collect();
    expected.sort_unstable();
    assert_eq!(lines, expected);
    assert_eq!(packages_read(&upstream), zip_names(versions, platforms));

    let again = sync_json(&atoll, &words).await;
    assert_eq!(again["report"]["fetched"], json!([]), "{again}");
    assert_eq!(again["report"]["present"], versions.len() * platforms.len());
    assert_eq!(packages_read(&upstream), zip_names(versions, platforms));
    server.stop().await;
}

#[tokio::test]
async fn what_was_fetched_ahead_installs_without_upstream() {
    let test = "modules::what_was_fetched_ahead_installs_without_upstream";
    let Some(atoll) = Atoll::find_for(test) else {
        return;
    };
    let mut upstream = upstream().await;
    let block = "  sync {\n    select    = [\"acme/coral ~> 1.0\"]\n    platforms = [\"linux_amd64\"]\n  }\n";
    mirrors(&atoll, &upstream, block);
    let server = atoll.serve_plainly().await;
    atoll.run(["mirror", "sync"]).await.succeeds();
    server.stop().await;
    upstream.stop().await;
    let server = atoll.serve(&["--offline"]).await;
    let Some(terraform) = Terraform::find_for(test, server.ca_pem()) else {
        return;
    };
    let (_, port) = server.host().split_once(':').unwrap();
    terraform.configure_mirror(&format!("https://localhost:{port}/mirror/"));
    terraform.require(&[("coral", &format!("{HOST}/{CORAL}"), ">= 1.0.0")]);
    let _ = terraform.init().await.succeeds().says("v1.1.0");
    server.stop().await;
}
