//! The projection of modules.

use atoll_core::digest::Digest;
use atoll_core::origin::Origin;
use atoll_core::proof::Proof;
use atoll_core::version::Version;
use atoll_db::blobs::{self, BlobOrigin, BlobState};
use atoll_db::modules::{self, Deprecation, HeldModule, ModuleVersion};
use atoll_db::repositories::RepositoryId;
use atoll_db::{Tx, collect, tags};

use crate::harness::{NOW, Parts, TestDb, after, digest, name, put_manifest, tag};

db_tests!(
    a_version_is_read_as_it_was_written,
    a_version_is_projected_anew,
    a_version_goes_with_its_tag,
    a_version_without_its_tag_does_not_commit,
    a_version_knows_whether_its_package_is_here,
    artifacts_are_listed_across_repositories,
    build_metadata_makes_another_version,
    versions_are_found_by_what_is_in_them,
    descriptions_are_known_by_package_directory_and_format,
    deprecations_are_put_replaced_and_taken_back,
    deprecations_change_the_generation,
    what_was_captured_counts_for_its_upstream,
);

const MODULE: &str = "modules/self/acme/vpc/aws";

fn version(text: &str) -> ModuleVersion {
    let version: Version = text.parse().unwrap();
    ModuleVersion {
        tag: version.to_tag(),
        version,
        manifest_digest: digest(text),
        zip_digest: zip(text),
        zip_size: 7,
        address: Some("Acme/VPC/aws".to_owned()),
        subdir: Some("modules/vpc".to_owned()),
        source: Some("git::https://git.example/vpc.git?ref=v1".to_owned()),
        revision: Some("0123456789abcdef".to_owned()),
        proof: Proof::Unsigned,
        origin: Origin::Mirrored,
        captured_at: NOW,
    }
}

fn zip(version: &str) -> Digest {
    digest(&format!("zip of {version}"))
}

/// Tags a manifest and projects its version.
async fn publish(tx: &mut Tx, repository: RepositoryId, text: &str) -> ModuleVersion {
    let version = version(text);
    put_tagged(tx, repository, text, version.tag.as_str()).await;
    modules::put(tx, repository, &version).await.unwrap();
    version
}

async fn put_tagged(tx: &mut Tx, repository: RepositoryId, text: &str, tag: &str) {
    let parts = Parts::tagged(tag);
    put_manifest(tx, repository, text, parts).await.unwrap();
}

fn of(found: &[HeldModule]) -> Vec<String> {
    let versions = found.iter().map(|held| held.version.version.to_string());
    versions.collect()
}

async fn a_version_is_read_as_it_was_written(test: TestDb) {
    let repository = test.repository(MODULE).await;
    let mut tx = test.begin().await;
    let one = publish(&mut tx, repository, "1.0.0").await;
    let plain = ModuleVersion {
        address: None,
        subdir: None,
        source: None,
        revision: None,
        proof: Proof::Hashed,
        origin: Origin::Pushed,
        ..version("2.0.0-rc.1")
    };
    put_tagged(&mut tx, repository, "2.0.0-rc.1", plain.tag.as_str()).await;
    modules::put(&mut tx, repository, &plain).await.unwrap();
    tx.commit().await.unwrap();
    let mut read = test.db.read().await.unwrap();
    let versions = modules::versions(&mut read, repository).await.unwrap();
    let found: Vec<_> = versions.iter().map(|held| &held.version).collect();
    assert_eq!(found, [&one, &plain]);
    for held in &versions {
        let version = &held.version.version;
        let alone = modules::find(&mut read, repository, version).await.unwrap();
        assert_eq!(alone.as_ref(), Some(held));
    }
    let other: Version = "3.0.0".parse().unwrap();
    let none = modules::find(&mut read, repository, &other).await.unwrap();
    assert!(none.is_none());
}

