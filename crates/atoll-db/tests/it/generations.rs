//! Generations: what a cache compares, and what must never be stale.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use atoll_core::permission::Visibility;
use atoll_db::blobs::{self, BlobOrigin};
use atoll_db::facts::{self, Fact};
use atoll_db::repositories::{self, RepositoryId};
use atoll_db::{DbError, Tx, collect, manifests, providers, tags, tombstones};

use crate::harness::{NOW, Parts, TestDb, after, digest, name, put_blob, put_manifest, tag};

db_tests!(
    what_changes_a_repository_changes_its_generation,
    what_changes_nothing_leaves_the_generation,
    a_transaction_that_is_dropped_leaves_the_generation,
    a_transaction_counts_once,
    bytes_that_arrive_are_news_to_every_holder,
    other_repositories_keep_their_generation,
    an_acknowledged_commit_is_seen_by_everybody_at_once,
    a_reader_who_caches_by_generation_is_never_stale,
);

struct Watch<'a> {
    test: &'a TestDb,
    id: RepositoryId,
}

impl Watch<'_> {
    async fn now(&self) -> i64 {
        self.test.db.generation(self.id).await.unwrap()
    }

    /// Commits a change and says by how much the generation grew.
    async fn growth(&self, change: impl AsyncFnOnce(&mut Tx) -> Result<(), DbError>) -> i64 {
        let before = self.now().await;
        let mut tx = self.test.begin().await;
        change(&mut tx).await.unwrap();
        tx.commit().await.unwrap();
        let row = self
            .test
            .db
            .find_repository(&name("acme/app"))
            .await
            .unwrap()
            .unwrap();
        assert_eq!(row.generation, self.now().await);
        row.generation - before
    }

    async fn grows(&self, change: impl AsyncFnOnce(&mut Tx) -> Result<(), DbError>) {
        assert_eq!(self.growth(change).await, 1);
    }

    async fn stays(&self, change: impl AsyncFnOnce(&mut Tx) -> Result<(), DbError>) {
        assert_eq!(self.growth(change).await, 0);
    }
}

async fn what_changes_a_repository_changes_its_generation(test: TestDb) {
    let id = test.repository("acme/app").await;
    let watch = Watch { test: &test, id };
    let (app, v1, one) = (name("acme/app"), tag("v1"), digest("one"));
    let public = Visibility::Public;
    watch
        .grows(async |tx| {
            repositories::set_visibility(tx, &app, public)
                .await
                .map(drop)
        })
        .await;
    watch
        .grows(async |tx| {
            repositories::set_immutable_tags(tx, &app, true)
                .await
                .map(drop)
        })
        .await;
    watch
        .grows(async |tx| {
            put_manifest(tx, id, "one", Parts::default())
                .await
                .map(drop)
        })
        .await;
    watch
        .grows(async |tx| tags::point(tx, id, &v1, &one, NOW).await.map(drop))
        .await;
    watch
        .grows(async |tx| tags::delete(tx, id, &v1).await.map(drop))
        .await;
    watch
        .grows(async |tx| tombstones::put(tx, id, &v1, &one, NOW).await.map(drop))
        .await;
    watch
        .grows(async |tx| tombstones::delete(tx, id, &v1).await.map(drop))
        .await;
    watch
        .grows(async |tx| manifests::unlink(tx, id, &one).await.map(drop))
        .await;
    test.blob(id, "blob").await;
    watch
        .grows(async |tx| blobs::unlink(tx, id, &digest("blob")).await.map(drop))
        .await;
    test.blob(id, "stale").await;
    let later = after(60);
    watch
        .grows(async |tx| {
            collect::unlink_stale_blobs(tx, later, later, 9)
                .await
                .map(drop)
        })
        .await;
}

async fn what_changes_nothing_leaves_the_generation(test: TestDb) {
    let id = test.repository("acme/app").await;
    let one = test.manifest(id, "one", Parts::tagged("v1")).await;
    let watch = Watch { test: &test, id };
    let (v1, v2, none) = (tag("v1"), tag("v2"), digest("none"));
    watch
        .stays(async |tx| tags::point(tx, id, &v1, &one, NOW).await.map(drop))
        .await;
    watch
        .stays(async |tx| tags::delete(tx, id, &v2).await.map(drop))
        .await;
    watch
        .stays(async |tx| manifests::unlink(tx, id, &none).await.map(drop))
        .await;
    watch
        .stays(async |tx| blobs::unlink(tx, id, &none).await.map(drop))
        .await;
    watch
        .stays(async |tx| tombstones::delete(tx, id, &v1).await.map(drop))
        .await;
    watch
        .stays(async |tx| providers::delete_of_tag(tx, id, &v1).await.map(drop))
        .await;
    // Layers that arrive side by side don't stand in each other's way.
    watch
        .stays(async |tx| put_blob(tx, id, "blob").await.map(drop))
        .await;
    watch
        .stays(async |tx| blobs::renew_lease(tx, &digest("blob"), NOW).await.map(drop))
        .await;
}

