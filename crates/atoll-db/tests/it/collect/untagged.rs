//! Manifests that nothing leads to.

use atoll_core::digest::Digest;
use atoll_db::{collect, tags};

use super::LATER;
use crate::harness::{NOW, Parts, TestDb, digest, put_manifest, tag};

db_tests!(
    untagged_manifests_are_those_that_nothing_leads_to,
    untagged_manifests_are_listed_in_pages,
    an_untagged_manifest_goes_only_while_it_is_untagged,
);

async fn untagged_manifests_are_those_that_nothing_leads_to(test: TestDb) {
    let repository = test.repository("acme/app").await;
    let child = test.manifest(repository, "child", Parts::default()).await;
    let index = test
        .manifest(
            repository,
            "index",
            Parts {
                children: &[child],
                tag: Some("v1"),
                ..Parts::default()
            },
        )
        .await;
    // It refers to something that is here; the next one does not.
    test.manifest(repository, "proof", Parts::about(&index))
        .await;
    let lost = test
        .manifest(repository, "lost", Parts::about(&digest("gone")))
        .await;
    let plain = test.manifest(repository, "plain", Parts::default()).await;
    let mut tx = test.begin().await;
    let found = collect::list_untagged_manifests(&mut tx, LATER, None, 9)
        .await
        .unwrap();
    let mut expected = [lost, plain];
    expected.sort();
    assert_eq!(
        found
            .iter()
            .map(|manifest| manifest.digest.clone())
            .collect::<Vec<_>>(),
        expected
    );
    assert_eq!(found[0].repository.as_str(), "acme/app");
    assert_eq!(
        (found[0].repository_id, found[0].pushed_at),
        (repository, NOW)
    );
    assert!(
        collect::list_untagged_manifests(&mut tx, NOW, None, 9)
            .await
            .unwrap()
            .is_empty()
    );
    // Without its tag the index goes, but not what it still holds together.
    tags::delete(&mut tx, repository, &tag("v1")).await.unwrap();
    let found = collect::list_untagged_manifests(&mut tx, LATER, None, 9)
        .await
        .unwrap();
    assert_eq!(found.len(), 3);
    assert!(found.iter().any(|manifest| manifest.digest == index));
}

async fn untagged_manifests_are_listed_in_pages(test: TestDb) {
    for text in ["acme/a", "acme/b"] {
        let repository = test.repository(text).await;
        for body in ["1", "2"] {
            test.manifest(repository, &format!("{text}{body}"), Parts::default())
                .await;
        }
    }
    let mut read = test.db.read().await.unwrap();
    let all = collect::list_untagged_manifests(&mut read, LATER, None, 9)
        .await
        .unwrap();
    let mut paged = Vec::new();
    let mut after = None;
    while let Some(next) = collect::list_untagged_manifests(&mut read, LATER, after.as_ref(), 1)
        .await
        .unwrap()
        .into_iter()
        .next()
    {
        after = Some(next.cursor());
        paged.push(next);
    }
    assert_eq!(all.len(), 4);
    assert_eq!(paged, all);
}

async fn an_untagged_manifest_goes_only_while_it_is_untagged(test: TestDb) {
    let repository = test.repository("acme/app").await;
    let child = test.manifest(repository, "child", Parts::default()).await;
    let index = test
        .manifest(
            repository,
            "index",
            Parts::children(std::slice::from_ref(&child)),
        )
        .await;
    let referrer = test
        .manifest(repository, "referrer", Parts::about(&index))
        .await;
    let mut tx = test.begin().await;
    let mut gone = async |digest: &Digest, before| {
        let cursor = collect::UntaggedCursor {
            repository_id: repository,
            digest: digest.clone(),
        };
        collect::unlink_untagged_manifest(&mut tx, &cursor, before)
            .await
            .unwrap()
    };
    assert!(!gone(&child, LATER).await, "an index names it");
    assert!(!gone(&referrer, LATER).await, "its subject is here");
    assert!(!gone(&index, NOW).await, "it is too young");
    assert!(gone(&index, LATER).await);
    assert!(!gone(&index, LATER).await, "it is gone already");
    assert!(gone(&child, LATER).await);
    assert!(gone(&referrer, LATER).await);
    let tagged = put_manifest(&mut tx, repository, "tagged", Parts::tagged("latest"))
        .await
        .unwrap();
    let cursor = collect::UntaggedCursor {
        repository_id: repository,
        digest: tagged,
    };
    assert!(
        !collect::unlink_untagged_manifest(&mut tx, &cursor, LATER)
            .await
            .unwrap()
    );
}
