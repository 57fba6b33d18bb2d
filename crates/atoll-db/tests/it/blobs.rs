//! Blobs, links, origins, leases.

use atoll_core::time_micros::Micros;
use atoll_db::blobs::{self, BlobOrigin, BlobState};
use atoll_db::{Tx, collect};

use crate::harness::{NOW, TestDb, after, digest, name};

db_tests!(
    a_blob_is_read_through_the_repositories_that_link_it,
    many_blobs_are_found_at_once,
    a_lazy_blob_becomes_held_and_lazy_again,
    a_lazy_blob_does_not_replace_a_held_one,
    origins_are_kept_by_upstream,
    a_lease_only_grows,
    a_condemned_blob_is_absent_until_it_comes_again,
    a_condemned_blob_comes_back_lazy_from_an_upstream,
    a_large_size_survives,
    an_upstreams_held_bytes_are_counted,
);

fn origin(upstream: &str, learnt_at: Micros) -> BlobOrigin {
    BlobOrigin {
        upstream: upstream.to_owned(),
        locator: format!("{{\"at\":\"{upstream}\"}}"),
        learnt_at,
    }
}

async fn a_blob_is_read_through_the_repositories_that_link_it(test: TestDb) {
    let [one, two] = test.repositories(["acme/one", "acme/two"]).await;
    let blob = test.blob(one, "layer").await;
    let mut tx = test.begin().await;
    let found = blobs::find_in_repository(&mut tx, one, &blob)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (found.size, found.state, found.lease_until),
        (5, BlobState::Held, NOW)
    );
    assert!(
        blobs::find_in_repository(&mut tx, two, &blob)
            .await
            .unwrap()
            .is_none()
    );
    assert!(blobs::link(&mut tx, two, &blob, NOW).await.unwrap());
    assert!(
        !blobs::link(&mut tx, two, &digest("none"), NOW)
            .await
            .unwrap()
    );
    let holders = blobs::repositories_holding(&mut tx, &blob, 9)
        .await
        .unwrap();
    assert_eq!(holders, [name("acme/one"), name("acme/two")]);
    assert_eq!(
        blobs::repositories_holding(&mut tx, &blob, 1)
            .await
            .unwrap(),
        [name("acme/one")]
    );
    assert!(blobs::unlink(&mut tx, one, &blob).await.unwrap());
    assert!(!blobs::unlink(&mut tx, one, &blob).await.unwrap());
    assert!(
        blobs::find_in_repository(&mut tx, one, &blob)
            .await
            .unwrap()
            .is_none()
    );
    assert!(
        blobs::find_in_repository(&mut tx, two, &blob)
            .await
            .unwrap()
            .is_some()
    );
    assert!(blobs::find(&mut tx, &blob).await.unwrap().is_some());
}

async fn many_blobs_are_found_at_once(test: TestDb) {
    let repository = test.repository("acme/app").await;
    let (one, two) = (
        test.blob(repository, "one").await,
        test.blob(repository, "two").await,
    );
    let mut read = test.db.read().await.unwrap();
    let wanted = [one.clone(), digest("none"), two.clone(), one.clone()];
    let mut found = blobs::find_many_in_repository(&mut read, repository, &wanted)
        .await
        .unwrap();
    found.sort_by(|left, right| left.digest.cmp(&right.digest));
    let mut expected = [one, two];
    expected.sort();
    assert_eq!(
        found
            .into_iter()
            .map(|blob| blob.digest)
            .collect::<Vec<_>>(),
        expected
    );
    assert!(
        blobs::find_many_in_repository(&mut read, repository, &[])
            .await
            .unwrap()
            .is_empty()
    );
}

async fn a_lazy_blob_becomes_held_and_lazy_again(test: TestDb) {
    let mut tx = test.begin().await;
    let blob = digest("zip");
    assert!(!blobs::mark_held(&mut tx, &blob).await.unwrap());
    blobs::insert_lazy(&mut tx, &blob, 3, &origin("registry", NOW), NOW)
        .await
        .unwrap();
    assert_eq!(
        blobs::find(&mut tx, &blob).await.unwrap().unwrap().state,
        BlobState::Lazy
    );
    assert!(blobs::mark_held(&mut tx, &blob).await.unwrap());
    assert!(
        blobs::find(&mut tx, &blob)
            .await
            .unwrap()
            .unwrap()
            .is_held()
    );
    assert!(blobs::mark_lazy(&mut tx, &blob).await.unwrap());
    assert!(
        !blobs::find(&mut tx, &blob)
            .await
            .unwrap()
            .unwrap()
            .is_held()
    );
    // What nobody else has can't be fetched again.
    blobs::insert_held(&mut tx, &digest("own"), 3, NOW, NOW)
        .await
        .unwrap();
    assert!(!blobs::mark_lazy(&mut tx, &digest("own")).await.unwrap());
}

async fn a_lazy_blob_does_not_replace_a_held_one(test: TestDb) {
    let mut tx = test.begin().await;
    let blob = digest("zip");
    blobs::insert_held(&mut tx, &blob, 3, NOW, NOW)
        .await
        .unwrap();
    blobs::insert_lazy(&mut tx, &blob, 99, &origin("registry", NOW), after(5))
        .await
        .unwrap();
    let found = blobs::find(&mut tx, &blob).await.unwrap().unwrap();
    assert_eq!(
        (found.size, found.state, found.lease_until),
        (3, BlobState::Held, after(5))
    );
    // The size of what arrived is the truth, whatever an upstream said.
    blobs::insert_lazy(&mut tx, &digest("other"), 99, &origin("registry", NOW), NOW)
        .await
        .unwrap();
    blobs::insert_held(&mut tx, &digest("other"), 5, NOW, NOW)
        .await
        .unwrap();
    assert_eq!(
        blobs::find(&mut tx, &digest("other"))
            .await
            .unwrap()
            .unwrap()
            .size,
        5
    );
}

