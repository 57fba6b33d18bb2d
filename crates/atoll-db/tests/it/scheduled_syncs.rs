//! Scheduled syncs that somebody took on and did not finish.

use atoll_core::time_micros::Micros;
use atoll_db::scheduled_syncs::Unfinished;
use atoll_db::{leases, scheduled_syncs};

use crate::harness::{NOW, TestDb, after};

db_tests!(
    what_is_unfinished_goes_to_one_who_comes_late,
    what_goes_on_under_its_lease_is_left_alone,
    what_is_finished_is_nobodys,
    attempts_are_counted_until_it_is_given_up,
    what_is_released_goes_to_whoever_comes,
);

const HOST: &str = "tf.example";
const LEASE: &str = "sync:tf.example";

async fn put(test: &TestDb, now: Micros) {
    let mut tx = test.begin().await;
    scheduled_syncs::put(&mut tx, HOST, now).await.unwrap();
    tx.commit().await.unwrap();
}

async fn take_over(test: &TestDb, before: Micros, now: Micros) -> bool {
    let mut tx = test.begin().await;
    let taken = scheduled_syncs::take_over(&mut tx, HOST, LEASE, before, now).await;
    tx.commit().await.unwrap();
    taken.unwrap()
}

async fn is_unfinished(test: &TestDb) -> bool {
    let mut tx = test.begin().await;
    let found = scheduled_syncs::find(&mut tx, HOST).await.unwrap();
    found.is_some()
}

async fn finish(test: &TestDb, taken_at: Micros) {
    let mut tx = test.begin().await;
    let finished = scheduled_syncs::finish(&mut tx, HOST, taken_at).await;
    finished.unwrap();
    tx.commit().await.unwrap();
}

async fn what_is_unfinished_goes_to_one_who_comes_late(test: TestDb) {
    assert!(!take_over(&test, NOW, after(600)).await);
    assert!(!is_unfinished(&test).await);
    put(&test, after(1)).await;
    assert!(!take_over(&test, NOW, after(600)).await, "it is too early");
    assert!(take_over(&test, after(1), after(601)).await);
    assert!(
        !take_over(&test, after(1), after(601)).await,
        "somebody did"
    );
    assert!(take_over(&test, after(601), after(1201)).await);
    assert!(is_unfinished(&test).await);
}

async fn what_goes_on_under_its_lease_is_left_alone(test: TestDb) {
    put(&test, NOW).await;
    let mut tx = test.begin().await;
    let until = after(700);
    let leased = leases::take(&mut tx, LEASE, "one", until, NOW).await;
    tx.commit().await.unwrap();
    assert!(leased.unwrap());
    assert!(!take_over(&test, NOW, after(699)).await);
    assert!(take_over(&test, NOW, until).await);
}

async fn what_is_finished_is_nobodys(test: TestDb) {
    put(&test, NOW).await;
    put(&test, after(1)).await;
    finish(&test, NOW).await;
    assert!(is_unfinished(&test).await, "another one was begun since");
    finish(&test, after(1)).await;
    assert!(!is_unfinished(&test).await);
    assert!(!take_over(&test, after(1), after(600)).await);
}

async fn attempts_are_counted_until_it_is_given_up(test: TestDb) {
    put(&test, NOW).await;
    assert!(take_over(&test, NOW, after(600)).await);
    let found = {
        let mut tx = test.begin().await;
        scheduled_syncs::find(&mut tx, HOST).await.unwrap()
    };
    let (taken_at, attempts) = (after(600), 2);
    assert_eq!(found, Some(Unfinished { taken_at, attempts }));
    let give_up = async |before, now| {
        let mut tx = test.begin().await;
        let given_up = scheduled_syncs::give_up(&mut tx, HOST, LEASE, before, now).await;
        tx.commit().await.unwrap();
        given_up.unwrap()
    };
    assert!(!give_up(after(599), after(601)).await, "it is too early");
    assert!(give_up(after(600), after(601)).await);
    assert!(!is_unfinished(&test).await);
    put(&test, after(700)).await;
    let mut tx = test.begin().await;
    let found = scheduled_syncs::find(&mut tx, HOST).await.unwrap().unwrap();
    assert_eq!(found.attempts, 1);
}

async fn what_is_released_goes_to_whoever_comes(test: TestDb) {
    put(&test, after(100)).await;
    assert!(!take_over(&test, NOW, after(101)).await);
    let mut tx = test.begin().await;
    scheduled_syncs::release_all(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
    assert!(take_over(&test, NOW, after(101)).await);
}