async fn a_transaction_that_is_dropped_leaves_the_generation(test: TestDb) {
    let id = test.repository("acme/app").await;
    let before = test.db.generation(id).await.unwrap();
    let mut tx = test.begin().await;
    repositories::set_visibility(&mut tx, &name("acme/app"), Visibility::Public)
        .await
        .unwrap();
    drop(tx);
    assert_eq!(test.db.generation(id).await.unwrap(), before);
    let row = test
        .db
        .find_repository(&name("acme/app"))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (row.visibility, row.generation),
        (Visibility::Private, before)
    );
}

async fn a_transaction_counts_once(test: TestDb) {
    let id = test.repository("acme/app").await;
    let watch = Watch { test: &test, id };
    let grown = watch.growth(async |tx| {
        for text in ["a", "b", "c"] {
            put_manifest(tx, id, text, Parts::tagged(text)).await?;
        }
        Ok(())
    });
    assert_eq!(grown.await, 1);
}

async fn bytes_that_arrive_are_news_to_every_holder(test: TestDb) {
    let id = test.repository("acme/app").await;
    let watch = Watch { test: &test, id };
    let zip = digest("zip");
    let origin = BlobOrigin {
        upstream: "registry".to_owned(),
        locator: "{}".to_owned(),
        learnt_at: NOW,
    };
    watch
        .growth(async |tx| {
            blobs::insert_lazy(tx, &zip, 3, &origin, NOW).await?;
            blobs::link(tx, id, &zip, NOW).await.map(drop)
        })
        .await;
    watch
        .grows(async |tx| blobs::mark_held(tx, &zip).await.map(drop))
        .await;
    watch
        .grows(async |tx| facts::put(tx, &zip, Fact::H1, "h1:x").await)
        .await;
    watch
        .stays(async |tx| facts::put(tx, &zip, Fact::H1, "h1:x").await)
        .await;
    watch
        .stays(async |tx| blobs::insert_held(tx, &zip, 3, NOW, NOW).await)
        .await;
    watch
        .grows(async |tx| blobs::mark_lazy(tx, &zip).await.map(drop))
        .await;
    watch
        .grows(async |tx| blobs::insert_held(tx, &zip, 3, NOW, NOW).await)
        .await;
    let before = watch.now().await;
    collect::condemn(&test.db, &[zip], after(1)).await.unwrap();
    assert_eq!(watch.now().await, before + 1);
}

async fn other_repositories_keep_their_generation(test: TestDb) {
    let [one, two] = test.repositories(["acme/one", "acme/two"]).await;
    let before = test.db.generation(two).await.unwrap();
    test.manifest(one, "one", Parts::tagged("v1")).await;
    assert_eq!(test.db.generation(two).await.unwrap(), before);
    assert_eq!(test.db.generation(one).await.unwrap(), 1);
}

async fn an_acknowledged_commit_is_seen_by_everybody_at_once(test: TestDb) {
    let test = Arc::new(test);
    let id = test.repository("acme/app").await;
    let stop = Arc::new(AtomicBool::new(false));
    // Readers keep filling the cache while the writer checks that nobody fills it with the past.
    let readers: Vec<_> = (0..4)
        .map(|_| {
            let (test, stop) = (Arc::clone(&test), Arc::clone(&stop));
            tokio::spawn(async move {
                let mut last = 0;
                while !stop.load(Ordering::Relaxed) {
                    let row = test
                        .db
                        .find_repository(&name("acme/app"))
                        .await
                        .unwrap()
                        .unwrap();
                    assert!(
                        row.generation >= last,
                        "time ran backwards: {} after {last}",
                        row.generation
                    );
                    last = row.generation.max(test.db.generation(id).await.unwrap());
                    tokio::task::yield_now().await;
                }
            })
        })
        .collect();
    for round in 1..=60 {
        let mut tx = test.begin().await;
        let visibility = if round % 2 == 0 {
            Visibility::Private
        } else {
            Visibility::Public
        };
        repositories::set_visibility(&mut tx, &name("acme/app"), visibility)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let row = test
            .db
            .find_repository(&name("acme/app"))
            .await
            .unwrap()
            .unwrap();
        assert_eq!((row.visibility, row.generation), (visibility, round));
        assert_eq!(test.db.generation(id).await.unwrap(), round);
    }
    stop.store(true, Ordering::Relaxed);
    for reader in readers {
        reader.await.unwrap();
    }
}

/// The protocol that `Db::generation` describes: generation first, then the rows, then compare.
async fn a_reader_who_caches_by_generation_is_never_stale(test: TestDb) {
    let test = Arc::new(test);
    let id = test.repository("acme/app").await;
    let cache: Arc<std::sync::Mutex<Option<(i64, usize)>>> = Arc::default();
    let lookup = {
        let (test, cache) = (Arc::clone(&test), Arc::clone(&cache));
        async move || {
            let generation = test.db.generation(id).await.unwrap();
            let cached = *cache.lock().unwrap();
            if let Some((of, count)) = cached
                && of == generation
            {
                return count;
            }
            let mut read = test.db.read().await.unwrap();
            let count = tags::list(&mut read, id, None, 999).await.unwrap().len();
            *cache.lock().unwrap() = Some((generation, count));
            count
        }
    };
    for round in 1..=30_usize {
        let text = format!("v{round}");
        let write = test.manifest(id, &text, Parts::tagged(&text));
        let (_, during) = tokio::join!(write, lookup());
        assert!(during == round || during == round - 1);
        assert_eq!(lookup().await, round);
    }
}
