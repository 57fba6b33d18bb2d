//! Importing versions out of trees.

use std::collections::BTreeMap;

use atoll_app::maintenance::fsck::FsckOptions;
use atoll_app::providers::{Import, ImportError, Imported, ReleaseZip};
use atoll_core::kind::ErrorKind;
use atoll_core::origin::Origin;
use atoll_core::proof::Proof;
use atoll_db::blobs::BlobState;
use atoll_testkit::zips;

use crate::house::House;

house_tests!(
    platforms_join_one_import_after_the_other,
    a_version_that_was_captured_is_filled_and_not_changed,
    lazy_platforms_stay_lazy_when_others_join,
    hashes_that_were_given_have_to_be_right,
    zips_are_looked_into_lightly,
    what_can_be_no_import_is_refused,
    imports_at_once_lose_nothing,
);

const REEF: &str = "other.example/acme/reef";
const REPOSITORY: &str = "providers/other.example/acme/reef";

async fn import_with(
    house: &House,
    zip: ReleaseZip,
    hashes: &[&str],
) -> Result<Imported, ImportError> {
    let hashes = hashes.iter().map(ToString::to_string).collect();
    let import = Import {
        provider: REEF.parse().unwrap(),
        version: "1.0.0".parse().unwrap(),
        zips: vec![zip],
        hashes: BTreeMap::from([("linux_amd64".parse().unwrap(), hashes)]),
    };
    house.providers.import_version(import).await
}

async fn platforms_join_one_import_after_the_other(house: House) {
    let linux = house.zip("reef", "1.0.0", "linux_amd64").await;
    let first = house
        .import(REEF, "1.0.0", vec![linux.clone()])
        .await
        .unwrap();
    assert_eq!(
        (first.platforms, first.added, first.proof.as_str()),
        (
            vec!["linux_amd64".into()],
            vec!["linux_amd64".into()],
            "hashed"
        )
    );
    let darwin = house.zip("reef", "1.0.0", "darwin_arm64").await;
    let second = house
        .import(REEF, "1.0.0", vec![darwin, linux.clone()])
        .await
        .unwrap();
    assert_eq!(second.platforms, ["darwin_arm64", "linux_amd64"]);
    assert_eq!(second.added, ["darwin_arm64"]);
    let rows = house.rows(REPOSITORY).await;
    let row = &rows[0];
    assert_eq!(
        (row.version.origin, row.version.proof),
        (Origin::Imported, Proof::Hashed)
    );
    assert!(
        row.archives
            .iter()
            .all(|archive| archive.state == Some(BlobState::Held) && archive.h1.is_some())
    );
    let again = house.import(REEF, "1.0.0", vec![linux]).await.unwrap();
    assert_eq!((again.platforms.len(), again.added.len()), (2, 0));
    assert_eq!(house.rows(REPOSITORY).await, rows);
    assert_eq!(
        house
            .maintenance
            .check(FsckOptions::default())
            .await
            .unwrap()
            .damage,
        []
    );
}

async fn a_version_that_was_captured_is_filled_and_not_changed(house: House) {
    let coral = house.upstream.provider("acme/coral").version("1.0.0");
    drop(coral.platform("linux_amd64").platform("darwin_arm64"));
    house.capture("acme/coral", "1.0.0").await;
    let (address, repository) = ("tf.example/acme/coral", "providers/tf.example/acme/coral");
    let states = async || {
        let rows = house.rows(repository).await;
        rows[0]
            .archives
            .iter()
            .map(|archive| archive.state.unwrap())
            .collect::<Vec<_>>()
    };
    assert_eq!(states().await, [BlobState::Lazy, BlobState::Lazy]);
    let before = house.rows(repository).await[0].version.clone();
    let linux = house.zip("coral", "1.0.0", "linux_amd64").await;
    let imported = house.import(address, "1.0.0", vec![linux]).await.unwrap();
    assert_eq!(
        (
            imported.platforms.len(),
            imported.added.len(),
            imported.proof.as_str()
        ),
        (2, 0, "signed")
    );
    assert_eq!(states().await, [BlobState::Lazy, BlobState::Held]);
    assert_eq!(house.rows(repository).await[0].version, before);

    let other = house
        .zip_of(
            "coral",
            "1.0.0",
            "darwin_arm64",
            zips::provider("coral", "6.6.6", "darwin_arm64"),
        )
        .await;
    let error = house
        .import(address, "1.0.0", vec![other])
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    assert!(
        matches!(&error, ImportError::Differs { name, .. } if **name == *"terraform-provider-coral_1.0.0_darwin_arm64.zip"),
        "{error}"
    );
    let unknown = house.zip("coral", "1.0.0", "windows_amd64").await;
    let error = house
        .import(address, "1.0.0", vec![unknown])
        .await
        .unwrap_err();
    assert!(matches!(error, ImportError::NotPart { .. }), "{error}");
    assert_eq!(states().await, [BlobState::Lazy, BlobState::Held]);
}

