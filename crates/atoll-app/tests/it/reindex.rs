//! Making the rows of versions anew.

use atoll_app::maintenance::reindex::ReindexReport;
use atoll_core::digest::Digest;
use atoll_core::layout::EMPTY_CONFIG;
use atoll_core::layout::proof::{KeyMaterial, ProofManifest, StoredBlob, render_keys};
use atoll_core::layout::provider::{self, PlatformPackage};
use atoll_core::origin::Origin;
use atoll_core::proof::Proof;
use atoll_core::sums::ShaSums;
use atoll_db::providers::VersionWithPlatforms;
use atoll_testkit::keys::{TEST_TIME, publisher_key, stranger_key};
use atoll_testkit::zips;
use bytes::Bytes;

use crate::house::{House, name};

house_tests!(
    what_is_right_stays_as_it_is,
    lost_rows_come_back_as_they_were,
    a_signature_counts_only_by_a_key_that_may_sign,
    a_claim_to_be_signed_here_needs_the_key_of_here,
    hashes_that_are_not_known_are_computed,
);

const CORAL: &str = "providers/self/acme/coral";

async fn reindex(house: &House) -> ReindexReport {
    let report = house.maintenance.reindex().await.unwrap();
    assert_eq!((report.problem_count, &report.problems[..]), (0, &[][..]));
    report
}

fn known(rows: &[VersionWithPlatforms]) -> Vec<(Origin, Proof)> {
    rows.iter()
        .map(|row| (row.version.origin, row.version.proof))
        .collect()
}

async fn what_is_right_stays_as_it_is(house: House) {
    house.publish("acme/coral", "1.0.0", &["linux_amd64"]).await;
    let before = house.rows(CORAL).await;
    let report = reindex(&house).await;
    assert_eq!(
        (
            report.versions,
            report.rows_changed,
            report.hashes_computed,
            report.edges_restored
        ),
        (1, 0, 0, 0)
    );
    assert_eq!(house.rows(CORAL).await, before);
}

async fn lost_rows_come_back_as_they_were(house: House) {
    house
        .publish("acme/coral", "1.0.0", &["linux_amd64", "darwin_arm64"])
        .await;
    house
        .publish_signed("acme/coral", "2.0.0+build.5", &["linux_amd64"])
        .await;
    let mirrored = house.upstream.provider("acme/coral").version("3.0.0");
    drop(mirrored.platform("linux_amd64").platform("windows_amd64"));
    house.capture("acme/coral", "3.0.0").await;
    let zip = house.zip("coral", "4.0.0", "linux_amd64").await;
    house
        .import("other.example/acme/coral", "4.0.0", vec![zip])
        .await
        .unwrap();
    push(&house, "providers/self/acme/pushed", "5.0.0").await;
    let versions = [
        (CORAL, "1.0.0"),
        (CORAL, "2.0.0_build.5"),
        ("providers/tf.example/acme/coral", "3.0.0"),
        ("providers/other.example/acme/coral", "4.0.0"),
        ("providers/self/acme/pushed", "5.0.0"),
    ];
    let mut before = Vec::new();
    for (repository, _) in versions {
        before.push(house.rows(repository).await);
    }
    let ways: Vec<_> = before[1..].iter().flat_map(|rows| known(rows)).collect();
    let expected = [
        (Origin::Published, Proof::Own),
        (Origin::Published, Proof::Signed),
        (Origin::Mirrored, Proof::Signed),
        (Origin::Imported, Proof::Hashed),
        (Origin::Pushed, Proof::Hashed),
    ];
    assert_eq!(ways, expected);
    for (repository, tag) in versions {
        house.lose_rows(repository, tag).await;
    }
    assert_eq!(reindex(&house).await.rows_changed, 5);
    for ((repository, _), before) in versions.iter().zip(before) {
        assert_eq!(house.rows(repository).await, before);
    }
}

async fn a_signature_counts_only_by_a_key_that_may_sign(house: House) {
    let repository = "providers/self/acme/coral";
    let index = push(&house, repository, "1.0.0").await;
    let key = stranger_key();
    attach_proof(&house, repository, &index, Proof::Signed, key).await;
    house.lose_rows(repository, "1.0.0").await;
    reindex(&house).await;
    assert_eq!(
        known(&house.rows(repository).await),
        [(Origin::Published, Proof::Hashed)],
        "anybody can make a key"
    );
    house
        .providers
        .register_key("acme", &key.public_armored().unwrap())
        .await
        .unwrap();
    house.lose_rows(repository, "1.0.0").await;
    reindex(&house).await;
    assert_eq!(
        known(&house.rows(repository).await),
        [(Origin::Published, Proof::Signed)]
    );
    // What the row says was verified when it was written.
    house
        .providers
        .remove_key("acme", key.key_id())
        .await
        .unwrap();
    assert_eq!(reindex(&house).await.rows_changed, 0);
}

