//! Tags and tombstones.

use atoll_db::tags::{self, Pointed};
use atoll_db::{manifests, tombstones};

use crate::harness::{NOW, Parts, TestDb, after, digest, tag};

db_tests!(
    a_tag_says_what_pointing_it_changed,
    a_deleted_tag_is_gone,
    tags_are_listed_in_the_order_of_their_bytes,
    tags_of_other_repositories_and_manifests_are_left_out,
    a_tag_needs_a_manifest_of_its_own_repository,
    a_tombstone_stands_until_it_is_lifted,
    tags_of_all_repositories_are_listed_in_pages,
);

async fn a_tag_says_what_pointing_it_changed(test: TestDb) {
    let repository = test.repository("acme/app").await;
    let one = test.manifest(repository, "one", Parts::default()).await;
    let two = test.manifest(repository, "two", Parts::default()).await;
    let mut tx = test.begin().await;
    assert_eq!(
        tags::find(&mut tx, repository, &tag("v1")).await.unwrap(),
        None
    );
    assert_eq!(
        tags::point(&mut tx, repository, &tag("v1"), &one, NOW)
            .await
            .unwrap(),
        Pointed::Created
    );
    assert_eq!(
        tags::point(&mut tx, repository, &tag("v1"), &one, NOW)
            .await
            .unwrap(),
        Pointed::Same
    );
    let moved = tags::point(&mut tx, repository, &tag("v1"), &two, NOW)
        .await
        .unwrap();
    assert_eq!(moved, Pointed::Moved { from: one });
    tx.commit().await.unwrap();
    let mut read = test.db.read().await.unwrap();
    assert_eq!(
        tags::find(&mut read, repository, &tag("v1")).await.unwrap(),
        Some(two)
    );
}

async fn a_deleted_tag_is_gone(test: TestDb) {
    let repository = test.repository("acme/app").await;
    let one = test.manifest(repository, "one", Parts::tagged("v1")).await;
    let mut tx = test.begin().await;
    assert_eq!(
        tags::delete(&mut tx, repository, &tag("v1")).await.unwrap(),
        Some(one.clone())
    );
    assert_eq!(
        tags::delete(&mut tx, repository, &tag("v1")).await.unwrap(),
        None
    );
    assert!(
        manifests::find_by_tag(&mut tx, repository, &tag("v1"))
            .await
            .unwrap()
            .is_none()
    );
    assert!(
        manifests::find(&mut tx, repository, &one)
            .await
            .unwrap()
            .is_some()
    );
}

async fn tags_are_listed_in_the_order_of_their_bytes(test: TestDb) {
    let repository = test.repository("acme/app").await;
    let mut expected = ["1.0", "1.0-rc1", "1.0_x", "A", "B", "Z", "_a", "a", "b"];
    for text in expected.iter().rev() {
        test.manifest(repository, text, Parts::tagged(text)).await;
    }
    expected.sort_unstable();
    let mut read = test.db.read().await.unwrap();
    let all = tags::list(&mut read, repository, None, 100).await.unwrap();
    assert_eq!(all, expected.map(tag));
    let page = tags::list(&mut read, repository, Some("A"), 2)
        .await
        .unwrap();
    assert_eq!(page, ["B", "Z"].map(tag));
    // A cursor need not be a tag.
    let page = tags::list(&mut read, repository, Some("Z!"), 2)
        .await
        .unwrap();
    assert_eq!(page, ["_a", "a"].map(tag));
    assert_eq!(
        tags::list(&mut read, repository, Some("b"), 2)
            .await
            .unwrap(),
        []
    );
    assert_eq!(
        tags::list(&mut read, repository, None, 0).await.unwrap(),
        []
    );
}

