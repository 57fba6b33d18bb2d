//! The projection of providers.

use atoll_core::digest::Digest;
use atoll_core::origin::Origin;
use atoll_core::platform::Platform;
use atoll_core::proof::Proof;
use atoll_db::blobs::{self, BlobOrigin, BlobState};
use atoll_db::facts::{self, Fact};
use atoll_db::providers::{self, ProviderPlatform, ProviderVersion};
use atoll_db::repositories::RepositoryId;
use atoll_db::{Conn, Tx, collect, tags};

use crate::harness::{NOW, Parts, TestDb, after, digest, name, put_manifest, tag};

db_tests!(
    a_version_is_read_with_its_packages,
    a_version_is_projected_anew,
    a_version_goes_with_its_tag,
    a_version_without_its_tag_does_not_commit,
    a_list_has_what_is_here_of_each_version,
    a_package_knows_whether_its_zip_is_here,
    artifacts_are_listed_across_repositories,
    build_metadata_makes_another_version,
    versions_are_found_by_what_is_in_them,
);

fn version(text: &str) -> ProviderVersion {
    let version: atoll_core::version::Version = text.parse().unwrap();
    ProviderVersion {
        tag: version.to_tag(),
        version,
        index_digest: digest(text),
        proof: Proof::Signed,
        origin: Origin::Mirrored,
        protocols: vec!["5.0".to_owned(), "6.0".to_owned()],
        proof_digest: Some(digest("proof")),
        captured_at: NOW,
    }
}

fn package(platform: &str) -> ProviderPlatform {
    ProviderPlatform {
        platform: platform.parse().unwrap(),
        manifest_digest: digest("manifest"),
        zip_digest: digest(platform),
        zip_size: 7,
        file_name: format!("terraform-provider-x_1.0.0_{platform}.zip"),
    }
}

async fn publish(
    tx: &mut Tx,
    repository: RepositoryId,
    text: &str,
    platforms: &[&str],
) -> ProviderVersion {
    let version = version(text);
    put_manifest(tx, repository, text, Parts::tagged(version.tag.as_str()))
        .await
        .unwrap();
    let packages: Vec<_> = platforms.iter().map(|platform| package(platform)).collect();
    providers::put(tx, repository, &version, &packages)
        .await
        .unwrap();
    version
}

async fn lazy(tx: &mut Tx, digest: &Digest) {
    let origin = BlobOrigin {
        upstream: "registry".to_owned(),
        locator: "{}".to_owned(),
        learnt_at: NOW,
    };
    blobs::insert_lazy(tx, digest, 7, &origin, NOW)
        .await
        .unwrap();
}

async fn a_version_is_read_with_its_packages(test: TestDb) {
    let repository = test.repository("providers/self/acme/x").await;
    let mut tx = test.begin().await;
    let one = publish(
        &mut tx,
        repository,
        "1.0.0",
        &["linux_arm64", "darwin_arm64", "linux_amd64"],
    )
    .await;
    let two = publish(&mut tx, repository, "2.0.0-rc1", &[]).await;
    tx.commit().await.unwrap();
    let mut read = test.db.read().await.unwrap();
    let versions = providers::versions(&mut read, repository).await.unwrap();
    assert_eq!(
        versions
            .iter()
            .map(|listed| &listed.version)
            .collect::<Vec<_>>(),
        [&one.version, &two.version]
    );
    assert_eq!(versions[0].protocols, one.protocols);
    assert_eq!(versions[0].proof, one.proof);
    let archives = async |version, read: &mut Conn| {
        let found = providers::archives(read, repository, version).await;
        found.unwrap().unwrap()
    };
    let found = archives(&one.version, &mut read).await;
    assert_eq!(found.version, one);
    let packages: Vec<_> = found
        .archives
        .iter()
        .map(|archive| archive.package.clone())
        .collect();
    assert_eq!(
        packages,
        ["darwin_arm64", "linux_amd64", "linux_arm64"].map(package)
    );
    let found = archives(&two.version, &mut read).await;
    assert_eq!((found.version, found.archives), (two, Vec::new()));
    assert!(
        providers::archives(&mut read, repository, &"3.0.0".parse().unwrap())
            .await
            .unwrap()
            .is_none()
    );
}

async fn versions_are_found_by_what_is_in_them(test: TestDb) {
    let repository = test.repository("providers/self/acme/x").await;
    let sums = test.blob(repository, "sums").await;
    let mut tx = test.begin().await;
    let proof = Parts::blobs(std::slice::from_ref(&sums));
    put_manifest(&mut tx, repository, "proof", proof)
        .await
        .unwrap();
    let one = publish(&mut tx, repository, "1.0.0", &["linux_amd64"]).await;
    let two = ProviderVersion {
        proof_digest: None,
        proof: Proof::Hashed,
        ..version("2.0.0")
    };
    let parts = Parts::tagged("2.0.0");
    put_manifest(&mut tx, repository, "2.0.0", parts)
        .await
        .unwrap();
    providers::put(&mut tx, repository, &two, &[])
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let mut read = test.db.read().await.unwrap();
    let known = package("linux_amd64");
    for (part, expected) in [
        (&one.index_digest, Some((&one, Proof::Signed))),
        (&digest("proof"), Some((&one, Proof::Signed))),
        (&sums, Some((&one, Proof::Signed))),
        (&known.manifest_digest, Some((&one, Proof::Signed))),
        (&known.zip_digest, Some((&one, Proof::Signed))),
        (&two.index_digest, Some((&two, Proof::Hashed))),
        (&digest("nothing"), None),
    ] {
        let found = providers::versions_with(&mut read, repository, part).await;
        let expected = expected.map(|(found, proof)| (found.version.clone(), proof));
        assert_eq!(found.unwrap(), Vec::from_iter(expected), "{part}");
    }
}