async fn lazy_platforms_stay_lazy_when_others_join(house: House) {
    // A network mirror vouches for nothing, so platforms may join what was captured from it.
    let coral = house.upstream.provider("acme/coral").version("1.0.0");
    drop(coral.platform("linux_amd64"));
    house.capture("acme/coral", "1.0.0").await;
    let repository = "providers/tf.example/acme/coral";
    house.forget_proof(repository).await;
    let joins = house.zip("coral", "1.0.0", "windows_amd64").await;
    let imported = house
        .import("tf.example/acme/coral", "1.0.0", vec![joins])
        .await
        .unwrap();
    assert_eq!(imported.added, ["windows_amd64"]);
    let rows = house.rows(repository).await;
    let states: Vec<_> = rows[0]
        .archives
        .iter()
        .map(|archive| archive.state.unwrap())
        .collect();
    assert_eq!(states, [BlobState::Lazy, BlobState::Held]);
    assert_eq!(rows[0].version.origin, Origin::Mirrored);
}

async fn hashes_that_were_given_have_to_be_right(house: House) {
    let bytes = zips::provider("reef", "1.0.0", "linux_amd64");
    let zip = house.zip("reef", "1.0.0", "linux_amd64").await;
    let (zh, h1) = (format!("zh:{}", zips::sha256_hex(&bytes)), zips::h1(&bytes));
    let wrong_zh = format!("zh:{}", zips::sha256_hex(b"other"));
    let wrong_h1 = "h1:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
    for hashes in [
        &[wrong_zh.as_str()][..],
        &[wrong_h1],
        &[&zh, wrong_h1],
        &[&h1, &wrong_zh],
    ] {
        let error = import_with(&house, zip.clone(), hashes).await.unwrap_err();
        assert!(matches!(error, ImportError::HashMismatch { .. }), "{error}");
        let text = error.to_string();
        assert!(
            text.contains(&zip.name) && (text.contains(&zh) || text.contains(&h1)),
            "{text}"
        );
        assert_eq!(error.kind(), ErrorKind::Invalid);
    }
    assert!(
        house
            .registry
            .list_tags(&REPOSITORY.parse().unwrap(), 9, None)
            .await
            .unwrap()
            .is_none(),
        "nothing is visible"
    );
    // One of each scheme is enough, and unknown schemes say nothing.
    import_with(&house, zip, &[wrong_h1, &h1, &zh, "h9:unknown"])
        .await
        .unwrap();
}

async fn zips_are_looked_into_lightly(house: House) {
    let with_directories = house
        .zip_of(
            "reef",
            "1.0.0",
            "linux_amd64",
            zips::with_directory_entry("reef", "1.0.0"),
        )
        .await;
    house
        .import(REEF, "1.0.0", vec![with_directories])
        .await
        .unwrap();
    let refused = [
        zips::provider("other", "1.0.0", "linux_amd64"),
        zips::with_entry_named("../terraform-provider-reef"),
        bytes::Bytes::from_static(b"no zip"),
    ];
    for bytes in refused {
        let zip = house.zip_of("reef", "2.0.0", "linux_amd64", bytes).await;
        let error = house.import(REEF, "2.0.0", vec![zip]).await.unwrap_err();
        assert!(
            matches!(&error, ImportError::Zip { name, .. } if name.contains("reef")),
            "{error}"
        );
    }
}

async fn what_can_be_no_import_is_refused(house: House) {
    let zip = house.zip("reef", "1.0.0", "linux_amd64").await;
    let refused = [
        ("self/acme/reef", "1.0.0", vec![zip.clone()]),
        (REEF, "1.0.0", vec![]),
        (REEF, "1.0.0", vec![zip.clone(), zip.clone()]),
        (REEF, "1.0.1", vec![zip.clone()]),
        ("other.example/acme/coral", "1.0.0", vec![zip]),
    ];
    for (provider, version, zips) in refused {
        let error = house.import(provider, version, zips).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid, "{error}");
    }
}

async fn imports_at_once_lose_nothing(house: House) {
    let platforms = [
        "linux_amd64",
        "linux_arm64",
        "darwin_arm64",
        "windows_amd64",
    ];
    let mut zips = Vec::new();
    for platform in platforms {
        zips.push(house.zip("reef", "1.0.0", platform).await);
    }
    let imports = zips
        .into_iter()
        .map(|zip| house.import(REEF, "1.0.0", vec![zip]));
    let imported = futures_util::future::join_all(imports).await;
    assert!(imported.iter().all(Result::is_ok), "{imported:?}");
    assert_eq!(house.rows(REPOSITORY).await[0].archives.len(), 4);
}
