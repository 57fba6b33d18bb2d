//! Work that one server at a time does.

use atoll_core::time_micros::Micros;
use atoll_db::leases;

use crate::harness::{NOW, TestDb, after};

db_tests!(
    a_lease_is_taken_by_one,
    a_holder_keeps_its_lease,
    a_lease_that_ended_goes_to_whoever_comes,
    a_lease_is_given_back_by_its_holder_only,
    leases_of_other_names_are_free,
    all_leases_are_forgotten_at_once,
);

const NAME: &str = "sync:tf.example";

/// When a lease ends that is taken now.
const END: Micros = after(60);

async fn take(test: &TestDb, name: &str, holder: &str, until: Micros, now: Micros) -> bool {
    let mut tx = test.begin().await;
    let taken = leases::take(&mut tx, name, holder, until, now).await;
    tx.commit().await.unwrap();
    taken.unwrap()
}

async fn give_back(test: &TestDb, holder: &str) {
    let mut tx = test.begin().await;
    leases::give_back(&mut tx, NAME, holder).await.unwrap();
    tx.commit().await.unwrap();
}

async fn a_lease_is_taken_by_one(test: TestDb) {
    assert!(take(&test, NAME, "one", END, NOW).await);
    assert!(!take(&test, NAME, "two", END, NOW).await);
    assert!(!take(&test, NAME, "two", after(119), after(59)).await);
}

async fn a_holder_keeps_its_lease(test: TestDb) {
    assert!(take(&test, NAME, "one", END, NOW).await);
    assert!(take(&test, NAME, "one", after(90), after(30)).await);
    let at_its_first_end = take(&test, NAME, "two", after(120), END).await;
    assert!(!at_its_first_end);
    // Nobody came meanwhile, so it is still theirs.
    assert!(take(&test, NAME, "one", after(200), after(100)).await);
    assert!(!take(&test, NAME, "two", after(200), after(100)).await);
}

async fn a_lease_that_ended_goes_to_whoever_comes(test: TestDb) {
    assert!(take(&test, NAME, "one", END, NOW).await);
    assert!(take(&test, NAME, "two", after(120), END).await);
    assert!(!take(&test, NAME, "one", after(120), END).await);
}

async fn a_lease_is_given_back_by_its_holder_only(test: TestDb) {
    assert!(take(&test, NAME, "one", END, NOW).await);
    give_back(&test, "two").await;
    assert!(!take(&test, NAME, "two", END, NOW).await);
    give_back(&test, "one").await;
    give_back(&test, "one").await;
    assert!(take(&test, NAME, "two", END, NOW).await);
}

async fn leases_of_other_names_are_free(test: TestDb) {
    assert!(take(&test, NAME, "one", END, NOW).await);
    assert!(take(&test, "sync:other.example", "two", END, NOW).await);
}

async fn all_leases_are_forgotten_at_once(test: TestDb) {
    let other = "sync:other.example";
    assert!(take(&test, NAME, "one", END, NOW).await);
    assert!(take(&test, other, "one", END, NOW).await);
    let mut tx = test.begin().await;
    leases::forget_all(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
    assert!(take(&test, NAME, "two", END, NOW).await);
    assert!(take(&test, other, "two", END, NOW).await);
}