async fn a_version_is_projected_anew(test: TestDb) {
    let repository = test.repository("providers/self/acme/x").await;
    let mut tx = test.begin().await;
    publish(
        &mut tx,
        repository,
        "1.0.0",
        &["linux_amd64", "linux_arm64"],
    )
    .await;
    let again = ProviderVersion {
        proof: Proof::Hashed,
        captured_at: after(9),
        ..version("1.0.0")
    };
    providers::put(&mut tx, repository, &again, &[package("windows_amd64")])
        .await
        .unwrap();
    let found = providers::archives(&mut tx, repository, &again.version)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        found.version,
        ProviderVersion {
            captured_at: NOW,
            ..again
        }
    );
    assert_eq!(found.archives.len(), 1);
    assert_eq!(found.archives[0].package, package("windows_amd64"));
}

async fn a_version_goes_with_its_tag(test: TestDb) {
    let repository = test.repository("providers/self/acme/x").await;
    let mut tx = test.begin().await;
    publish(&mut tx, repository, "1.0.0", &["linux_amd64"]).await;
    publish(&mut tx, repository, "2.0.0", &["linux_amd64"]).await;
    tags::delete(&mut tx, repository, &tag("1.0.0"))
        .await
        .unwrap();
    assert_eq!(
        providers::versions(&mut tx, repository)
            .await
            .unwrap()
            .len(),
        1
    );
    assert!(
        providers::delete_of_tag(&mut tx, repository, &tag("2.0.0"))
            .await
            .unwrap()
    );
    assert!(
        !providers::delete_of_tag(&mut tx, repository, &tag("2.0.0"))
            .await
            .unwrap()
    );
    assert!(
        providers::versions(&mut tx, repository)
            .await
            .unwrap()
            .is_empty()
    );
    tx.commit().await.unwrap();
}

