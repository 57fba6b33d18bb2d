//! Checking and mending.

use atoll_app::maintenance::fsck::{Damage, Fault, FsckOptions, FsckReport, Repair};
use atoll_app::registry::BlobSource;
use atoll_core::digest::Digest;
use atoll_testkit::zips;
use bytes::Bytes;
use futures_util::TryStreamExt as _;

use crate::house::{House, client, name};

house_tests!(
    a_sound_store_has_no_damage,
    bytes_that_are_missing_cut_or_changed_are_found_and_nothing_else,
    a_lost_blob_is_hidden_until_it_is_pushed_again,
    damaged_bytes_of_an_upstream_are_fetched_again,
    files_without_rows_are_no_damage,
    versions_that_are_not_listed_are_found_and_mended,
    versions_that_are_listed_wrongly_are_found_and_mended,
    links_and_edges_that_are_missing_are_found_and_mended,
    manifests_with_other_bytes_are_found,
);

const APP: &str = "acme/app";
const CORAL: &str = "providers/self/acme/coral";

const QUICK: FsckOptions = FsckOptions {
    verify_content: false,
    repair: false,
};
const WHOLE: FsckOptions = FsckOptions {
    verify_content: true,
    repair: false,
};
const REPAIR: FsckOptions = FsckOptions {
    verify_content: true,
    repair: true,
};

async fn check(house: &House, options: FsckOptions) -> FsckReport {
    house.maintenance.check(options).await.unwrap()
}

fn only(fault: Fault, repair: Repair) -> Vec<Damage> {
    vec![Damage { fault, repair }]
}

/// A house with something of everything in it.
async fn furnish(house: &House) {
    house
        .old_image(APP, Some("v1"), &[b"one layer", b"another layer"], None)
        .await;
    house
        .publish("acme/coral", "1.0.0", &["linux_amd64", "darwin_arm64"])
        .await;
    let coral = house.upstream.provider("acme/coral").version("2.0.0");
    drop(coral.platform("linux_amd64").platform("windows_amd64"));
    house.capture("acme/coral", "2.0.0").await;
    let zip = house.zip("reef", "1.0.0", "linux_amd64").await;
    house
        .import("other.example/acme/reef", "1.0.0", vec![zip])
        .await
        .unwrap();
}

async fn a_sound_store_has_no_damage(house: House) {
    furnish(&house).await;
    for options in [QUICK, WHOLE, REPAIR] {
        let report = check(&house, options).await;
        assert_eq!(report.damage, []);
        let counts = report.counts;
        assert_eq!(
            (
                counts.damages,
                counts.lazy_blobs,
                counts.orphans,
                counts.versions
            ),
            (0, 2, 0, 3)
        );
    }
}

async fn bytes_that_are_missing_cut_or_changed_are_found_and_nothing_else(house: House) {
    furnish(&house).await;
    let layer = Digest::sha256(b"one layer");
    // Whoever read it before still has the good file open.
    house.blobs.open(&layer).await.unwrap();
    house.damage(&layer, b"one lay");
    let cut = Fault::BlobSize {
        digest: layer.clone(),
        expected: 9,
        actual: 7,
    };
    assert_eq!(check(&house, QUICK).await.damage, only(cut, Repair::None));
    house.damage(&layer, b"one Layer");
    assert_eq!(check(&house, QUICK).await.damage, [], "sizes are the same");
    let changed = Fault::BlobContent {
        digest: layer.clone(),
        actual: Digest::sha256(b"one Layer"),
    };
    assert_eq!(
        check(&house, WHOLE).await.damage,
        only(changed, Repair::None)
    );
    std::fs::remove_file(house.file(&layer)).unwrap();
    let report = check(&house, QUICK).await;
    assert_eq!(
        report.damage,
        only(Fault::BlobMissing { digest: layer }, Repair::None)
    );
    assert_eq!(report.counts.damages, 1);
}

async fn a_lost_blob_is_hidden_until_it_is_pushed_again(house: House) {
    furnish(&house).await;
    let layer = Digest::sha256(b"one layer");
    house.damage(&layer, b"garbage");
    let fault = Fault::BlobSize {
        digest: layer.clone(),
        expected: 9,
        actual: 7,
    };
    assert_eq!(
        check(&house, REPAIR).await.damage,
        only(fault, Repair::Hidden)
    );
    assert!(
        !house.has_bytes(&layer).await,
        "the bytes lie in quarantine"
    );
    assert!(
        house.registry.find_blob(&name(APP), &layer).await.is_err(),
        "so clients push it again"
    );
    let report = check(&house, REPAIR).await;
    assert!(
        matches!(&report.damage[..], [Damage { fault: Fault::Unlinked { blob, .. }, repair: Repair::None }] if *blob == layer)
    );
    house.old_blob(APP, b"one layer").await;
    assert_eq!(check(&house, WHOLE).await.damage, []);
}

async fn damaged_bytes_of_an_upstream_are_fetched_again(house: House) {
    furnish(&house).await;
    let zip = Digest::sha256(&zips::provider("coral", "2.0.0", "linux_amd64"));
    assert_eq!(
        read(&house, &zip).await,
        zips::provider("coral", "2.0.0", "linux_amd64")
    );
    assert_eq!(check(&house, WHOLE).await.damage, []);
    house.damage(&zip, b"garbage");
    let report = check(&house, REPAIR).await;
    assert!(matches!(
        &report.damage[..],
        [Damage {
            fault: Fault::BlobSize { .. },
            repair: Repair::Refetched
        }]
    ));
    assert_eq!(check(&house, WHOLE).await.damage, []);
    assert_eq!(
        read(&house, &zip).await,
        zips::provider("coral", "2.0.0", "linux_amd64")
    );
    assert!(house.has_bytes(&zip).await);
}

