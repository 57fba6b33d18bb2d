//! Repositories.

use atoll_core::permission::Visibility;
use atoll_db::repositories;

use crate::harness::{NOW, TestDb, name};

db_tests!(
    a_repository_is_made_once,
    names_are_listed_in_the_order_of_their_bytes,
    a_list_goes_on_after_its_cursor,
    a_prefix_selects,
    settings_change_and_say_where_there_is_nothing,
);

async fn a_repository_is_made_once(test: TestDb) {
    let first = test.repository("acme/app").await;
    let mut tx = test.begin().await;
    let again = repositories::get_or_create(&mut tx, &name("acme/app"), Visibility::Public, NOW)
        .await
        .unwrap();
    assert_eq!(again.id, first);
    assert_eq!(again.visibility, Visibility::Private);
    assert_eq!(again.created_at, NOW);
    assert!(!again.immutable_tags);
}

async fn names(test: &TestDb, prefix: &str, after: Option<&str>, limit: usize) -> Vec<String> {
    let mut read = test.db.read().await.unwrap();
    let rows = repositories::list(&mut read, prefix, after, limit)
        .await
        .unwrap();
    rows.into_iter().map(|row| row.name.to_string()).collect()
}

async fn names_are_listed_in_the_order_of_their_bytes(test: TestDb) {
    // ICU would put punctuation elsewhere.
    let mut expected = ["a-b", "a.b", "a/b", "a0", "a_b", "ab", "b"];
    for text in expected.iter().rev() {
        test.repository(text).await;
    }
    expected.sort_unstable();
    assert_eq!(names(&test, "", None, 100).await, expected);
}

async fn a_list_goes_on_after_its_cursor(test: TestDb) {
    for text in ["a/1", "a/2", "b/1", "b/2"] {
        test.repository(text).await;
    }
    assert_eq!(names(&test, "", None, 3).await, ["a/1", "a/2", "b/1"]);
    assert_eq!(names(&test, "", Some("b/1"), 3).await, ["b/2"]);
    assert_eq!(names(&test, "", Some("a/9"), 1).await, ["b/1"]);
    assert_eq!(names(&test, "", Some("b/2"), 3).await, Vec::<String>::new());
}

async fn a_prefix_selects(test: TestDb) {
    for text in ["a", "a/1", "a/2", "aa/1", "b/1"] {
        test.repository(text).await;
    }
    assert_eq!(names(&test, "a/", None, 100).await, ["a/1", "a/2"]);
    assert_eq!(names(&test, "a/", Some("a/1"), 100).await, ["a/2"]);
    assert_eq!(names(&test, "a%", None, 100).await, Vec::<String>::new());
}

async fn settings_change_and_say_where_there_is_nothing(test: TestDb) {
    test.repository("acme/app").await;
    let mut tx = test.begin().await;
    assert!(
        repositories::set_visibility(&mut tx, &name("acme/app"), Visibility::Public)
            .await
            .unwrap()
    );
    assert!(
        repositories::set_immutable_tags(&mut tx, &name("acme/app"), true)
            .await
            .unwrap()
    );
    assert!(
        !repositories::set_visibility(&mut tx, &name("acme/none"), Visibility::Public)
            .await
            .unwrap()
    );
    assert!(
        !repositories::set_immutable_tags(&mut tx, &name("acme/none"), true)
            .await
            .unwrap()
    );
    tx.commit().await.unwrap();
    let row = test
        .db
        .find_repository(&name("acme/app"))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (row.visibility, row.immutable_tags),
        (Visibility::Public, true)
    );
    assert!(
        test.db
            .find_repository(&name("acme/none"))
            .await
            .unwrap()
            .is_none()
    );
}
