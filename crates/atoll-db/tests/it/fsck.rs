//! Walking over everything.

use atoll_db::{blobs, collect, fsck, manifests};

use crate::harness::{NOW, Parts, TestDb, after, digest};

db_tests!(
    blobs_and_manifests_are_walked_in_pages,
    a_missing_link_is_found,
    a_lost_blob_is_hidden_until_it_is_pushed_again,
    missing_edges_are_put_back,
    no_tag_dangles,
);

async fn blobs_and_manifests_are_walked_in_pages(test: TestDb) {
    let repository = test.repository("acme/app").await;
    let (mut expected_blobs, mut expected_manifests) = (Vec::new(), Vec::new());
    for text in ["a", "b", "c"] {
        expected_blobs.push(test.blob(repository, text).await);
        expected_manifests.push(
            test.manifest(repository, &format!("m{text}"), Parts::default())
                .await,
        );
    }
    expected_blobs.sort();
    expected_manifests.sort();
    let mut read = test.db.read().await.unwrap();
    let first = fsck::list_blobs(&mut read, None, 2).await.unwrap();
    let rest = fsck::list_blobs(&mut read, first.last().map(|blob| &blob.digest), 2)
        .await
        .unwrap();
    let walked: Vec<_> = [first, rest].concat();
    assert!(
        walked
            .iter()
            .all(|blob| !blob.condemned && blob.origins == 0 && blob.size == 1)
    );
    assert_eq!(
        walked
            .into_iter()
            .map(|blob| blob.digest)
            .collect::<Vec<_>>(),
        expected_blobs
    );
    let first = fsck::list_manifests(&mut read, None, 2).await.unwrap();
    let rest = fsck::list_manifests(&mut read, first.last().map(|manifest| &manifest.digest), 2)
        .await
        .unwrap();
    let walked: Vec<_> = [first, rest].concat();
    assert!(
        walked
            .iter()
            .all(|manifest| manifest.body.starts_with(b"m"))
    );
    assert_eq!(
        walked
            .into_iter()
            .map(|manifest| manifest.digest)
            .collect::<Vec<_>>(),
        expected_manifests
    );
}

async fn a_missing_link_is_found(test: TestDb) {
    let repository = test.repository("acme/app").await;
    let blob = test.blob(repository, "blob").await;
    let manifest = test
        .manifest(repository, "m", Parts::blobs(std::slice::from_ref(&blob)))
        .await;
    let mut tx = test.begin().await;
    assert!(
        fsck::list_unreadable_blobs(&mut tx, None, 9)
            .await
            .unwrap()
            .is_empty()
    );
    blobs::unlink(&mut tx, repository, &blob).await.unwrap();
    let found = fsck::list_unreadable_blobs(&mut tx, None, 9).await.unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!((&found[0].manifest, &found[0].blob), (&manifest, &blob));
    assert!(
        fsck::list_unreadable_blobs(&mut tx, Some(&manifest), 9)
            .await
            .unwrap()
            .is_empty()
    );
}

async fn a_lost_blob_is_hidden_until_it_is_pushed_again(test: TestDb) {
    let repository = test.repository("acme/app").await;
    let blob = test.blob(repository, "blob").await;
    let named = Parts::blobs(std::slice::from_ref(&blob));
    test.manifest(repository, "m", named).await;
    let generation = test.db.generation(repository).await.unwrap();
    let mut tx = test.begin().await;
    assert!(fsck::hide_lost(&mut tx, &blob, after(60)).await.unwrap());
    assert!(!fsck::hide_lost(&mut tx, &blob, after(60)).await.unwrap());
    tx.commit().await.unwrap();
    assert_ne!(test.db.generation(repository).await.unwrap(), generation);
    let mut tx = test.begin().await;
    assert_eq!(blobs::find(&mut tx, &blob).await.unwrap(), None);
    let late = after(1_000_000);
    assert!(
        !collect::forget_condemned(&mut tx, &blob, late)
            .await
            .unwrap(),
        "a manifest names it"
    );
    let both = [blob.clone(), digest("unknown")];
    let known = fsck::known_blobs(&mut tx, &both).await.unwrap();
    assert_eq!(known.into_iter().collect::<Vec<_>>(), both[..1]);
    blobs::insert_held(&mut tx, &blob, 4, late, NOW)
        .await
        .unwrap();
    assert!(
        blobs::find_in_repository(&mut tx, repository, &blob)
            .await
            .unwrap()
            .is_some()
    );
}

async fn missing_edges_are_put_back(test: TestDb) {
    let repository = test.repository("acme/app").await;
    let blob = test.blob(repository, "blob").await;
    let manifest = test.manifest(repository, "m", Parts::default()).await;
    let mut tx = test.begin().await;
    let (blobs, children) = ([blob, digest("unknown")], [digest("child")]);
    for restored in [2, 0] {
        assert_eq!(
            fsck::restore_edges(&mut tx, &manifest, &blobs, &children)
                .await
                .unwrap(),
            restored
        );
    }
    assert_eq!(
        manifests::blob_digests(&mut tx, &manifest).await.unwrap(),
        blobs[..1]
    );
    assert_eq!(
        manifests::children(&mut tx, &manifest).await.unwrap(),
        children
    );
}

async fn no_tag_dangles(test: TestDb) {
    let repository = test.repository("acme/app").await;
    let tagged = Parts::tagged("v1");
    test.manifest(repository, "m", tagged).await;
    let mut read = test.db.read().await.unwrap();
    assert_eq!(
        fsck::list_dangling_tags(&mut read, None, 9).await.unwrap(),
        []
    );
}