async fn origins_are_kept_by_upstream(test: TestDb) {
    let mut tx = test.begin().await;
    let blob = digest("zip");
    blobs::put_origin(&mut tx, &blob, &origin("registry", NOW))
        .await
        .unwrap_err();
    drop(tx);
    let mut tx = test.begin().await;
    blobs::insert_lazy(&mut tx, &blob, 3, &origin("b", NOW), NOW)
        .await
        .unwrap();
    blobs::put_origin(&mut tx, &blob, &origin("a", after(1)))
        .await
        .unwrap();
    let renewed = BlobOrigin {
        locator: "{}".to_owned(),
        ..origin("b", after(2))
    };
    blobs::put_origin(&mut tx, &blob, &renewed).await.unwrap();
    let found = blobs::origins(&mut tx, &blob).await.unwrap();
    assert_eq!(found, [renewed, origin("a", after(1))]);
}

async fn a_lease_only_grows(test: TestDb) {
    let repository = test.repository("acme/app").await;
    let blob = test.blob(repository, "layer").await;
    let mut tx = test.begin().await;
    assert!(blobs::renew_lease(&mut tx, &blob, after(60)).await.unwrap());
    assert!(blobs::renew_lease(&mut tx, &blob, after(30)).await.unwrap());
    blobs::insert_held(&mut tx, &blob, 5, after(20), NOW)
        .await
        .unwrap();
    assert_eq!(
        blobs::find(&mut tx, &blob)
            .await
            .unwrap()
            .unwrap()
            .lease_until,
        after(60)
    );
    blobs::insert_held(&mut tx, &blob, 5, after(90), NOW)
        .await
        .unwrap();
    assert_eq!(
        blobs::find(&mut tx, &blob)
            .await
            .unwrap()
            .unwrap()
            .lease_until,
        after(90)
    );
    assert!(
        !blobs::renew_lease(&mut tx, &digest("none"), NOW)
            .await
            .unwrap()
    );
}

async fn a_condemned_blob_is_absent_until_it_comes_again(test: TestDb) {
    let repository = test.repository("acme/app").await;
    let blob = test.blob(repository, "layer").await;
    let later = after(1);
    assert_eq!(
        collect::condemn(&test.db, std::slice::from_ref(&blob), later)
            .await
            .unwrap(),
        std::slice::from_ref(&blob)
    );
    let mut tx = test.begin().await;
    assert!(blobs::find(&mut tx, &blob).await.unwrap().is_none());
    assert!(
        blobs::find_in_repository(&mut tx, repository, &blob)
            .await
            .unwrap()
            .is_none()
    );
    assert!(
        blobs::find_many_in_repository(&mut tx, repository, std::slice::from_ref(&blob))
            .await
            .unwrap()
            .is_empty()
    );
    assert!(
        blobs::repositories_holding(&mut tx, &blob, 9)
            .await
            .unwrap()
            .is_empty()
    );
    assert!(
        !blobs::link(&mut tx, repository, &blob, later)
            .await
            .unwrap()
    );
    assert!(!blobs::renew_lease(&mut tx, &blob, later).await.unwrap());
    assert!(!blobs::mark_held(&mut tx, &blob).await.unwrap());
    blobs::insert_held(&mut tx, &blob, 5, later, later)
        .await
        .unwrap();
    assert!(
        blobs::find_in_repository(&mut tx, repository, &blob)
            .await
            .unwrap()
            .unwrap()
            .is_held()
    );
}

async fn a_condemned_blob_comes_back_lazy_from_an_upstream(test: TestDb) {
    let repository = test.repository("acme/app").await;
    let blob = test.blob(repository, "layer").await;
    collect::condemn(&test.db, std::slice::from_ref(&blob), after(1))
        .await
        .unwrap();
    let mut tx = test.begin().await;
    blobs::insert_lazy(&mut tx, &blob, 5, &origin("registry", NOW), NOW)
        .await
        .unwrap();
    assert_eq!(
        blobs::find(&mut tx, &blob).await.unwrap().unwrap().state,
        BlobState::Lazy
    );
}

async fn a_large_size_survives(test: TestDb) {
    let mut tx = test.begin().await;
    let size = 1_u64 << 40;
    blobs::insert_held(&mut tx, &digest("large"), size, NOW, NOW)
        .await
        .unwrap();
    assert_eq!(
        blobs::find(&mut tx, &digest("large"))
            .await
            .unwrap()
            .unwrap()
            .size,
        size
    );
}

async fn an_upstreams_held_bytes_are_counted(test: TestDb) {
    let mut tx = test.begin().await;
    assert_eq!(held(&mut tx).await, 0);
    for (text, size) in [("a", 1), ("b", 10), ("c", 100)] {
        blobs::insert_lazy(&mut tx, &digest(text), size, &origin("registry", NOW), NOW)
            .await
            .unwrap();
    }
    blobs::insert_lazy(&mut tx, &digest("d"), 1000, &origin("other", NOW), NOW)
        .await
        .unwrap();
    for text in ["a", "c", "d"] {
        assert!(blobs::mark_held(&mut tx, &digest(text)).await.unwrap());
    }
    assert_eq!(held(&mut tx).await, 101);
}

async fn held(tx: &mut Tx) -> u64 {
    let modules = "modules/registry/";
    let held = blobs::held_bytes_from(tx, "registry", modules).await;
    held.unwrap()
}
