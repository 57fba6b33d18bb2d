//! Manifests, their edges, and what they are part of.

use std::collections::HashSet;

use atoll_db::manifests::{self, Insertion, TaggedAs};
use atoll_db::tags;

use crate::harness::{NOW, Parts, TestDb, digest, insert_manifest, tag};

db_tests!(
    a_manifest_is_read_through_the_repositories_that_link_it,
    a_head_leaves_the_body_out,
    a_manifest_is_kept_once,
    a_manifest_names_only_blobs_that_are_here,
    a_removed_manifest_takes_its_tags,
    edges_are_kept,
    linked_manifests_are_found_at_once,
    a_part_leads_to_the_tags_above_it,
    a_blob_leads_to_the_tags_above_it,
    indexes_in_a_circle_end,
    a_binary_body_survives,
);

async fn a_manifest_is_read_through_the_repositories_that_link_it(test: TestDb) {
    let [one, two] = test.repositories(["acme/one", "acme/two"]).await;
    let digest = test.manifest(one, "body", Parts::tagged("v1")).await;
    let mut read = test.db.read().await.unwrap();
    let stored = manifests::find(&mut read, one, &digest)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (stored.size, stored.body.as_slice()),
        (4, b"body".as_slice())
    );
    assert_eq!(
        stored.media_type,
        "application/vnd.oci.image.manifest.v1+json"
    );
    assert_eq!(
        manifests::find_by_tag(&mut read, one, &tag("v1"))
            .await
            .unwrap(),
        Some(stored.clone())
    );
    assert!(
        manifests::find(&mut read, two, &digest)
            .await
            .unwrap()
            .is_none()
    );
    assert!(
        manifests::find_by_tag(&mut read, two, &tag("v1"))
            .await
            .unwrap()
            .is_none()
    );
}

async fn a_head_leaves_the_body_out(test: TestDb) {
    let [one, two] = test.repositories(["acme/one", "acme/two"]).await;
    let digest = test.manifest(one, "body", Parts::tagged("v1")).await;
    let mut read = test.db.read().await.unwrap();
    let head = manifests::find_head(&mut read, one, &digest)
        .await
        .unwrap()
        .unwrap();
    assert_eq!((&head.digest, head.size), (&digest, 4));
    assert_eq!(
        head.media_type,
        "application/vnd.oci.image.manifest.v1+json"
    );
    assert_eq!(
        manifests::find_head_by_tag(&mut read, one, &tag("v1"))
            .await
            .unwrap(),
        Some(head)
    );
    assert!(
        manifests::find_head(&mut read, two, &digest)
            .await
            .unwrap()
            .is_none()
    );
    assert!(
        manifests::find_head_by_tag(&mut read, one, &tag("v2"))
            .await
            .unwrap()
            .is_none()
    );
}

async fn a_manifest_is_kept_once(test: TestDb) {
    let [one, two] = test.repositories(["acme/one", "acme/two"]).await;
    test.manifest(one, "body", Parts::default()).await;
    let mut tx = test.begin().await;
    assert_eq!(
        insert_manifest(&mut tx, "body", Parts::default())
            .await
            .unwrap(),
        Insertion::Known
    );
    assert!(
        manifests::link(&mut tx, two, &digest("body"), NOW)
            .await
            .unwrap()
    );
    assert!(
        manifests::link(&mut tx, two, &digest("body"), NOW)
            .await
            .unwrap()
    );
    assert!(
        !manifests::link(&mut tx, two, &digest("none"), NOW)
            .await
            .unwrap()
    );
}

async fn a_manifest_names_only_blobs_that_are_here(test: TestDb) {
    let repository = test.repository("acme/app").await;
    let here = test.blob(repository, "here").await;
    let blobs = [here.clone(), digest("one"), digest("two"), here];
    let mut tx = test.begin().await;
    let inserted = insert_manifest(&mut tx, "body", Parts::blobs(&blobs))
        .await
        .unwrap();
    assert_eq!(
        inserted,
        Insertion::MissingBlobs(vec![digest("one"), digest("two")])
    );
}

async fn a_removed_manifest_takes_its_tags(test: TestDb) {
    let repository = test.repository("acme/app").await;
    let one = test.manifest(repository, "one", Parts::tagged("v1")).await;
    test.manifest(repository, "two", Parts::tagged("v2")).await;
    let mut tx = test.begin().await;
    tags::point(&mut tx, repository, &tag("a"), &one, NOW)
        .await
        .unwrap();
    let gone = manifests::unlink(&mut tx, repository, &one).await.unwrap();
    assert_eq!(gone, Some(vec![tag("a"), tag("v1")]));
    assert_eq!(
        manifests::unlink(&mut tx, repository, &one).await.unwrap(),
        None
    );
    assert_eq!(
        tags::list(&mut tx, repository, None, 9).await.unwrap(),
        [tag("v2")]
    );
    assert!(
        manifests::find(&mut tx, repository, &one)
            .await
            .unwrap()
            .is_none()
    );
}

