//! Writers of one thing: both count, or one of them wins.

use std::sync::Arc;

use atoll_core::digest::Digest;
use atoll_core::origin::Origin;
use atoll_core::permission::Visibility;
use atoll_core::proof::Proof;
use atoll_db::providers::ProviderVersion;
use atoll_db::repositories::RepositoryId;
use atoll_db::{Db, DbError, blobs, providers, repositories, secrets, tags};

use super::ROUNDS;
use crate::harness::{NOW, Parts, TestDb, digest, name, put_blob, put_manifest, tag};

db_tests!(
    two_who_make_a_repository_make_one,
    two_who_point_a_tag_both_count,
    two_who_publish_a_version_do_not_both_win,
    two_who_make_a_secret_share_it,
    many_layers_arrive_side_by_side,
    a_writer_who_waits_sees_what_came_before,
);

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
            let index = put_manifest(tx, id, body, Parts::tagged("1.0.0")).await?;
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
                            put_manifest(tx, id, &text, Parts::tagged(&text)).await?;
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
