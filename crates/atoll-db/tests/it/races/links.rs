//! A push and the end of links and rows.

use std::time::Duration;

use atoll_db::{blobs, collect, manifests};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::{ROUNDS, SENTENCE_MILLIS};
use crate::harness::{NOW, Parts, TestDb, after, insert_manifest, put_blob, put_manifest};

db_tests!(
    a_link_that_a_manifest_comes_to_need_stays,
    a_link_that_went_first_is_missed_by_the_manifest,
    a_manifest_linked_while_it_is_collected_survives_or_is_pushed_again,
    a_blob_pushed_while_it_is_forgotten_survives,
);

/// Unlinks what no manifest names, as a collection does that began long after everything here was pushed.
fn unlinking(test: &TestDb) -> JoinHandle<usize> {
    let db = test.db.clone();
    tokio::spawn(async move {
        db.transact("test.unlink", |tx| {
            Box::pin(collect::unlink_stale_blobs(tx, after(1), after(1), 9))
        })
        .await
        .unwrap()
    })
}

async fn a_link_that_a_manifest_comes_to_need_stays(test: TestDb) {
    for kind in ["blob", "child"] {
        let id = test.repository(&format!("acme/{kind}")).await;
        let blob = test.blob(id, kind).await;
        let named = std::slice::from_ref(&blob);
        let parts = match kind {
            "blob" => Parts::blobs(named),
            _ => Parts::children(named),
        };
        let mut push = test.begin().await;
        let text = format!("manifest of {kind}");
        put_manifest(&mut push, id, &text, parts).await.unwrap();
        let mut unlinking = unlinking(&test);
        let early = timeout(Duration::from_millis(SENTENCE_MILLIS), &mut unlinking).await;
        assert!(early.is_err(), "it did not wait for the {kind}");
        push.commit().await.unwrap();
        assert_eq!(unlinking.await.unwrap(), 0, "{kind}");
        let mut read = test.db.read().await.unwrap();
        let found = blobs::find_in_repository(&mut read, id, &blob).await;
        assert!(found.unwrap().is_some(), "the {kind} is there still");
    }
}

async fn a_link_that_went_first_is_missed_by_the_manifest(test: TestDb) {
    let id = test.repository("acme/app").await;
    let blob = test.blob(id, "blob").await;
    let mut push = test.begin().await;
    let seen = blobs::find_in_repository(&mut push, id, &blob).await;
    assert!(seen.unwrap().is_some());
    let mut unlinking = unlinking(&test);
    let early = timeout(Duration::from_millis(SENTENCE_MILLIS), &mut unlinking).await;
    let parts = Parts::blobs(std::slice::from_ref(&blob));
    let pushed = match put_manifest(&mut push, id, "manifest", parts).await {
        Ok(_) => push.commit().await,
        Err(error) => {
            drop(push);
            Err(error)
        }
    };
    if early.is_err() {
        // It had to wait for the push.
        unlinking.await.unwrap();
    }
    let mut read = test.db.read().await.unwrap();
    let found = blobs::find_in_repository(&mut read, id, &blob).await;
    assert_eq!(found.unwrap().is_some(), pushed.is_ok(), "{pushed:?}");
}

async fn a_manifest_linked_while_it_is_collected_survives_or_is_pushed_again(test: TestDb) {
    let [one, two] = test.repositories(["acme/one", "acme/two"]).await;
    for round in 0..ROUNDS {
        let text = format!("manifest{round}");
        let digest = test.manifest(one, &text, Parts::default()).await;
        let mut tx = test.begin().await;
        manifests::unlink(&mut tx, one, &digest).await.unwrap();
        tx.commit().await.unwrap();
        let push = test.db.transact("test.push", |tx| {
            Box::pin(async {
                let _ = insert_manifest(tx, &text, Parts::default()).await?;
                manifests::link(tx, two, &digest, NOW).await
            })
        });
        let collect = test.db.transact("test.collect", |tx| {
            Box::pin(async { collect::delete_unlinked_manifests(tx, after(1), 99).await })
        });
        let (pushed, collected) = tokio::join!(push, collect);
        assert!(pushed.unwrap());
        collected.unwrap();
        let mut read = test.db.read().await.unwrap();
        assert!(
            manifests::find(&mut read, two, &digest)
                .await
                .unwrap()
                .is_some()
        );
    }
}

async fn a_blob_pushed_while_it_is_forgotten_survives(test: TestDb) {
    let id = test.repository("acme/app").await;
    for round in 0..ROUNDS {
        let text = format!("blob{round}");
        let blob = test.blob(id, &text).await;
        collect::condemn(&test.db, std::slice::from_ref(&blob), after(1))
            .await
            .unwrap();
        let before = after(9);
        let push = test.db.transact("test.push", |tx| {
            Box::pin(async { put_blob(tx, id, &text).await })
        });
        let forget = test.db.transact("test.forget", |tx| {
            Box::pin(async { collect::forget_condemned(tx, &blob, before).await })
        });
        let (pushed, forgotten) = tokio::join!(push, forget);
        pushed.unwrap();
        forgotten.unwrap();
        let mut read = test.db.read().await.unwrap();
        assert!(
            blobs::find_in_repository(&mut read, id, &blob)
                .await
                .unwrap()
                .is_some(),
            "round {round}"
        );
    }
}