async fn edges_are_kept(test: TestDb) {
    let repository = test.repository("acme/app").await;
    let blob = test.blob(repository, "layer").await;
    // Named twice, kept once; a child need not be here.
    let parts = Parts {
        blobs: &[blob.clone(), blob.clone()],
        children: &[digest("c"), digest("c")],
        ..Parts::default()
    };
    let parent = test.manifest(repository, "parent", parts).await;
    let mut read = test.db.read().await.unwrap();
    assert_eq!(
        manifests::blob_digests(&mut read, &parent).await.unwrap(),
        [blob]
    );
    assert_eq!(
        manifests::children(&mut read, &parent).await.unwrap(),
        [digest("c")]
    );
    assert!(
        manifests::children(&mut read, &digest("none"))
            .await
            .unwrap()
            .is_empty()
    );
}

async fn linked_manifests_are_found_at_once(test: TestDb) {
    let [one, two] = test.repositories(["acme/one", "acme/two"]).await;
    let here = test.manifest(one, "here", Parts::default()).await;
    test.manifest(two, "there", Parts::default()).await;
    let mut read = test.db.read().await.unwrap();
    let wanted = [here.clone(), digest("there"), digest("none")];
    let linked = manifests::find_linked(&mut read, one, &wanted)
        .await
        .unwrap();
    assert_eq!(linked, HashSet::from([here]));
}

fn tagged(text: &str, manifest: &str) -> TaggedAs {
    TaggedAs {
        tag: tag(text),
        digest: digest(manifest),
    }
}

async fn a_part_leads_to_the_tags_above_it(test: TestDb) {
    let repository = test.repository("acme/app").await;
    let leaf = test.manifest(repository, "leaf", Parts::default()).await;
    let children = [leaf.clone()];
    let index = test
        .manifest(repository, "index", Parts::children(&children))
        .await;
    let parts = Parts {
        children: std::slice::from_ref(&index),
        tag: Some("v1"),
        ..Parts::default()
    };
    test.manifest(repository, "top", parts).await;
    let other = test.repository("acme/other").await;
    let mut tx = test.begin().await;
    let above = manifests::tagged_above(&mut tx, repository, &leaf, 9)
        .await
        .unwrap();
    assert_eq!(above, [tagged("v1", "top")]);
    tags::point(&mut tx, repository, &tag("leaf"), &leaf, NOW)
        .await
        .unwrap();
    let above = manifests::tagged_above(&mut tx, repository, &leaf, 9)
        .await
        .unwrap();
    assert_eq!(above, [tagged("leaf", "leaf"), tagged("v1", "top")]);
    assert_eq!(
        manifests::tagged_above(&mut tx, repository, &leaf, 1)
            .await
            .unwrap()
            .len(),
        1
    );
    // An index that the repository no longer links leads nowhere.
    manifests::unlink(&mut tx, repository, &index)
        .await
        .unwrap();
    let above = manifests::tagged_above(&mut tx, repository, &leaf, 9)
        .await
        .unwrap();
    assert_eq!(above, [tagged("leaf", "leaf")]);
    assert!(
        manifests::tagged_above(&mut tx, other, &leaf, 9)
            .await
            .unwrap()
            .is_empty()
    );
}

async fn a_blob_leads_to_the_tags_above_it(test: TestDb) {
    let repository = test.repository("acme/app").await;
    let (used, unused) = (
        test.blob(repository, "used").await,
        test.blob(repository, "unused").await,
    );
    let blobs = [used.clone()];
    let leaf = test
        .manifest(repository, "leaf", Parts::blobs(&blobs))
        .await;
    test.manifest(
        repository,
        "top",
        Parts {
            children: &[leaf],
            tag: Some("v1"),
            ..Parts::default()
        },
    )
    .await;
    let mut read = test.db.read().await.unwrap();
    let above = manifests::tagged_above_blob(&mut read, repository, &used, 9)
        .await
        .unwrap();
    assert_eq!(above, [tagged("v1", "top")]);
    assert!(
        manifests::tagged_above_blob(&mut read, repository, &unused, 9)
            .await
            .unwrap()
            .is_empty()
    );
}

async fn indexes_in_a_circle_end(test: TestDb) {
    let repository = test.repository("acme/app").await;
    // Not possible with honest digests, but the query must end for any rows.
    let one = test
        .manifest(repository, "one", Parts::children(&[digest("two")]))
        .await;
    test.manifest(
        repository,
        "two",
        Parts {
            children: &[digest("one")],
            tag: Some("v1"),
            ..Parts::default()
        },
    )
    .await;
    let mut read = test.db.read().await.unwrap();
    let above = manifests::tagged_above(&mut read, repository, &one, 9)
        .await
        .unwrap();
    assert_eq!(above, [tagged("v1", "two")]);
}

async fn a_binary_body_survives(test: TestDb) {
    let repository = test.repository("acme/app").await;
    let body: Vec<u8> = (0..=255).collect();
    let digest = atoll_core::digest::Digest::sha256(&body);
    let manifest = manifests::NewManifest {
        digest: &digest,
        media_type: "application/octet-stream",
        body: &body,
        artifact_type: None,
        subject: None,
        annotations: &std::collections::BTreeMap::new(),
        blobs: &[],
        children: &[],
    };
    let mut tx = test.begin().await;
    assert_eq!(
        manifests::insert(&mut tx, &manifest, NOW).await.unwrap(),
        Insertion::New
    );
    manifests::link(&mut tx, repository, &digest, NOW)
        .await
        .unwrap();
    assert_eq!(
        manifests::find(&mut tx, repository, &digest)
            .await
            .unwrap()
            .unwrap()
            .body,
        body
    );
}