async fn versions_are_found_by_what_is_in_them(test: TestDb) {
    let repository = test.repository(MODULE).await;
    let other = test.repository("modules/self/acme/net/aws").await;
    let mut tx = test.begin().await;
    let one = publish(&mut tx, repository, "1.0.0").await;
    let same_zip = ModuleVersion {
        zip_digest: one.zip_digest.clone(),
        proof: Proof::Hashed,
        ..version("1.0.1")
    };
    put_tagged(&mut tx, repository, "1.0.1", same_zip.tag.as_str()).await;
    modules::put(&mut tx, repository, &same_zip).await.unwrap();
    tx.commit().await.unwrap();
    let mut read = test.db.read().await.unwrap();
    let both = [(&one, Proof::Unsigned), (&same_zip, Proof::Hashed)];
    let both = both.map(|(found, proof)| (found.version.clone(), proof));
    for (digest, expected) in [
        (&one.manifest_digest, &both[..1]),
        (&same_zip.manifest_digest, &both[1..]),
        (&one.zip_digest, &both[..]),
        (&digest("nothing"), &both[..0]),
    ] {
        let found = modules::versions_with(&mut read, repository, digest).await;
        assert_eq!(found.unwrap(), expected, "{digest}");
        let found = modules::versions_with(&mut read, other, digest).await;
        assert_eq!(found.unwrap(), [], "{digest}");
    }
}

async fn a_version_is_projected_anew(test: TestDb) {
    let repository = test.repository(MODULE).await;
    let mut tx = test.begin().await;
    publish(&mut tx, repository, "1.0.0").await;
    let again = ModuleVersion {
        zip_digest: digest("another zip"),
        zip_size: 8,
        address: None,
        subdir: None,
        source: None,
        revision: None,
        proof: Proof::Hashed,
        origin: Origin::Published,
        captured_at: after(9),
        ..version("1.0.0")
    };
    modules::put(&mut tx, repository, &again).await.unwrap();
    let found = modules::find(&mut tx, repository, &again.version).await;
    let expected = ModuleVersion {
        captured_at: NOW,
        ..again
    };
    assert_eq!(found.unwrap().unwrap().version, expected);
    tx.commit().await.unwrap();
}

async fn a_version_goes_with_its_tag(test: TestDb) {
    let repository = test.repository(MODULE).await;
    let mut tx = test.begin().await;
    publish(&mut tx, repository, "1.0.0").await;
    publish(&mut tx, repository, "2.0.0").await;
    let deleted = tags::delete(&mut tx, repository, &tag("1.0.0")).await;
    deleted.unwrap();
    let left = modules::versions(&mut tx, repository).await.unwrap();
    assert_eq!(of(&left), ["2.0.0"]);
    tx.commit().await.unwrap();
}

async fn a_version_without_its_tag_does_not_commit(test: TestDb) {
    let repository = test.repository(MODULE).await;
    let mut tx = test.begin().await;
    // The order does not matter, the outcome does.
    let version = version("1.0.0");
    modules::put(&mut tx, repository, &version).await.unwrap();
    tx.commit().await.unwrap_err();
    let mut tx = test.begin().await;
    modules::put(&mut tx, repository, &version).await.unwrap();
    put_tagged(&mut tx, repository, "1.0.0", "1.0.0").await;
    tx.commit().await.unwrap();
}

async fn a_version_knows_whether_its_package_is_here(test: TestDb) {
    let repository = test.repository(MODULE).await;
    let mut tx = test.begin().await;
    for text in ["1.0.0", "2.0.0", "3.0.0", "4.0.0"] {
        publish(&mut tx, repository, text).await;
    }
    for text in ["1.0.0", "3.0.0"] {
        blobs::insert_held(&mut tx, &zip(text), 7, NOW, NOW)
            .await
            .unwrap();
    }
    let origin = BlobOrigin {
        upstream: "registry".to_owned(),
        locator: "{}".to_owned(),
        learnt_at: NOW,
    };
    blobs::insert_lazy(&mut tx, &zip("2.0.0"), 7, &origin, NOW)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    // Nothing links it, and nobody holds a lease on it any more.
    let condemned = collect::condemn(&test.db, &[zip("3.0.0")], after(9)).await;
    assert_eq!(condemned.unwrap(), [zip("3.0.0")]);
    let mut read = test.db.read().await.unwrap();
    let versions = modules::versions(&mut read, repository).await.unwrap();
    let states: Vec<_> = versions.iter().map(|held| held.state).collect();
    let expected = [Some(BlobState::Held), Some(BlobState::Lazy), None, None];
    assert_eq!(states, expected);
    let listed = modules::list_artifacts(&mut read, "modules/", None, 9).await;
    let states: Vec<_> = listed.unwrap().iter().map(|of| of.module.state).collect();
    assert_eq!(states, expected);
}

