//! What is named stays, and what nothing names is found.

use atoll_db::{blobs, collect, fsck, manifests};

use super::{LATER, unreferenced};
use crate::harness::{NOW, Parts, TestDb, after, digest, insert_manifest};

db_tests!(
    what_a_manifest_names_stays,
    what_a_manifest_may_do_without_stays_if_it_is_here,
    what_a_lease_keeps_stays,
    what_is_young_stays,
    unreferenced_blobs_are_listed_in_pages,
    stale_links_go_and_used_ones_stay,
    content_goes_when_no_repository_links_it,
);

async fn what_a_manifest_names_stays(test: TestDb) {
    let repository = test.repository("acme/app").await;
    let (used, unused) = (
        test.blob(repository, "used").await,
        test.blob(repository, "unused").await,
    );
    test.manifest(repository, "m", Parts::blobs(std::slice::from_ref(&used)))
        .await;
    assert_eq!(unreferenced(&test).await, std::slice::from_ref(&unused));
    let condemned = collect::condemn(&test.db, &[used, unused.clone(), digest("none")], LATER)
        .await
        .unwrap();
    assert_eq!(condemned, [unused]);
    assert!(unreferenced(&test).await.is_empty());
}

/// An index that names a blob, and an image with a layer that registries don't distribute: both are noted as children.
async fn what_a_manifest_may_do_without_stays_if_it_is_here(test: TestDb) {
    let [one, two] = test.repositories(["acme/one", "acme/two"]).await;
    let named = test.blob(one, "named").await;
    let children = [named.clone(), digest("not here")];
    let index = test
        .manifest(one, "index", Parts::children(&children))
        .await;
    let mut tx = test.begin().await;
    blobs::link(&mut tx, two, &named, NOW).await.unwrap();
    tx.commit().await.unwrap();
    assert!(unreferenced(&test).await.is_empty());
    assert!(
        collect::condemn(&test.db, std::slice::from_ref(&named), LATER)
            .await
            .unwrap()
            .is_empty()
    );
    let cutoffs = collect::Cutoffs {
        now: LATER,
        before: LATER,
        untagged_before: None,
    };
    let mut tx = test.begin().await;
    let forecast = collect::forecast(&mut tx, &cutoffs).await.unwrap();
    assert_eq!(forecast, collect::Forecast::default());
    assert_eq!(
        collect::unlink_stale_blobs(&mut tx, LATER, LATER, 9)
            .await
            .unwrap(),
        1,
        "the other repository has no manifest that names it"
    );
    let kept = blobs::find_in_repository(&mut tx, one, &named)
        .await
        .unwrap();
    assert!(kept.is_some());
    // Hidden before anything named it, or because its bytes were lost: the second look finds the name.
    assert!(fsck::hide_lost(&mut tx, &named, NOW).await.unwrap());
    assert!(!collect::is_condemned(&mut tx, &named, LATER).await.unwrap());
    assert!(
        !collect::forget_condemned(&mut tx, &named, LATER)
            .await
            .unwrap()
    );
    manifests::unlink(&mut tx, one, &index).await.unwrap();
    collect::delete_unlinked_manifests(&mut tx, LATER, 9)
        .await
        .unwrap();
    assert!(
        collect::forget_condemned(&mut tx, &named, LATER)
            .await
            .unwrap(),
        "it goes with the last manifest that names it"
    );
}

async fn what_a_lease_keeps_stays(test: TestDb) {
    let repository = test.repository("acme/app").await;
    let blob = test.blob(repository, "blob").await;
    let mut tx = test.begin().await;
    blobs::renew_lease(&mut tx, &blob, LATER).await.unwrap();
    tx.commit().await.unwrap();
    assert!(unreferenced(&test).await.is_empty());
    assert!(
        collect::condemn(&test.db, std::slice::from_ref(&blob), LATER)
            .await
            .unwrap()
            .is_empty()
    );
    let condemned = collect::condemn(&test.db, std::slice::from_ref(&blob), after(60 + 1))
        .await
        .unwrap();
    assert_eq!(condemned, [blob]);
}

