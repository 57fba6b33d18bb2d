//! Whose turn a sync is.

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
