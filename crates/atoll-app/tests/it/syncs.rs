//! Whose turn a sync is.

use std::time::Duration;

use atoll_app::mirror::{MirrorLimits, Mirrors};
use atoll_app::sync::{SyncError, SyncRequest, Syncs};
use atoll_app::upstreams::{Anonymous, SyncPolicy, UpstreamPolicy};
use atoll_db::leases;
use atoll_upstream::{Egress, EgressSettings, UpstreamSettings};

use crate::house::House;

const HOSTS: [&str; 2] = ["one.example", "two.example"];

/// Syncs of two upstreams that select something each.
fn syncs(house: &House) -> Syncs {
    let egress = Egress::new(EgressSettings::new("test-instance")).unwrap();
    let upstreams = HOSTS.map(|host| {
        let mut policy = UpstreamPolicy::new(host.parse().unwrap(), Anonymous::Fetch);
        policy.sync = Some(SyncPolicy {
            select: vec!["acme/vpc/aws".parse().unwrap()],
            platforms: Vec::new(),
            schedule: None,
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