async fn a_version_without_its_tag_does_not_commit(test: TestDb) {
    let repository = test.repository("providers/self/acme/x").await;
    let mut tx = test.begin().await;
    // The order does not matter, the outcome does.
    providers::put(&mut tx, repository, &version("1.0.0"), &[])
        .await
        .unwrap();
    tx.commit().await.unwrap_err();
    let mut tx = test.begin().await;
    providers::put(&mut tx, repository, &version("1.0.0"), &[])
        .await
        .unwrap();
    put_manifest(&mut tx, repository, "1.0.0", Parts::tagged("1.0.0"))
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

async fn a_list_has_what_is_here_of_each_version(test: TestDb) {
    let repository = test.repository("providers/self/acme/x").await;
    let other = test.repository("providers/self/acme/y").await;
    let mut tx = test.begin().await;
    publish(
        &mut tx,
        repository,
        "1.0.0",
        &["linux_amd64", "windows_386"],
    )
    .await;
    publish(
        &mut tx,
        repository,
        "1.1.0",
        &["linux_arm64", "freebsd_386", "darwin_arm64"],
    )
    .await;
    publish(&mut tx, repository, "1.2.0", &[]).await;
    publish(&mut tx, other, "9.0.0", &["darwin_arm64"]).await;
    for held in ["linux_amd64", "linux_arm64", "darwin_arm64", "freebsd_386"] {
        let held = blobs::insert_held(&mut tx, &digest(held), 7, NOW, NOW).await;
        held.unwrap();
    }
    lazy(&mut tx, &digest("windows_386")).await;
    tx.commit().await.unwrap();
    let gone = [digest("freebsd_386")];
    let condemned = collect::condemn(&test.db, &gone, after(1)).await.unwrap();
    assert_eq!(condemned, gone);
    let mut read = test.db.read().await.unwrap();
    let listed = providers::versions(&mut read, repository).await.unwrap();
    let listed: Vec<_> = listed
        .iter()
        .map(|of| {
            let platforms = of.platforms.iter().map(Platform::to_string);
            (
                of.version.to_string(),
                platforms.collect::<Vec<_>>().join(" "),
            )
        })
        .collect();
    let expected = [
        ("1.0.0", "linux_amd64"),
        ("1.1.0", "darwin_arm64 linux_arm64"),
        ("1.2.0", ""),
    ];
    assert_eq!(
        listed,
        expected.map(|(one, other)| (one.to_owned(), other.to_owned()))
    );
}

async fn a_package_knows_whether_its_zip_is_here(test: TestDb) {
    let repository = test.repository("providers/self/acme/x").await;
    let mut tx = test.begin().await;
    let version = publish(
        &mut tx,
        repository,
        "1.0.0",
        &["linux_amd64", "linux_arm64", "linux_386", "darwin_arm64"],
    )
    .await
    .version;
    for held in ["linux_amd64", "darwin_arm64"] {
        blobs::insert_held(&mut tx, &digest(held), 7, NOW, NOW)
            .await
            .unwrap();
    }
    lazy(&mut tx, &digest("linux_arm64")).await;
    facts::put(&mut tx, &digest("linux_amd64"), Fact::H1, "h1:abc")
        .await
        .unwrap();
    let find = async |tx: &mut Tx, platform: &str| {
        let platform: Platform = platform.parse().unwrap();
        providers::find_archive(tx, repository, &version, &platform)
            .await
            .unwrap()
    };
    let held = find(&mut tx, "linux_amd64").await.unwrap();
    assert_eq!(
        (held.state, held.h1.as_deref()),
        (Some(BlobState::Held), Some("h1:abc"))
    );
    assert_eq!(held.package, package("linux_amd64"));
    let lazy = find(&mut tx, "linux_arm64").await.unwrap();
    assert_eq!((lazy.state, lazy.h1), (Some(BlobState::Lazy), None));
    assert_eq!(find(&mut tx, "linux_386").await.unwrap().state, None);
    assert!(find(&mut tx, "plan9_386").await.is_none());
    let all = providers::archives(&mut tx, repository, &version)
        .await
        .unwrap()
        .unwrap()
        .archives;
    let states: Vec<_> = all.iter().map(|archive| archive.state).collect();
    let (held, lazy) = (Some(BlobState::Held), Some(BlobState::Lazy));
    assert_eq!(states, [held, None, held, lazy]);
    let listed = providers::versions(&mut tx, repository).await.unwrap();
    let platforms: Vec<_> = listed[0]
        .platforms
        .iter()
        .map(Platform::to_string)
        .collect();
    assert_eq!(platforms, ["darwin_arm64", "linux_amd64"]);
}

async fn artifacts_are_listed_across_repositories(test: TestDb) {
    let x = test.repository("providers/self/acme/x").await;
    let y = test.repository("providers/self/acme/y").await;
    let mirrored = test
        .repository("providers/registry.terraform.io/acme/x")
        .await;
    let mut tx = test.begin().await;
    publish(&mut tx, x, "1.0.0", &["linux_arm64", "linux_amd64"]).await;
    publish(&mut tx, x, "1.1.0", &[]).await;
    publish(&mut tx, y, "1.2.0", &["linux_amd64"]).await;
    publish(&mut tx, mirrored, "1.3.0", &["linux_amd64"]).await;
    blobs::insert_held(&mut tx, &digest("linux_amd64"), 7, NOW, NOW)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let mut read = test.db.read().await.unwrap();
    let page = providers::list_artifacts(&mut read, "providers/self/", None, 2)
        .await
        .unwrap();
    let rest = providers::list_artifacts(&mut read, "providers/self/", Some(&page[1].cursor()), 2)
        .await
        .unwrap();
    assert_eq!(page[0].repository, name("providers/self/acme/x"));
    assert_eq!(
        (page[0].origin, page[0].proof, page[0].captured_at),
        (Origin::Mirrored, Proof::Signed, NOW)
    );
    let platforms: Vec<_> = page[0]
        .platforms
        .iter()
        .map(|of| (of.platform.to_string(), of.size, of.state))
        .collect();
    let expected = [
        ("linux_amd64".to_owned(), 7, Some(BlobState::Held)),
        ("linux_arm64".to_owned(), 7, None),
    ];
    assert_eq!(platforms, expected);
    assert!(page[1].platforms.is_empty());
    assert_eq!(rest.len(), 1);
    assert_eq!(rest[0].version, "1.2.0".parse().unwrap());
    assert_eq!(
        providers::list_artifacts(&mut read, "", None, 9)
            .await
            .unwrap()
            .len(),
        4
    );
}

async fn build_metadata_makes_another_version(test: TestDb) {
    let repository = test.repository("providers/self/acme/x").await;
    let mut tx = test.begin().await;
    publish(&mut tx, repository, "1.0.0", &["linux_amd64"]).await;
    publish(&mut tx, repository, "1.0.0+b1", &["linux_amd64"]).await;
    publish(&mut tx, repository, "1.0.0+b2", &["linux_amd64"]).await;
    let mut found = Vec::new();
    for listed in providers::versions(&mut tx, repository).await.unwrap() {
        let of = providers::archives(&mut tx, repository, &listed.version).await;
        found.push((
            listed.version.to_string(),
            of.unwrap().unwrap().archives.len(),
        ));
    }
    let expected = ["1.0.0", "1.0.0+b1", "1.0.0+b2"].map(|version| (version.to_owned(), 1));
    assert_eq!(found, expected);
}
