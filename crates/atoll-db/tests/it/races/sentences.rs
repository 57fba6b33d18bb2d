//! A push and the sentence of a blob: one of them sees the other.

use std::time::Duration;

use atoll_core::digest::Digest;
use atoll_db::manifests::Insertion;
use atoll_db::repositories::RepositoryId;
use atoll_db::{Db, DbError, DbErrorKind, blobs, collect, manifests};
use tokio::task::{JoinHandle, yield_now};
use tokio::time::timeout;

use super::{ROUNDS, SENTENCE_MILLIS};
use crate::harness::{NOW, Parts, TestDb, after, digest, insert_manifest, put_manifest};

db_tests!(
    a_lease_and_a_sentence_do_not_both_hold,
    a_manifest_and_a_sentence_do_not_both_hold,
    a_sentence_between_look_and_push_is_noticed,
    a_sentence_waits_for_a_push_that_was_first,
    a_sentence_waits_for_an_index_that_names_a_blob,
);

async fn a_lease_and_a_sentence_do_not_both_hold(test: TestDb) {
    let id = test.repository("acme/app").await;
    for round in 0..ROUNDS {
        let blob = test.blob(id, &format!("blob{round}")).await;
        let (later, end) = (after(1), after(3600));
        let lease = test.db.transact("test.lease", |tx| {
            Box::pin(async { blobs::renew_lease(tx, &blob, end).await })
        });
        let (leased, condemned) = tokio::join!(
            lease,
            collect::condemn(&test.db, std::slice::from_ref(&blob), later)
        );
        let (leased, condemned) = (leased.unwrap(), !condemned.unwrap().is_empty());
        assert!(
            leased != condemned,
            "round {round}: leased {leased}, condemned {condemned}"
        );
    }
}

async fn push(db: &Db, id: RepositoryId, text: &str, blob: &Digest) -> Result<bool, DbError> {
    db.transact("test.push", |tx| {
        Box::pin(async {
            // As a push does, which checks first and names the blob later.
            if blobs::find_in_repository(tx, id, blob).await?.is_none() {
                return Ok(false);
            }
            yield_now().await;
            let parts = Parts::blobs(std::slice::from_ref(blob));
            if let Insertion::MissingBlobs(_) = insert_manifest(tx, text, parts).await? {
                return Ok(false);
            }
            manifests::link(tx, id, &digest(text), NOW).await?;
            Ok(true)
        })
    })
    .await
}

async fn a_manifest_and_a_sentence_do_not_both_hold(test: TestDb) {
    let id = test.repository("acme/app").await;
    let mut wins = [0, 0];
    for round in 0..ROUNDS {
        let (text, later) = (format!("manifest{round}"), after(1));
        let blob = test.blob(id, &format!("blob{round}")).await;
        let condemn = async {
            for _ in 0..round % 5 {
                yield_now().await;
            }
            collect::condemn(&test.db, std::slice::from_ref(&blob), later).await
        };
        let (pushed, condemned) = tokio::join!(push(&test.db, id, &text, &blob), condemn);
        let (pushed, condemned) = (pushed.unwrap(), !condemned.unwrap().is_empty());
        wins[usize::from(pushed)] += 1;
        // A push that was refused must not have left the manifest; one that was not keeps its blob.
        assert!(
            pushed != condemned,
            "round {round}: pushed {pushed}, condemned {condemned}"
        );
        let mut read = test.db.read().await.unwrap();
        assert_eq!(
            blobs::find(&mut read, &blob).await.unwrap().is_some(),
            pushed
        );
        assert_eq!(
            manifests::blob_digests(&mut read, &digest(&text))
                .await
                .unwrap()
                .len(),
            usize::from(pushed)
        );
    }
    println!("sentences won {}, pushes {}", wins[0], wins[1]);
}

async fn a_sentence_between_look_and_push_is_noticed(test: TestDb) {
    let id = test.repository("acme/app").await;
    let blob = test.blob(id, "blob").await;
    let mut push = test.begin().await;
    assert!(
        blobs::find_in_repository(&mut push, id, &blob)
            .await
            .unwrap()
            .is_some()
    );
    let mut condemn = sentence(&test, &blob);
    let _ = timeout(Duration::from_millis(SENTENCE_MILLIS), &mut condemn).await;
    let parts = Parts::blobs(std::slice::from_ref(&blob));
    let pushed = match insert_manifest(&mut push, "manifest", parts).await {
        Ok(Insertion::New) => push.commit().await,
        Ok(_) => panic!("its snapshot has the blob"),
        Err(error) => Err(error),
    };
    let mut read = test.db.read().await.unwrap();
    match pushed {
        Ok(()) => {
            condemn.await.unwrap();
            assert!(blobs::find(&mut read, &blob).await.unwrap().is_some());
        }
        Err(error) => {
            assert_eq!(error.reason(), DbErrorKind::Retry);
            assert!(blobs::find(&mut read, &blob).await.unwrap().is_none());
        }
    }
}

async fn a_sentence_waits_for_a_push_that_was_first(test: TestDb) {
    let id = test.repository("acme/app").await;
    let blob = test.blob(id, "blob").await;
    let parts = Parts::blobs(std::slice::from_ref(&blob));
    waits_for_a_push(&test, id, &blob, parts).await;
}

async fn a_sentence_waits_for_an_index_that_names_a_blob(test: TestDb) {
    let id = test.repository("acme/app").await;
    let blob = test.blob(id, "blob").await;
    let parts = Parts::children(std::slice::from_ref(&blob));
    waits_for_a_push(&test, id, &blob, parts).await;
}

async fn waits_for_a_push(test: &TestDb, id: RepositoryId, blob: &Digest, parts: Parts<'_>) {
    let mut push = test.begin().await;
    put_manifest(&mut push, id, "manifest", parts)
        .await
        .unwrap();
    let mut condemn = sentence(test, blob);
    let early = timeout(Duration::from_millis(SENTENCE_MILLIS), &mut condemn).await;
    assert!(early.is_err(), "it did not wait");
    push.commit().await.unwrap();
    assert!(condemn.await.unwrap().is_empty());
    let mut read = test.db.read().await.unwrap();
    assert!(blobs::find(&mut read, blob).await.unwrap().is_some());
}

fn sentence(test: &TestDb, blob: &Digest) -> JoinHandle<Vec<Digest>> {
    let (db, blob) = (test.db.clone(), blob.clone());
    tokio::spawn(async move { collect::condemn(&db, &[blob], after(1)).await.unwrap() })
}
