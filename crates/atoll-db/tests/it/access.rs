//! Tokens and secrets.

use atoll_core::permission::TokenId;
use atoll_core::time_micros::Micros;
use atoll_db::tokens::{self, TokenRow};
use atoll_db::{DbErrorKind, secrets};

use crate::harness::{NOW, TestDb, after};

db_tests!(
    a_token_is_found_by_its_prefix,
    a_prefix_belongs_to_one_token,
    a_revoked_token_stays_revoked,
    tokens_are_listed_in_pages,
    the_first_secret_wins,
);

fn token(id: &str, prefix: &str) -> TokenRow {
    TokenRow {
        id: TokenId::new(id),
        name: "Bücher & Söhne".to_owned(),
        prefix: prefix.to_owned(),
        secret_hash: vec![0, 255, 7],
        scopes: "pull:providers/*".parse().unwrap(),
        created_at: NOW,
        expires_at: Some(after(60)),
        revoked_at: None,
    }
}

async fn a_token_is_found_by_its_prefix(test: TestDb) {
    let mut tx = test.begin().await;
    tokens::insert(&mut tx, &token("1", "abcdefgh"))
        .await
        .unwrap();
    let found = tokens::find_by_prefix(&mut tx, "abcdefgh").await.unwrap();
    assert_eq!(found, Some(token("1", "abcdefgh")));
    assert_eq!(
        tokens::find_by_prefix(&mut tx, "ABCDEFGH").await.unwrap(),
        None
    );
    assert_eq!(
        tokens::find_by_prefix(&mut tx, "abcdefg").await.unwrap(),
        None
    );
}

async fn a_prefix_belongs_to_one_token(test: TestDb) {
    let mut tx = test.begin().await;
    tokens::insert(&mut tx, &token("1", "abcdefgh"))
        .await
        .unwrap();
    let error = tokens::insert(&mut tx, &token("2", "abcdefgh"))
        .await
        .unwrap_err();
    assert_eq!(error.reason(), DbErrorKind::Conflict);
}

async fn a_revoked_token_stays_revoked(test: TestDb) {
    let mut tx = test.begin().await;
    tokens::insert(&mut tx, &token("1", "abcdefgh"))
        .await
        .unwrap();
    assert!(
        tokens::revoke(&mut tx, &TokenId::new("1"), NOW)
            .await
            .unwrap()
    );
    assert!(
        tokens::revoke(&mut tx, &TokenId::new("1"), after(9))
            .await
            .unwrap()
    );
    assert!(
        !tokens::revoke(&mut tx, &TokenId::new("2"), NOW)
            .await
            .unwrap()
    );
    let revoked_at: Option<Micros> = tokens::find_by_prefix(&mut tx, "abcdefgh")
        .await
        .unwrap()
        .unwrap()
        .revoked_at;
    assert_eq!(revoked_at, Some(NOW));
}

async fn tokens_are_listed_in_pages(test: TestDb) {
    let mut tx = test.begin().await;
    for id in ["b", "C", "a"] {
        tokens::insert(&mut tx, &token(id, id)).await.unwrap();
    }
    let first = tokens::list(&mut tx, None, 2).await.unwrap();
    assert_eq!(
        first
            .iter()
            .map(|token| token.id.as_str())
            .collect::<Vec<_>>(),
        ["C", "a"]
    );
    let rest = tokens::list(&mut tx, Some(&first[1].id), 2).await.unwrap();
    assert_eq!(
        rest.iter()
            .map(|token| token.id.as_str())
            .collect::<Vec<_>>(),
        ["b"]
    );
}

async fn the_first_secret_wins(test: TestDb) {
    let mut tx = test.begin().await;
    assert_eq!(secrets::find(&mut tx, "key").await.unwrap(), None);
    assert_eq!(
        secrets::insert_if_absent(&mut tx, "key", b"one", NOW)
            .await
            .unwrap(),
        b"one"
    );
    assert_eq!(
        secrets::insert_if_absent(&mut tx, "key", b"two", NOW)
            .await
            .unwrap(),
        b"one"
    );
    assert_eq!(
        secrets::find(&mut tx, "key").await.unwrap().as_deref(),
        Some(b"one".as_slice())
    );
}