async fn read(house: &House, digest: &Digest) -> Vec<u8> {
    let source: BlobSource = house.mirrors.open(digest, &client()).await.unwrap();
    let size = source.size();
    let chunks: Vec<Bytes> = source.stream(0..size).try_collect().await.unwrap();
    let read = chunks.concat();
    // The bytes are here before the row says so.
    crate::mirror::eventually("it is noted", || async {
        let mut read = house.db.read().await.unwrap();
        atoll_db::blobs::find(&mut read, digest)
            .await
            .unwrap()
            .unwrap()
            .is_held()
    })
    .await;
    read
}

async fn files_without_rows_are_no_damage(house: House) {
    furnish(&house).await;
    let orphan = Digest::sha256(b"orphan");
    drop(
        house
            .blobs
            .put(&orphan, Bytes::from_static(b"orphan"))
            .await
            .unwrap(),
    );
    let report = check(&house, WHOLE).await;
    assert_eq!(
        (
            report.damage.len(),
            report.counts.orphans,
            report.counts.orphan_bytes
        ),
        (0, 1, 6)
    );
}

async fn versions_that_are_not_listed_are_found_and_mended(house: House) {
    furnish(&house).await;
    let before = house.rows(CORAL).await;
    house.lose_rows(CORAL, "1.0.0").await;
    let fault = Fault::VersionUnlisted {
        repository: name(CORAL),
        tag: "1.0.0".parse().unwrap(),
    };
    assert_eq!(
        check(&house, QUICK).await.damage,
        only(fault.clone(), Repair::None)
    );
    assert_eq!(
        check(&house, REPAIR).await.damage,
        only(fault, Repair::Restored)
    );
    assert_eq!(check(&house, QUICK).await.damage, []);
    assert_eq!(house.rows(CORAL).await, before);
}

async fn versions_that_are_listed_wrongly_are_found_and_mended(house: House) {
    furnish(&house).await;
    let before = house.rows(CORAL).await;
    let mut wrong = before[0].clone();
    wrong.version.protocols = vec!["9.9".to_owned()];
    let packages: Vec<_> = wrong
        .archives
        .iter()
        .map(|archive| archive.package.clone())
        .collect();
    let fault = |what| Fault::VersionDiffers {
        repository: name(CORAL),
        tag: "1.0.0".parse().unwrap(),
        what,
    };
    for (packages, what) in [
        (&packages[..], "list of protocols"),
        (&packages[..1], "list of platforms"),
    ] {
        let mut tx = house.db.begin("test").await.unwrap();
        let row = atoll_db::repositories::find(&mut tx, &name(CORAL))
            .await
            .unwrap()
            .unwrap();
        atoll_db::providers::put(&mut tx, row.id, &wrong.version, packages)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        wrong.version.protocols = before[0].version.protocols.clone();
        assert_eq!(
            check(&house, QUICK).await.damage,
            only(fault(what), Repair::None)
        );
        assert_eq!(
            check(&house, REPAIR).await.damage,
            only(fault(what), Repair::Restored)
        );
        assert_eq!(house.rows(CORAL).await, before);
    }
}

async fn links_and_edges_that_are_missing_are_found_and_mended(house: House) {
    furnish(&house).await;
    let layer = Digest::sha256(b"another layer");
    let mut tx = house.db.begin("test").await.unwrap();
    let row = atoll_db::repositories::find(&mut tx, &name(APP))
        .await
        .unwrap()
        .unwrap();
    assert!(
        atoll_db::blobs::unlink(&mut tx, row.id, &layer)
            .await
            .unwrap()
    );
    tx.commit().await.unwrap();
    let report = check(&house, REPAIR).await;
    assert!(
        matches!(&report.damage[..], [Damage { fault: Fault::Unlinked { blob, .. }, repair: Repair::Restored }] if *blob == layer)
    );
    assert!(house.has(APP, &layer).await);
    // An index whose child nobody noted.
    let child = house.old_image(APP, None, &[b"one layer"], None).await;
    let index = house
        .old_index_without_edges(APP, "v3", std::slice::from_ref(&child))
        .await;
    let fault = Fault::EdgeMissing {
        manifest: index,
        to: child,
    };
    assert_eq!(
        check(&house, QUICK).await.damage,
        only(fault.clone(), Repair::None)
    );
    assert_eq!(
        check(&house, REPAIR).await.damage,
        only(fault, Repair::Restored)
    );
    assert_eq!(check(&house, QUICK).await.damage, []);
}

async fn manifests_with_other_bytes_are_found(house: House) {
    furnish(&house).await;
    let digest = house
        .old_manifest_with_digest_of(APP, "what it was", "what it is")
        .await;
    assert_eq!(
        check(&house, QUICK).await.damage,
        only(Fault::ManifestContent { digest }, Repair::None)
    );
    let digest = house
        .old_manifest_with_digest_of("acme/other", "no manifest", "no manifest")
        .await;
    let report = check(&house, QUICK).await;
    assert!(report.damage.iter().any(|damage| matches!(&damage.fault, Fault::ManifestInvalid { digest: found, .. } if *found == digest)));
    assert_eq!(report.counts.damages, 2);
}
