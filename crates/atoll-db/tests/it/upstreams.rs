//! Documents, keys and facts.

use std::collections::HashMap;

use atoll_db::facts::{self, Fact};
use atoll_db::namespace_keys::{self, KeyRole, NamespaceKey};
use atoll_db::upstream_documents::{self, UpstreamDocument};

use crate::harness::{NOW, TestDb, after, digest};

db_tests!(
    a_document_replaces_the_one_before,
    a_new_key_is_news,
    facts_are_kept_for_ever
);

async fn a_document_replaces_the_one_before(test: TestDb) {
    let mut tx = test.begin().await;
    assert_eq!(
        upstream_documents::find(&mut tx, "registry", "/a")
            .await
            .unwrap(),
        None
    );
    let first = UpstreamDocument {
        status: 404,
        body: b"{}".to_vec(),
        fetched_at: NOW,
    };
    upstream_documents::put(&mut tx, "registry", "/a", &first)
        .await
        .unwrap();
    let second = UpstreamDocument {
        status: 200,
        body: vec![0, 1],
        fetched_at: after(1),
    };
    upstream_documents::put(&mut tx, "registry", "/a", &second)
        .await
        .unwrap();
    upstream_documents::put(&mut tx, "other", "/a", &first)
        .await
        .unwrap();
    assert_eq!(
        upstream_documents::find(&mut tx, "registry", "/a")
            .await
            .unwrap(),
        Some(second)
    );
    assert_eq!(
        upstream_documents::find(&mut tx, "registry", "/A")
            .await
            .unwrap(),
        None
    );
}

fn key(id: &str, role: KeyRole) -> NamespaceKey {
    NamespaceKey {
        key_id: id.to_owned(),
        armored: format!("armored {id}"),
        role,
        created_at: NOW,
    }
}

async fn a_new_key_is_news(test: TestDb) {
    let mut tx = test.begin().await;
    let host = "registry.terraform.io";
    assert!(
        namespace_keys::put(&mut tx, host, "acme", &key("B", KeyRole::Seen))
            .await
            .unwrap()
    );
    assert!(
        !namespace_keys::put(&mut tx, host, "acme", &key("B", KeyRole::Seen))
            .await
            .unwrap()
    );
    assert!(
        namespace_keys::put(&mut tx, host, "acme", &key("A", KeyRole::Registered))
            .await
            .unwrap()
    );
    assert!(
        namespace_keys::put(&mut tx, host, "other", &key("B", KeyRole::Seen))
            .await
            .unwrap()
    );
    assert!(
        !namespace_keys::put(&mut tx, host, "acme", &key("A", KeyRole::Seen))
            .await
            .unwrap()
    );
    let keys = namespace_keys::list(&mut tx, host, "acme").await.unwrap();
    assert_eq!(
        keys,
        [key("A", KeyRole::Registered), key("B", KeyRole::Seen)]
    );
    assert!(
        !namespace_keys::put(&mut tx, host, "acme", &key("B", KeyRole::Registered))
            .await
            .unwrap()
    );
    assert_eq!(
        namespace_keys::list(&mut tx, host, "acme").await.unwrap()[1].role,
        KeyRole::Registered
    );
    assert!(
        namespace_keys::delete(&mut tx, host, "acme", "A")
            .await
            .unwrap()
    );
    assert!(
        !namespace_keys::delete(&mut tx, host, "acme", "A")
            .await
            .unwrap()
    );
}

async fn facts_are_kept_for_ever(test: TestDb) {
    let mut tx = test.begin().await;
    facts::put(&mut tx, &digest("a"), Fact::H1, "h1:one")
        .await
        .unwrap();
    facts::put(&mut tx, &digest("a"), Fact::H1, "h1:other")
        .await
        .unwrap();
    facts::put(&mut tx, &digest("b"), Fact::H1, "h1:two")
        .await
        .unwrap();
    let wanted = [digest("a"), digest("c")];
    let found = facts::get_many(&mut tx, Fact::H1, &wanted).await.unwrap();
    assert_eq!(found, HashMap::from([(digest("a"), "h1:one".to_owned())]));
}