async fn tags_of_other_repositories_and_manifests_are_left_out(test: TestDb) {
    let repository = test.repository("acme/app").await;
    let other = test.repository("acme/other").await;
    let one = test.manifest(repository, "one", Parts::tagged("v1")).await;
    test.manifest(repository, "two", Parts::tagged("v2")).await;
    test.manifest(other, "three", Parts::tagged("v3")).await;
    let mut tx = test.begin().await;
    tags::point(&mut tx, repository, &tag("latest"), &one, NOW)
        .await
        .unwrap();
    assert_eq!(
        tags::list(&mut tx, repository, None, 9).await.unwrap(),
        ["latest", "v1", "v2"].map(tag)
    );
    let of_one = tags::list_of_manifest(&mut tx, repository, &one, None, 9)
        .await
        .unwrap();
    assert_eq!(of_one, ["latest", "v1"].map(tag));
    let rest = tags::list_of_manifest(&mut tx, repository, &one, Some(&tag("latest")), 9)
        .await
        .unwrap();
    assert_eq!(rest, ["v1"].map(tag));
}

async fn a_tag_needs_a_manifest_of_its_own_repository(test: TestDb) {
    let repository = test.repository("acme/app").await;
    let other = test.repository("acme/other").await;
    test.manifest(other, "one", Parts::default()).await;
    let mut tx = test.begin().await;
    tags::point(&mut tx, repository, &tag("v1"), &digest("one"), NOW)
        .await
        .unwrap_err();
}

async fn a_tombstone_stands_until_it_is_lifted(test: TestDb) {
    let repository = test.repository("acme/app").await;
    let mut tx = test.begin().await;
    assert_eq!(
        tombstones::find(&mut tx, repository, &tag("1.0.0"))
            .await
            .unwrap(),
        None
    );
    tombstones::put(&mut tx, repository, &tag("1.0.0"), &digest("old"), NOW)
        .await
        .unwrap();
    tombstones::put(&mut tx, repository, &tag("1.0.0"), &digest("new"), after(1))
        .await
        .unwrap();
    let found = tombstones::find(&mut tx, repository, &tag("1.0.0"))
        .await
        .unwrap()
        .unwrap();
    assert_eq!((found.digest, found.deleted_at), (digest("new"), after(1)));
    assert!(
        tombstones::delete(&mut tx, repository, &tag("1.0.0"))
            .await
            .unwrap()
    );
    assert!(
        !tombstones::delete(&mut tx, repository, &tag("1.0.0"))
            .await
            .unwrap()
    );
}

async fn tags_of_all_repositories_are_listed_in_pages(test: TestDb) {
    for left_out in ["providers/self/acme/coral", "providers/x"] {
        let repository = test.repository(left_out).await;
        let tagged = Parts::tagged("1.0.0");
        test.manifest(repository, left_out, tagged).await;
    }
    let (app, web) = (
        test.repository("acme/app").await,
        test.repository("zoo/web").await,
    );
    let (one, two) = (test.blob(app, "one").await, test.blob(app, "second").await);
    let image = Parts {
        blobs: &[one.clone(), two],
        tag: Some("v1"),
        ..Parts::default()
    };
    let image = test.manifest(app, "image", image).await;
    let sibling = test.manifest(app, "sibling", Parts::blobs(&[one])).await;
    let index = Parts {
        children: &[image, sibling],
        tag: Some("v2"),
        ..Parts::default()
    };
    test.manifest(app, "index", index).await;
    let empty = Parts::tagged("edge");
    test.manifest(web, "empty", empty).await;
    let mut read = test.db.read().await.unwrap();
    let mut listed = Vec::new();
    let mut after = None;
    loop {
        let page = tags::list_all(&mut read, "providers/", after.as_ref(), 2)
            .await
            .unwrap();
        after = page.last().map(tags::TagRow::cursor);
        listed.extend(page);
        if listed.len() >= 3 || after.is_none() {
            break;
        }
    }
    let shown: Vec<_> = listed
        .iter()
        .map(|row| format!("{}:{} {}", row.repository, row.tag, row.content_bytes))
        .collect();
    assert_eq!(
        shown,
        ["acme/app:v1 9", "acme/app:v2 9", "zoo/web:edge 0"],
        "each blob counts once"
    );
    let last = tags::list_all(&mut read, "providers/", after.as_ref(), 2).await;
    assert!(last.unwrap().is_empty());
}