async fn artifacts_are_listed_across_repositories(test: TestDb) {
    let vpc = test.repository(MODULE).await;
    let zone = test.repository("modules/self/acme/zone/aws").await;
    let mirrored = test
        .repository("modules/registry.coder.com/coder/vpc/coder")
        .await;
    let mut tx = test.begin().await;
    let first = publish(&mut tx, vpc, "1.0.0").await;
    publish(&mut tx, vpc, "1.1.0").await;
    publish(&mut tx, zone, "1.2.0").await;
    publish(&mut tx, mirrored, "1.3.0").await;
    tx.commit().await.unwrap();
    let mut read = test.db.read().await.unwrap();
    let own = "modules/self/";
    let page = modules::list_artifacts(&mut read, own, None, 2)
        .await
        .unwrap();
    let rest = modules::list_artifacts(&mut read, own, Some(&page[1].cursor()), 2)
        .await
        .unwrap();
    assert_eq!(page[0].repository, name(MODULE));
    assert_eq!(page[0].module.version, first);
    assert_eq!(page[1].module.version.version.to_string(), "1.1.0");
    assert_eq!(rest.len(), 1);
    assert_eq!(rest[0].repository, name("modules/self/acme/zone/aws"));
    let end = modules::list_artifacts(&mut read, own, Some(&rest[0].cursor()), 2).await;
    assert!(end.unwrap().is_empty());
    let all = modules::list_artifacts(&mut read, "", None, 9)
        .await
        .unwrap();
    let first = all.first().unwrap();
    assert_eq!((all.len(), &first.module.version), (4, &version("1.3.0")));
}

async fn build_metadata_makes_another_version(test: TestDb) {
    let repository = test.repository(MODULE).await;
    let mut tx = test.begin().await;
    for text in ["1.0.0", "1.0.0+b1", "1.0.0+b2"] {
        publish(&mut tx, repository, text).await;
    }
    let versions = modules::versions(&mut tx, repository).await.unwrap();
    assert_eq!(of(&versions), ["1.0.0", "1.0.0+b1", "1.0.0+b2"]);
    assert_eq!(versions[1].version, version("1.0.0+b1"));
    tx.commit().await.unwrap();
}

async fn descriptions_are_known_by_package_directory_and_format(test: TestDb) {
    let (one, two) = (digest("one"), digest("two"));
    let mut tx = test.begin().await;
    for (zip, subdir, body) in [
        (&one, "", "the root"),
        (&one, "modules/a", "a submodule"),
        (&two, "", "another package"),
    ] {
        modules::put_description(&mut tx, zip, subdir, 1, body)
            .await
            .unwrap();
    }
    let find = async |tx: &mut Tx, zip: &Digest, subdir: &str, format: u64| {
        modules::find_description(tx, zip, subdir, format)
            .await
            .unwrap()
    };
    let root = find(&mut tx, &one, "", 1).await;
    assert_eq!(root.as_deref(), Some("the root"));
    let inside = find(&mut tx, &one, "modules/a", 1).await;
    assert_eq!(inside.as_deref(), Some("a submodule"));
    assert_eq!(find(&mut tx, &two, "modules/a", 1).await, None);
    assert_eq!(find(&mut tx, &one, "", 2).await, None, "read by another");
    modules::put_description(&mut tx, &one, "", 2, "the root, better")
        .await
        .unwrap();
    assert_eq!(find(&mut tx, &one, "", 1).await, None, "it was replaced");
    let better = find(&mut tx, &one, "", 2).await;
    assert_eq!(better.as_deref(), Some("the root, better"));
    tx.commit().await.unwrap();
}

