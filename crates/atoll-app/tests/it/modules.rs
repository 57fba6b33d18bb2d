//! Keeping modules whole: checking, mending, collecting.

use std::time::Duration;

use atoll_app::maintenance::fsck::{Fault, FsckOptions, FsckReport};
use atoll_app::maintenance::gc::GcOptions;
use atoll_core::origin::Origin;
use atoll_core::proof::Proof;
use atoll_db::modules::ModuleVersion;

use crate::house::{House, name};

const VPC: &str = "modules/self/acme/vpc/aws";
const NET: &str = "modules/tf.example/acme/net/aws";

const QUICK: FsckOptions = FsckOptions {
    verify_content: false,
    repair: false,
};

/// A published module with two versions, and a mirrored one.
async fn furnished() -> House {
    let house = House::new().await;
    house.publish_module("Acme/vpc/aws", "1.0.0", "# one").await;
    house
        .publish_module("Acme/vpc/aws", "2.0.0+b1", "# two")
        .await;
    house
        .capture_module("acme/net/aws", "3.0.0", "# three")
        .await;
    house
}

async fn check(house: &House, options: FsckOptions) -> FsckReport {
    house.maintenance.check(options).await.unwrap()
}

async fn faults(house: &House) -> Vec<Fault> {
    let damage = check(house, QUICK).await.damage;
    damage.into_iter().map(|damage| damage.fault).collect()
}

fn known(rows: &[ModuleVersion]) -> Vec<(Origin, Proof)> {
    rows.iter().map(|row| (row.origin, row.proof)).collect()
}

#[tokio::test]
async fn a_publisher_that_goes_away_has_published() {
    let house = furnished().await;
    let new = house.new_module("acme/vpc/aws", "3.0.0", "# three").await;
    let mut publishing = Box::pin(house.modules.publish(new));
    let looked = futures_util::future::poll_immediate(&mut publishing).await;
    assert!(looked.is_none(), "it was over at once");
    drop(publishing);
    let published = async {
        while house.module_rows(VPC).await.len() < 3 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let published = tokio::time::timeout(Duration::from_secs(20), published).await;
    assert!(published.is_ok(), "it was given up");
}

#[tokio::test]
async fn sound_modules_stay_as_they_are() {
    let house = furnished().await;
    assert_eq!(faults(&house).await, []);
    let whole = FsckOptions {
        verify_content: true,
        repair: true,
    };
    assert_eq!(check(&house, whole).await.damage, []);
    let before = (house.module_rows(VPC).await, house.module_rows(NET).await);
    let report = house.maintenance.reindex().await.unwrap();
    assert_eq!((report.versions, report.rows_changed), (3, 0));
    assert_eq!(report.problems, []);
    let after = (house.module_rows(VPC).await, house.module_rows(NET).await);
    assert_eq!(after, before);
}

#[tokio::test]
async fn lost_rows_are_found_and_come_back_as_they_were() {
    let house = furnished().await;
    let before = (house.module_rows(VPC).await, house.module_rows(NET).await);
    assert_eq!(known(&before.0), [(Origin::Published, Proof::Hashed); 2]);
    assert_eq!(known(&before.1), [(Origin::Mirrored, Proof::Unsigned)]);
    assert_eq!(before.0[0].address.as_deref(), Some("Acme/vpc/aws"));
    assert!(before.1[0].source.is_some());
    let lost = [(VPC, "1.0.0"), (VPC, "2.0.0_b1"), (NET, "3.0.0")];
    for (repository, tag) in lost {
        house.lose_module_row(repository, tag).await;
        assert!(
            !house
                .module_rows(repository)
                .await
                .iter()
                .any(|row| row.tag.as_str() == tag)
        );
    }
    let expected = lost.map(|(repository, tag)| Fault::VersionUnlisted {
        repository: name(repository),
        tag: tag.parse().unwrap(),
    });
    assert_eq!(faults(&house).await, expected);
    let report = house.maintenance.reindex().await.unwrap();
    assert_eq!((report.versions, report.rows_changed), (3, 3));
    let after = (house.module_rows(VPC).await, house.module_rows(NET).await);
    assert_eq!(after, before);
    assert_eq!(faults(&house).await, []);
}

#[tokio::test]
async fn wrong_rows_are_found_and_mended() {
    let house = furnished().await;
    let right = house.module_rows(NET).await.remove(0);
    let other = house.module_rows(VPC).await.remove(0);
    let wrong = |change: &dyn Fn(&mut ModuleVersion)| {
        let mut row = right.clone();
        change(&mut row);
        row
    };
    for (row, what) in [
        (
            wrong(&|row| row.manifest_digest = other.manifest_digest.clone()),
            "manifest",
        ),
        (
            wrong(&|row| row.zip_digest = other.zip_digest.clone()),
            "package",
        ),
        (wrong(&|row| row.zip_size += 1), "package"),
        (
            wrong(&|row| row.subdir = Some("modules/x".to_owned())),
            "directory",
        ),
        (wrong(&|row| row.address = None), "address"),
        (wrong(&|row| row.source = None), "source"),
        (
            wrong(&|row| row.revision = Some("abc".to_owned())),
            "source",
        ),
    ] {
        house.write_module_row(NET, &row).await;
        let fault = Fault::VersionDiffers {
            repository: name(NET),
            tag: "3.0.0".parse().unwrap(),
            what,
        };
        assert_eq!(faults(&house).await, [fault], "{what}");
        let report = house.maintenance.reindex().await.unwrap();
        assert_eq!(report.rows_changed, 1, "{what}");
        let mended = house.module_rows(NET).await;
        assert_eq!(mended, std::slice::from_ref(&right), "{what}");
    }
}

#[tokio::test]
async fn packages_of_modules_are_kept_while_their_versions_are() {
    let house = furnished().await;
    let rows = [house.module_rows(VPC).await, house.module_rows(NET).await].concat();
    let everything = GcOptions {
        dry_run: false,
        untagged: Some(0),
        grace_secs: 0,
    };
    house.maintenance.collect(everything).await.unwrap();
    for row in &rows {
        assert!(house.has_bytes(&row.zip_digest).await, "{}", row.version);
    }
    let module = "self/acme/vpc/aws".parse().unwrap();
    let one = rows.first().unwrap();
    house.modules.delete(&module, &one.version).await.unwrap();
    house.maintenance.collect(everything).await.unwrap();
    for row in rows.get(1..).unwrap() {
        assert!(house.has_bytes(&row.zip_digest).await, "{}", row.version);
    }
    assert_eq!(faults(&house).await, []);
}