async fn what_is_young_stays(test: TestDb) {
    let repository = test.repository("acme/app").await;
    test.blob(repository, "blob").await;
    let mut tx = test.begin().await;
    assert!(
        collect::list_unreferenced_blobs(&mut tx, NOW, LATER, None, 9)
            .await
            .unwrap()
            .is_empty()
    );
    assert_eq!(
        collect::unlink_stale_blobs(&mut tx, NOW, LATER, 9)
            .await
            .unwrap(),
        0
    );
    let _ = insert_manifest(&mut tx, "m", Parts::default())
        .await
        .unwrap();
    assert!(
        collect::delete_unlinked_manifests(&mut tx, NOW, 9)
            .await
            .unwrap()
            .is_empty()
    );
}

async fn unreferenced_blobs_are_listed_in_pages(test: TestDb) {
    let repository = test.repository("acme/app").await;
    let mut expected = Vec::new();
    for text in ["a", "b", "c"] {
        expected.push(test.blob(repository, text).await);
    }
    expected.sort();
    let mut read = test.db.read().await.unwrap();
    let first = collect::list_unreferenced_blobs(&mut read, LATER, LATER, None, 2)
        .await
        .unwrap();
    let rest = collect::list_unreferenced_blobs(&mut read, LATER, LATER, first.last(), 2)
        .await
        .unwrap();
    assert_eq!([first, rest].concat(), expected);
}

async fn stale_links_go_and_used_ones_stay(test: TestDb) {
    let [one, two] = test.repositories(["acme/one", "acme/two"]).await;
    let blob = test.blob(one, "blob").await;
    let stale = test.blob(one, "stale").await;
    test.manifest(one, "m", Parts::blobs(std::slice::from_ref(&blob)))
        .await;
    let mut tx = test.begin().await;
    // Linked in the second repository, but named by no manifest of it.
    blobs::link(&mut tx, two, &blob, NOW).await.unwrap();
    assert_eq!(
        collect::unlink_stale_blobs(&mut tx, LATER, LATER, 1)
            .await
            .unwrap(),
        1
    );
    assert_eq!(
        collect::unlink_stale_blobs(&mut tx, LATER, LATER, 9)
            .await
            .unwrap(),
        1
    );
    assert!(
        blobs::find_in_repository(&mut tx, one, &blob)
            .await
            .unwrap()
            .is_some()
    );
    assert!(
        blobs::find_in_repository(&mut tx, two, &blob)
            .await
            .unwrap()
            .is_none()
    );
    assert!(
        blobs::find_in_repository(&mut tx, one, &stale)
            .await
            .unwrap()
            .is_none()
    );
    assert!(blobs::find(&mut tx, &stale).await.unwrap().is_some());
}

async fn content_goes_when_no_repository_links_it(test: TestDb) {
    let [one, two] = test.repositories(["acme/one", "acme/two"]).await;
    let blob = test.blob(one, "blob").await;
    let manifest = test
        .manifest(one, "m", Parts::blobs(std::slice::from_ref(&blob)))
        .await;
    let mut tx = test.begin().await;
    manifests::link(&mut tx, two, &manifest, NOW).await.unwrap();
    manifests::unlink(&mut tx, one, &manifest).await.unwrap();
    assert!(
        collect::delete_unlinked_manifests(&mut tx, LATER, 9)
            .await
            .unwrap()
            .is_empty()
    );
    manifests::unlink(&mut tx, two, &manifest).await.unwrap();
    assert_eq!(
        collect::delete_unlinked_manifests(&mut tx, LATER, 9)
            .await
            .unwrap(),
        [manifest]
    );
    tx.commit().await.unwrap();
    assert_eq!(unreferenced(&test).await, [blob]);
}