fn said(version: Option<&str>, message: &str, successor: Option<&str>) -> Deprecation {
    Deprecation {
        version: version.map(|text| text.parse().unwrap()),
        message: message.to_owned(),
        successor: successor.map(str::to_owned),
        set_at: NOW,
    }
}

async fn deprecations_are_put_replaced_and_taken_back(test: TestDb) {
    let repository = test.repository(MODULE).await;
    let other = test.repository("modules/self/acme/zone/aws").await;
    let mut tx = test.begin().await;
    let of_module = said(None, "use zone", Some("acme/zone/aws"));
    let of_version = said(Some("1.0.0"), "it leaks", None);
    for one in [&of_version, &of_module] {
        modules::deprecate(&mut tx, repository, one).await.unwrap();
    }
    let all = modules::deprecations(&mut tx, repository).await.unwrap();
    assert_eq!(all, [of_module.clone(), of_version.clone()]);
    let elsewhere = modules::deprecations(&mut tx, other).await.unwrap();
    assert_eq!(elsewhere, []);

    let again = Deprecation {
        set_at: after(5),
        ..said(None, "use nothing", None)
    };
    modules::deprecate(&mut tx, repository, &again)
        .await
        .unwrap();
    let all = modules::deprecations(&mut tx, repository).await.unwrap();
    assert_eq!(all, [again, of_version.clone()]);

    let take_back = async |tx: &mut Tx, version: Option<&Version>| {
        modules::undeprecate(tx, repository, version).await.unwrap()
    };
    assert!(take_back(&mut tx, None).await);
    assert!(!take_back(&mut tx, None).await, "nothing is said any more");
    let all = modules::deprecations(&mut tx, repository).await.unwrap();
    assert_eq!(all, std::slice::from_ref(&of_version));
    assert!(take_back(&mut tx, of_version.version.as_ref()).await);
    let all = modules::deprecations(&mut tx, repository).await.unwrap();
    assert_eq!(all, []);
    tx.commit().await.unwrap();
}

/// Whoever keeps answers in memory has to notice.
async fn deprecations_change_the_generation(test: TestDb) {
    let repository = test.repository(MODULE).await;
    let generation = async || {
        let found = test.db.find_repository(&name(MODULE)).await;
        found.unwrap().unwrap().generation
    };
    let before = generation().await;
    let mut tx = test.begin().await;
    modules::deprecate(&mut tx, repository, &said(None, "no", None))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let deprecated = generation().await;
    assert!(deprecated > before);
    let mut tx = test.begin().await;
    modules::undeprecate(&mut tx, repository, None)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert!(generation().await > deprecated);
}

async fn what_was_captured_counts_for_its_upstream(test: TestDb) {
    let tree = "modules/registry.example/";
    for (module, origin) in [
        ("modules/registry.example/acme/vpc/aws", Origin::Mirrored),
        ("modules/registry.example/acme/net/aws", Origin::Pushed),
        ("modules/other.example/acme/vpc/aws", Origin::Mirrored),
    ] {
        let repository = test.repository(module).await;
        let mut tx = test.begin().await;
        for (number, size) in [("1.0.0", 10), ("2.0.0", 100)] {
            let text = format!("{number}-{}", repository_text(module));
            put_tagged(&mut tx, repository, &text, number).await;
            let version: Version = number.parse().unwrap();
            let version = ModuleVersion {
                tag: version.to_tag(),
                version,
                manifest_digest: digest(&text),
                zip_digest: zip(&text),
                origin,
                ..self::version(number)
            };
            modules::put(&mut tx, repository, &version).await.unwrap();
            blobs::insert_held(&mut tx, &version.zip_digest, size, after(60), NOW)
                .await
                .unwrap();
        }
        tx.commit().await.unwrap();
    }
    let mut read = test.db.read().await.unwrap();
    let held = blobs::held_bytes_from(&mut read, "registry.example", tree).await;
    assert_eq!(held.unwrap(), 110);
}

fn repository_text(module: &str) -> String {
    module.replace('/', "-")
}
