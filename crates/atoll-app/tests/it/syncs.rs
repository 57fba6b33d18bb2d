//! Whose turn a sync is.

use std::time::Duration;

use atoll_app::mirror::{MirrorLimits, Mirrors};
use atoll_app::sync::{SyncError, SyncRequest, Syncs};
use atoll_app::upstreams::{Anonymous, SyncPolicy, UpstreamPolicy};
use atoll_core::schedule::DailyTime;
use atoll_db::{leases, scheduled_syncs};
use atoll_upstream::{Egress, EgressSettings, UpstreamSettings};
use tokio_util::sync::CancellationToken;

use crate::house::House;

const HOSTS: [&str; 2] = ["one.example", "two.example"];

/// Syncs of two upstreams that select something each.
fn syncs(house: &House) -> Syncs {
    scheduled_syncs_at(house, None)
}

/// The same, each at a time of the day.
fn scheduled_syncs_at(house: &House, schedule: Option<DailyTime>) -> Syncs {
    let egress = Egress::new(EgressSettings::new("test-instance")).unwrap();
    let upstreams = HOSTS.map(|host| {
        let mut policy = UpstreamPolicy::new(host.parse().unwrap(), Anonymous::Fetch);
        policy.sync = Some(SyncPolicy {
            select: vec!["acme/vpc/aws".parse().unwrap()],
            platforms: Vec::new(),
            schedule,
        });
        let settings = UpstreamSettings::at(host, house.upstream.url());
        (policy, egress.upstream(&settings).unwrap())
    });
    let mirrors = Mirrors::new(house.registry.clone(), upstreams, MirrorLimits::default());
    Syncs::new(house.registry.clone(), mirrors)
}

async fn take(house: &House, host: &str) -> bool {
    let now = atoll_app::now();
    let mut tx = house.db.begin("test").await.unwrap();
    let name = format!("sync:{host}");
    let taken = leases::take(&mut tx, &name, "somebody else", now.plus_secs(60), now).await;
    tx.commit().await.unwrap();
    taken.unwrap()
}

async fn give_back(house: &House) {
    let mut tx = house.db.begin("test").await.unwrap();
    for host in HOSTS {
        let name = format!("sync:{host}");
        let given = leases::give_back(&mut tx, &name, "somebody else").await;
        given.unwrap();
    }
    tx.commit().await.unwrap();
}

/// Whoever hangs up at any moment leaves no lease behind for its whole time.
#[tokio::test]
async fn a_caller_that_goes_away_leaves_no_lease() {
    let house = House::new().await;
    let syncs = syncs(&house);
    for looks in 0.. {
        let mut starting = Box::pin(syncs.start(SyncRequest::default()));
        let mut is_over = false;
        for _ in 0..=looks {
            is_over = futures_util::future::poll_immediate(&mut starting)
                .await
                .is_some();
            if is_over {
                break;
            }
            // What it waits for happens meanwhile.
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        drop(starting);
        for host in HOSTS {
            let freed = async {
                while !take(&house, host).await {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            };
            let freed = tokio::time::timeout(Duration::from_secs(20), freed).await;
            assert!(freed.is_ok(), "{host} is kept after {looks} looks");
        }
        give_back(&house).await;
        if is_over {
            break;
        }
    }
}

#[tokio::test]
async fn a_sync_that_can_not_have_all_its_leases_keeps_none() {
    let house = House::new().await;
    let syncs = syncs(&house);
    assert!(take(&house, HOSTS[1]).await);
    let error = syncs.start(SyncRequest::default()).await.unwrap_err();
    assert!(
        matches!(&error, SyncError::Busy(host) if host.to_string() == HOSTS[1]),
        "{error}"
    );
    assert!(take(&house, HOSTS[0]).await, "nothing was begun");
    // Looking needs no lease.
    let dry = SyncRequest {
        dry_run: true,
        ..SyncRequest::default()
    };
    let id = syncs.start(dry).await.unwrap();
    syncs.status(&id).unwrap();
}

async fn is_unfinished(house: &House, host: &str) -> bool {
    let mut read = house.db.read().await.unwrap();
    let found = scheduled_syncs::find(&mut read, host).await.unwrap();
    found.is_some()
}

/// Syncs whose times of the day are half a day away.
fn far_off(house: &House) -> Syncs {
    let minutes = atoll_app::now().as_micros() / 60_000_000 + 12 * 60;
    let schedule = format!("{:02}:{:02}", minutes / 60 % 24, minutes % 60);
    scheduled_syncs_at(house, Some(schedule.parse().unwrap()))
}

#[tokio::test]
async fn what_was_left_unfinished_too_often_is_given_up() {
    let house = House::new().await;
    let ago = |secs: i64| atoll_app::now().plus_secs(-secs);
    let mut tx = house.db.begin("test").await.unwrap();
    let put = scheduled_syncs::put(&mut tx, HOSTS[0], ago(9000)).await;
    put.unwrap();
    for secs in [8000, 7000] {
        let (before, now) = (ago(secs), ago(secs));
        let taken = scheduled_syncs::take_over(&mut tx, HOSTS[0], "none", before, now).await;
        assert!(taken.unwrap());
    }
    tx.commit().await.unwrap();
    let stop = CancellationToken::new();
    let keeping = tokio::spawn({
        let (syncs, stop) = (far_off(&house), stop.clone());
        async move { syncs.keep_schedules(stop).await }
    });
    let given_up = async {
        while is_unfinished(&house, HOSTS[0]).await {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let given_up = tokio::time::timeout(Duration::from_mins(1), given_up).await;
    assert!(given_up.is_ok(), "it is begun for ever");
    assert_eq!(house.upstream.requests().len(), 0);
    stop.cancel();
    keeping.await.unwrap();
}

#[tokio::test]
async fn what_a_server_left_unfinished_is_done_by_the_next_one() {
    let house = House::new().await;
    let now = atoll_app::now();
    let syncs = far_off(&house);
    let mut tx = house.db.begin("test").await.unwrap();
    for (host, secs_ago) in [(HOSTS[0], 3600), (HOSTS[1], 5)] {
        let taken = scheduled_syncs::put(&mut tx, host, now.plus_secs(-secs_ago)).await;
        taken.unwrap();
    }
    tx.commit().await.unwrap();
    let stop = CancellationToken::new();
    let keeping = tokio::spawn({
        let stop = stop.clone();
        async move { syncs.keep_schedules(stop).await }
    });
    let done = async {
        while is_unfinished(&house, HOSTS[0]).await {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let done = tokio::time::timeout(Duration::from_mins(1), done).await;
    assert!(done.is_ok(), "nobody went on with it");
    let asked = house
        .upstream
        .requests_to("/v1/modules/acme/vpc/aws/versions");
    assert_eq!(asked.len(), 1);
    // Whoever took this one on may be about to begin.
    assert!(is_unfinished(&house, HOSTS[1]).await);
    stop.cancel();
    keeping.await.unwrap();
}