async fn a_claim_to_be_signed_here_needs_the_key_of_here(house: House) {
    let repository = "providers/self/acme/coral";
    let index = push(&house, repository, "1.0.0").await;
    attach_proof(&house, repository, &index, Proof::Own, publisher_key()).await;
    house
        .providers
        .register_key("acme", &publisher_key().public_armored().unwrap())
        .await
        .unwrap();
    house.lose_rows(repository, "1.0.0").await;
    reindex(&house).await;
    assert_eq!(
        known(&house.rows(repository).await),
        [(Origin::Published, Proof::Hashed)]
    );
}

async fn hashes_that_are_not_known_are_computed(house: House) {
    let zip = zips::provider("coral", "1.0.0", "linux_amd64");
    drop(
        house
            .upstream
            .provider("acme/coral")
            .version("1.0.0")
            .platform("linux_amd64"),
    );
    house.capture("acme/coral", "1.0.0").await;
    let repository = "providers/tf.example/acme/coral";
    assert_eq!(
        reindex(&house).await.hashes_computed,
        0,
        "its bytes are not here"
    );
    // They come behind the server's back, so nobody has looked into them.
    assert_eq!(
        house.old_blob("acme/elsewhere", &zip).await,
        Digest::sha256(&zip)
    );
    assert_eq!(house.rows(repository).await[0].archives[0].h1, None);
    assert_eq!(reindex(&house).await.hashes_computed, 1);
    assert_eq!(
        house.rows(repository).await[0].archives[0].h1,
        Some(zips::h1(&zip))
    );
}

/// Pushes a version as an OCI client does; returns its index.
async fn push(house: &House, repository: &str, version: &str) -> Digest {
    let zip = zips::provider("coral", version, "linux_amd64");
    link(house, repository, zip.clone()).await;
    link(house, repository, Bytes::from_static(EMPTY_CONFIG)).await;
    let package = PlatformPackage {
        platform: "linux_amd64".parse().unwrap(),
        digest: Digest::sha256(&zip),
        size_bytes: zip.len() as u64,
        file_name: format!("terraform-provider-coral_{version}_linux_amd64.zip"),
    };
    let built = provider::build(
        &version.parse().unwrap(),
        &atoll_core::release::Protocols::default(),
        &[package],
    );
    for (_, manifest) in built.platforms {
        house
            .push(repository, manifest.digest.as_str(), manifest.bytes.into())
            .await
            .unwrap();
    }
    house
        .push(repository, version, built.index.bytes.into())
        .await
        .unwrap()
}

/// Attaches a proof to a version, as anybody may who can push.
async fn attach_proof(
    house: &House,
    repository: &str,
    index: &Digest,
    proof: Proof,
    key: &atoll_core::openpgp::SigningKey,
) {
    let rows = house.rows(repository).await;
    let row = rows
        .iter()
        .find(|row| row.version.index_digest == *index)
        .unwrap();
    let packages = row.archives.iter().map(|archive| &archive.package);
    let entries = packages.map(|package| (package.file_name.as_str(), package.zip_digest.clone()));
    let sums = ShaSums::from_entries(entries).unwrap().render();
    let signature = key.sign_detached(sums.as_bytes(), TEST_TIME).unwrap();
    let keys = render_keys(&[KeyMaterial::of(&key.public_key().unwrap())]);
    let manifest = ProofManifest {
        subject: StoredBlob {
            digest: index.clone(),
            size_bytes: 2,
        },
        proof,
        signer: Some(key.key_id()),
        origin: None,
        sums: Some(link(house, repository, sums.into()).await),
        signature: Some(link(house, repository, signature.into()).await),
        keys: Some(link(house, repository, keys.into()).await),
    };
    let bytes = manifest.to_bytes();
    house
        .push(repository, Digest::sha256(&bytes).as_str(), bytes.into())
        .await
        .unwrap();
}

async fn link(house: &House, repository: &str, bytes: Bytes) -> StoredBlob {
    let staged = house.registry.stage_bytes(bytes).await.unwrap();
    let mut plan = atoll_app::registry::Plan::new(name(repository), Origin::Pushed);
    plan.blobs.push(staged.planned());
    house.registry.apply(plan).await.unwrap();
    StoredBlob {
        digest: staged.digest,
        size_bytes: staged.size,
    }
}
