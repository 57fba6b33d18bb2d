//! The power fails at any moment: what was acknowledged had been synced.

use std::time::Duration;

use atoll_testkit::atoll::Atoll;
use atoll_testkit::registry::FakeRegistry;

use super::disk::Disk;
use super::load::{
    Chance, Kind, Load, holds, is_sound, lists_nothing_by_halves, mirroring, offer,
    were_of_every_kind,
};
use super::world::register_key;

/// How often it fails, once after each kind of work, and how long the server goes on working before, at most.
const CUTS: u64 = 5;
const WORK_MILLIS_MAX: u64 = 600;

async fn survives_power_cuts(test: &str, kind: &str) {
    let Some(atoll) = Atoll::find_for(test) else {
        return;
    };
    let Some(disk) = Disk::in_file(test, kind) else {
        return;
    };
    let atoll = atoll.with_data_dir(disk.path().join("data"));
    let mut chance = Chance::new(test);
    let upstream = FakeRegistry::start().await;
    atoll.write("atoll.hcl", mirroring(&upstream));
    let token = atoll.token("admin").await;
    register_key(&atoll).await;
    let mut rounds = Vec::new();
    for round in 0..CUTS {
        offer(&upstream, round);
        let server = atoll.serve_plainly().await;
        let load = Load::new(server.client(&token), round);
        let mut clients = load.start(&mut chance);
        load.did(Kind::in_turn(round)).await;
        // The moment is the point: no condition to wait for says it.
        tokio::time::sleep(Duration::from_millis(chance.below(WORK_MILLIS_MAX))).await;
        // What is acknowledged from here on does not count: a kernel without power takes writes and says that they are done.
        let acknowledged = load.acknowledged();
        disk.cut_power();
        server.kill().await;
        while let Some(ended) = clients.join_next().await {
            ended.unwrap();
        }
        disk.come_back();
        let server = atoll.serve_plainly().await;
        let client = server.client(&token);
        rounds.push(acknowledged);
        for acknowledged in &rounds {
            holds(&client, acknowledged).await;
        }
        lists_nothing_by_halves(&client).await;
        is_sound(&client).await;
        server.stop().await;
    }
    were_of_every_kind(test, &rounds);
    let checked = atoll.run(["fsck", "--verify-content"]).await;
    assert!(checked.is_ok(), "{checked}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_power_cut_on_xfs_loses_nothing_that_was_acknowledged() {
    survives_power_cuts(
        "a_power_cut_on_xfs_loses_nothing_that_was_acknowledged",
        "xfs",
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_power_cut_on_ext4_loses_nothing_that_was_acknowledged() {
    survives_power_cuts(
        "a_power_cut_on_ext4_loses_nothing_that_was_acknowledged",
        "ext4",
    )
    .await;
}
