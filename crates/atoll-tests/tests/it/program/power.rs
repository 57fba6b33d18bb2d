//! The power fails at any moment: what was acknowledged had been synced.

use std::time::Duration;

use atoll_testkit::atoll::Atoll;
use atoll_testkit::registry::FakeRegistry;

use super::disk::Disk;
use super::load::{Chance, Load, holds, is_sound, lists_nothing_by_halves, mirroring, offer};

/// How often it fails, and how long the server works before, at most and at least.
const CUTS: u64 = 4;
const WORK_MILLIS_MAX: u64 = 900;
const WORK_MILLIS_MIN: u64 = 300;

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
    let (mut rounds, mut acknowledged) = (Vec::new(), 0);
    for round in 0..CUTS {
        offer(&upstream, round);
        let server = atoll.serve_plainly().await;
        let load = Load::new(server.client(&token), round);
        let mut clients = load.start(&mut chance);
        // The moment is the point: no condition to wait for says it.
        tokio::time::sleep(Duration::from_millis(
            WORK_MILLIS_MIN + chance.below(WORK_MILLIS_MAX),
        ))
        .await;
        disk.cut_power();
        server.kill().await;
        while let Some(ended) = clients.join_next().await {
            ended.unwrap();
        }
        disk.come_back();
        let server = atoll.serve_plainly().await;
        let client = server.client(&token);
        acknowledged += load.acknowledged().count();
        rounds.push(load);
        for load in &rounds {
            holds(&client, &load.acknowledged()).await;
        }
        lists_nothing_by_halves(&client).await;
        is_sound(&client).await;
        server.stop().await;
    }
    println!("{test}: {acknowledged} things were acknowledged");
    assert!(
        acknowledged > rounds.len(),
        "the power was cut before anything was done"
    );
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
