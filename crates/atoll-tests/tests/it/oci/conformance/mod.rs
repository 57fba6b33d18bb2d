//! What the distribution specification asks of a registry, check by check, and for both digest algorithms.
//!
//! The groups are those of the specification's own suite, and everything that its main branch adds.
//!
//! Spec: <https://github.com/opencontainers/distribution-spec/blob/main/spec.md>

mod blobs;
mod chunks;
mod codes;
mod errors;
mod items;
mod life;
mod manifests;
mod mounts;
mod ranges;
mod referrers;
mod refusals;
mod suite;
mod support;
mod tags;
mod uploads;
mod ways;

use std::io::Write as _;

use atoll_core::digest::Algorithm;
use atoll_testkit::server::TestServer;

use suite::{Suite, Tally};

/// Fewer would mean that a group was not run.
const CHECKS_MIN: usize = 5000;

#[tokio::test]
async fn conformance() {
    let server = TestServer::start().await;
    report(
        "",
        run(&server, Algorithm::Sha256).await,
        run(&server, Algorithm::Sha512).await,
    );
}

#[tokio::test]
async fn conformance_over_http2() {
    let server = TestServer::builder().tls().start().await;
    report(
        " over HTTP/2",
        run(&server, Algorithm::Sha256).await,
        run(&server, Algorithm::Sha512).await,
    );
}

#[tokio::test]
async fn conformance_on_postgres() {
    let Some(server) = super::on_postgres("conformance_on_postgres").await else {
        return;
    };
    report(
        " on PostgreSQL",
        run(&server, Algorithm::Sha256).await,
        run(&server, Algorithm::Sha512).await,
    );
}

fn report(place: &str, sha256: Tally, sha512: Tally) {
    // Not by `eprintln!`, of which the test runner shows nothing where the test passes.
    let counted = writeln!(
        std::io::stderr(),
        "oci conformance{place}: {} checks, sha256 {}, sha512 {}",
        sha256.count + sha512.count,
        sha256.count,
        sha512.count
    );
    counted.unwrap();
    assert!(sha256.count > CHECKS_MIN && sha512.count > CHECKS_MIN);
    let failures = [sha256.failures, sha512.failures].concat();
    assert!(
        failures.is_empty(),
        "{} checks failed:\n{}",
        failures.len(),
        failures.join("\n")
    );
}

async fn run(server: &TestServer, algorithm: Algorithm) -> Tally {
    let client = server
        .robot("push:conformance/* delete:conformance/*")
        .await;
    let suite = Suite::new(client, algorithm);
    support::run(&suite).await;
    errors::run(&suite).await;
    uploads::run(&suite).await;
    chunks::run(&suite).await;
    mounts::run(&suite).await;
    blobs::run(&suite).await;
    ranges::run(&suite).await;
    manifests::run(&suite).await;
    refusals::run(&suite).await;
    items::run(&suite).await;
    referrers::run(&suite).await;
    tags::run(&suite).await;
    suite.tally()
}
