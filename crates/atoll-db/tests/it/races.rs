//! Two at once.

use std::sync::Arc;
use std::time::Duration;

use atoll_core::digest::Digest;
use atoll_core::origin::Origin;
use atoll_core::permission::Visibility;
use atoll_core::proof::Proof;
use atoll_db::manifests::Insertion;
use atoll_db::providers::{self, ProviderVersion};
use atoll_db::repositories::RepositoryId;
use atoll_db::{Db, DbError, DbErrorKind, blobs, collect, manifests, repositories, secrets, tags};
use tokio::task::JoinHandle;

use crate::harness::{
    NOW, Parts, TestDb, after, digest, insert_manifest, name, put_blob, put_manifest, tag,
};

db_tests!(
    two_who_make_a_repository_make_one,
    two_who_point_a_tag_both_count,
    two_who_publish_a_version_do_not_both_win,
    two_who_make_a_secret_share_it,
    many_layers_arrive_side_by_side,
    a_lease_and_a_sentence_do_not_both_hold,
    a_manifest_and_a_sentence_do_not_both_hold,
    a_sentence_between_look_and_push_is_noticed,
    a_sentence_waits_for_a_push_that_was_first,
    a_sentence_waits_for_an_index_that_names_a_blob,
    a_link_that_a_manifest_comes_to_need_stays,
    a_link_that_went_first_is_missed_by_the_manifest,
    a_manifest_linked_while_it_is_collected_survives_or_is_pushed_again,
    a_blob_pushed_while_it_is_forgotten_survives,
    a_writer_who_waits_sees_what_came_before,
);

/// How often a race is run: on two cores, often enough to lose one that can be lost.
const ROUNDS: usize = 25;

async fn two_who_make_a_repository_make_one(test: TestDb) {
    for round in 0..ROUNDS {
        let name = name(&format!("acme/app{round}"));
        let make = async || {
            test.db
                .transact("test.create", |tx| {
                    Box::pin(async {
                        repositories::get_or_create(tx, &name, Visibility::Private, NOW).await
                    })
                })
                .await
        };
        let (one, two) = tokio::join!(make(), make());
        assert_eq!(one.unwrap().id, two.unwrap().id);
    }
}

async fn point(db: Db, id: RepositoryId, digest: Digest) -> Result<tags::Pointed, DbError> {
    db.transact("test.point", |tx| {
        Box::pin(async { tags::point(tx, id, &tag("v1"), &digest, NOW).await })
    })
    .await
}

async fn two_who_point_a_tag_both_count(test: TestDb) {
    let id = test.repository("acme/app").await;
    let one = test.manifest(id, "one", Parts::default()).await;
    let two = test.manifest(id, "two", Parts::default()).await;
    let before = test.db.generation(id).await.unwrap();
    let first = tokio::spawn(point(test.db.clone(), id, one.clone()));
    let second = tokio::spawn(point(test.db.clone(), id, two.clone()));
    let (first, second) = (
        first.await.unwrap().unwrap(),
        second.await.unwrap().unwrap(),
    );
    // One made it, the other moved it: nobody overwrote what they had not seen.
    let moved_from_one = tags::Pointed::Moved { from: one };
    let moved_from_two = tags::Pointed::Moved { from: two };
    assert!(
        (first == tags::Pointed::Created && second == moved_from_one)
            || (second == tags::Pointed::Created && first == moved_from_two),
        "{first:?} {second:?}"
    );
    assert_eq!(test.db.generation(id).await.unwrap(), before + 2);
}

/// As publishing does it: a version that is there stays as it is.
async fn publish(db: &Db, id: RepositoryId, body: &str) -> Result<bool, DbError> {
    db.transact("test.publish", |tx| {
        Box::pin(async {
            if tags::find(tx, id, &tag("1.0.0")).await?.is_some() {
                return Ok(false);
            }
            let index = put_manifest(
                tx,
                id,
                body,
                Parts {
                    tag: Some("1.0.0"),
                    ..Parts::default()
                },
            )
            .await?;
            let version = ProviderVersion {
                version: "1.0.0".parse().unwrap(),
                tag: tag("1.0.0"),
                index_digest: index,
                proof: Proof::Signed,
                origin: Origin::Published,
                protocols: vec!["5.0".to_owned()],
                proof_digest: None,
                captured_at: NOW,
            };
            providers::put(tx, id, &version, &[]).await?;
            Ok(true)
        })
    })
    .await
}

async fn two_who_publish_a_version_do_not_both_win(test: TestDb) {
    for round in 0..ROUNDS {
        let id = test
            .repository(&format!("providers/self/acme/x{round}"))
            .await;
        let (left, right) = (format!("left{round}"), format!("right{round}"));
        let (one, two) = tokio::join!(publish(&test.db, id, &left), publish(&test.db, id, &right));
        let (one, two) = (one.unwrap(), two.unwrap());
        assert!(one != two, "one of them wins: {one} {two}");
        let mut read = test.db.read().await.unwrap();
        let versions = providers::versions(&mut read, id).await.unwrap();
        assert_eq!(versions.len(), 1);
        let version = &versions[0].version;
        let found = providers::archives(&mut read, id, version).await.unwrap();
        let winner = digest(if one { &left } else { &right });
        assert_eq!(found.unwrap().version.index_digest, winner);
        assert_eq!(
            tags::find(&mut read, id, &tag("1.0.0")).await.unwrap(),
            Some(winner)
        );
    }
}

