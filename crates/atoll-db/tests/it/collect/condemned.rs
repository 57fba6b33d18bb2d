//! Blobs that are hidden, and the second look before they go.

use atoll_db::{blobs, collect, manifests};

use super::LATER;
use crate::harness::{Parts, TestDb, after, insert_manifest};

db_tests!(
    a_condemned_blob_goes_after_a_second_look,
    a_condemned_blob_that_came_again_stays,
    a_manifest_does_not_name_a_condemned_blob,
);

async fn a_condemned_blob_goes_after_a_second_look(test: TestDb) {
    let repository = test.repository("acme/app").await;
    let blob = test.blob(repository, "blob").await;
    collect::condemn(&test.db, std::slice::from_ref(&blob), LATER)
        .await
        .unwrap();
    let mut tx = test.begin().await;
    assert!(
        collect::list_condemned(&mut tx, LATER, None, 9)
            .await
            .unwrap()
            .is_empty()
    );
    assert!(!collect::is_condemned(&mut tx, &blob, LATER).await.unwrap());
    assert!(
        !collect::forget_condemned(&mut tx, &blob, LATER)
            .await
            .unwrap()
    );
    let day_after = after(60 + 86_400);
    let listed = collect::list_condemned(&mut tx, day_after, None, 9)
        .await
        .unwrap();
    assert_eq!(
        (&listed[0].digest, listed[0].size, listed[0].condemned_at),
        (&blob, 4, LATER)
    );
    assert!(
        collect::list_condemned(&mut tx, day_after, Some(&blob), 9)
            .await
            .unwrap()
            .is_empty()
    );
    assert!(
        collect::is_condemned(&mut tx, &blob, day_after)
            .await
            .unwrap()
    );
    assert!(
        collect::forget_condemned(&mut tx, &blob, day_after)
            .await
            .unwrap()
    );
    assert!(
        !collect::forget_condemned(&mut tx, &blob, day_after)
            .await
            .unwrap()
    );
    tx.commit().await.unwrap();
    // Links went with the row: the next push starts from nothing.
    assert_eq!(test.blob(repository, "blob").await, blob);
}

async fn a_condemned_blob_that_came_again_stays(test: TestDb) {
    let repository = test.repository("acme/app").await;
    let blob = test.blob(repository, "blob").await;
    collect::condemn(&test.db, std::slice::from_ref(&blob), LATER)
        .await
        .unwrap();
    test.blob(repository, "blob").await;
    let mut tx = test.begin().await;
    let day_after = after(60 + 86_400);
    assert!(
        !collect::is_condemned(&mut tx, &blob, day_after)
            .await
            .unwrap()
    );
    assert!(
        !collect::forget_condemned(&mut tx, &blob, day_after)
            .await
            .unwrap()
    );
    assert!(
        blobs::find_in_repository(&mut tx, repository, &blob)
            .await
            .unwrap()
            .is_some()
    );
}

async fn a_manifest_does_not_name_a_condemned_blob(test: TestDb) {
    let repository = test.repository("acme/app").await;
    let blob = test.blob(repository, "blob").await;
    collect::condemn(&test.db, std::slice::from_ref(&blob), LATER)
        .await
        .unwrap();
    let mut tx = test.begin().await;
    let parts = Parts::blobs(std::slice::from_ref(&blob));
    let inserted = insert_manifest(&mut tx, "m", parts).await.unwrap();
    assert_eq!(inserted, manifests::Insertion::MissingBlobs(vec![blob]));
}