async fn two_who_make_a_secret_share_it(test: TestDb) {
    for round in 0..ROUNDS {
        let name = format!("key{round}");
        let make = async |mine: &'static [u8]| {
            test.db
                .transact("test.secret", |tx| {
                    Box::pin(async { secrets::insert_if_absent(tx, &name, mine, NOW).await })
                })
                .await
        };
        let (one, two) = tokio::join!(make(b"one"), make(b"two"));
        assert_eq!(one.unwrap(), two.unwrap());
    }
}

/// Without `transact`: uploads of different layers to one repository must not get in each other's way at all.
async fn many_layers_arrive_side_by_side(test: TestDb) {
    let id = test.repository("acme/app").await;
    let uploads: Vec<_> = (0..24)
        .map(|layer| {
            let db = test.db.clone();
            tokio::spawn(async move {
                let mut tx = db.begin("blob.push").await?;
                let row = repositories::get_or_create(
                    &mut tx,
                    &name("acme/app"),
                    Visibility::Private,
                    NOW,
                )
                .await?;
                put_blob(&mut tx, row.id, &format!("layer{layer}")).await?;
                tx.commit().await
            })
        })
        .collect();
    for upload in uploads {
        upload.await.unwrap().unwrap();
    }
    let mut read = test.db.read().await.unwrap();
    let wanted: Vec<_> = (0..24)
        .map(|layer| digest(&format!("layer{layer}")))
        .collect();
    assert_eq!(
        blobs::find_many_in_repository(&mut read, id, &wanted)
            .await
            .unwrap()
            .len(),
        24
    );
}

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
            tokio::task::yield_now().await;
            let parts = Parts {
                blobs: std::slice::from_ref(blob),
                ..Parts::default()
            };
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
                tokio::task::yield_now().await;
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

/// How long a sentence gets to pass while a push is open, in milliseconds; on SQLite it can't and has to wait.
const SENTENCE_MILLIS: u64 = 300;

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
    let _ = tokio::time::timeout(Duration::from_millis(SENTENCE_MILLIS), &mut condemn).await;
    let parts = Parts {
        blobs: std::slice::from_ref(&blob),
        ..Parts::default()
    };
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
    let mut push = test.begin().await;
    let parts = Parts {
        blobs: std::slice::from_ref(&blob),
        ..Parts::default()
    };
    put_manifest(&mut push, id, "manifest", parts)
        .await
        .unwrap();
    let mut condemn = sentence(&test, &blob);
    let early = tokio::time::timeout(Duration::from_millis(SENTENCE_MILLIS), &mut condemn).await;
    assert!(early.is_err(), "it did not wait");
    push.commit().await.unwrap();
    assert!(condemn.await.unwrap().is_empty());
    let mut read = test.db.read().await.unwrap();
    assert!(blobs::find(&mut read, &blob).await.unwrap().is_some());
}

async fn a_sentence_waits_for_an_index_that_names_a_blob(test: TestDb) {
    let id = test.repository("acme/app").await;
    let blob = test.blob(id, "blob").await;
    let mut push = test.begin().await;
    let parts = Parts {
        children: std::slice::from_ref(&blob),
        ..Parts::default()
    };
    put_manifest(&mut push, id, "manifest", parts)
        .await
        .unwrap();
    let mut condemn = sentence(&test, &blob);
    let early = tokio::time::timeout(Duration::from_millis(SENTENCE_MILLIS), &mut condemn).await;
    assert!(early.is_err(), "it did not wait");
    push.commit().await.unwrap();
    assert!(condemn.await.unwrap().is_empty());
    let mut read = test.db.read().await.unwrap();
    assert!(blobs::find(&mut read, &blob).await.unwrap().is_some());
}

fn sentence(test: &TestDb, blob: &Digest) -> JoinHandle<Vec<Digest>> {
    let (db, blob) = (test.db.clone(), blob.clone());
    tokio::spawn(async move { collect::condemn(&db, &[blob], after(1)).await.unwrap() })
}

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
            "blob" => Parts {
                blobs: named,
                ..Parts::default()
            },
            _ => Parts {
                children: named,
                ..Parts::default()
            },
        };
        let mut push = test.begin().await;
        let text = format!("manifest of {kind}");
        put_manifest(&mut push, id, &text, parts).await.unwrap();
        let mut unlinking = unlinking(&test);
        let early =
            tokio::time::timeout(Duration::from_millis(SENTENCE_MILLIS), &mut unlinking).await;
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
    let early = tokio::time::timeout(Duration::from_millis(SENTENCE_MILLIS), &mut unlinking).await;
    let parts = Parts {
        blobs: std::slice::from_ref(&blob),
        ..Parts::default()
    };
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
    let (one, two) = (
        test.repository("acme/one").await,
        test.repository("acme/two").await,
    );
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

async fn a_writer_who_waits_sees_what_came_before(test: TestDb) {
    let test = Arc::new(test);
    let id = test.repository("acme/app").await;
    let writers: Vec<_> = (0..8)
        .map(|writer| {
            let test = Arc::clone(&test);
            tokio::spawn(async move {
                let text = format!("m{writer}");
                test.db
                    .transact("test.write", |tx| {
                        Box::pin(async {
                            let seen = tags::list(tx, id, None, 99).await?.len();
                            put_manifest(
                                tx,
                                id,
                                &text,
                                Parts {
                                    tag: Some(&text),
                                    ..Parts::default()
                                },
                            )
                            .await?;
                            Ok::<_, DbError>(seen)
                        })
                    })
                    .await
            })
        })
        .collect();
    let mut seen = Vec::new();
    for writer in writers {
        seen.push(writer.await.unwrap().unwrap());
    }
    seen.sort_unstable();
    // As if they had come one after the other.
    assert_eq!(seen, (0..8).collect::<Vec<_>>());
    assert_eq!(test.db.generation(id).await.unwrap(), 8);
}
