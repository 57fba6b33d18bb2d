//! A server that is killed at any moment: nothing that it acknowledged is lost, and nothing is to be seen by halves.

use std::time::{Duration, Instant};

use atoll_testkit::atoll::Atoll;
use atoll_testkit::registry::{FakeRegistry, Fault};

use super::load::{
    Chance, Kind, Load, holds, is_sound, lists_nothing_by_halves, mirroring, offer,
    were_of_every_kind,
};
use super::world::{CORAL, DARWIN, LINUX, Release, register_key};

/// How often it is killed at work, at most and at least, for how long altogether, and how long it works before, at most.
const KILLS: u64 = 25;
const KILLS_MIN: u64 = 10;
const TOTAL: Duration = Duration::from_secs(20);
const WORK_MILLIS_MAX: u64 = 500;

/// How often it is killed while it starts, and after how long, at most.
const KILLS_AT_START: u64 = 15;
const START_MILLIS_MAX: u64 = 200;

/// What a command publishes that is killed, and after how long, at most.
const VERSIONS: [&str; 8] = [
    "1.0.0", "1.1.0", "1.2.0", "1.3.0", "1.4.0", "1.5.0", "1.6.0", "1.7.0",
];
const COMMAND_MILLIS_MAX: u64 = 300;

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_server_loses_nothing_that_it_acknowledged() {
    let test = "a_killed_server_loses_nothing_that_it_acknowledged";
    let Some(atoll) = Atoll::find_for(test) else {
        return;
    };
    let mut chance = Chance::new(test);
    let upstream = FakeRegistry::start().await;
    upstream.fault(Fault::drip(16 * 1024, Duration::from_millis(5)).on("*.zip"));
    atoll.write("atoll.hcl", mirroring(&upstream));
    let token = atoll.token("admin").await;
    register_key(&atoll).await;
    let begun = Instant::now();
    let mut rounds = Vec::new();
    for round in 0..KILLS {
        if begun.elapsed() > TOTAL && round >= KILLS_MIN {
            break;
        }
        offer(&upstream, round);
        let server = atoll.serve_plainly().await;
        let load = Load::new(server.client(&token), round);
        let mut clients = load.start(&mut chance);
        // However busy the machine is, everything is done sometimes before the server is killed. Every other time nothing may be.
        if round % 2 == 1 {
            load.did(Kind::in_turn(round / 2)).await;
        }
        // The moment is the point: no condition to wait for says it.
        tokio::time::sleep(Duration::from_millis(chance.below(WORK_MILLIS_MAX))).await;
        server.kill().await;
        while let Some(ended) = clients.join_next().await {
            ended.unwrap();
        }
        let server = atoll.serve_plainly().await;
        let client = server.client(&token);
        holds(&client, &load.acknowledged()).await;
        is_sound(&client).await;
        rounds.push(load.acknowledged());
        server.kill().await;
    }
    println!("killed {} times in {:?}", 2 * rounds.len(), begun.elapsed());
    were_of_every_kind(test, &rounds);
    let server = atoll.serve_plainly().await;
    let client = server.client(&token);
    lists_nothing_by_halves(&client).await;
    for acknowledged in &rounds {
        holds(&client, acknowledged).await;
    }
    server.stop().await;
    let checked = atoll.run(["fsck", "--verify-content"]).await;
    assert!(checked.is_ok(), "{checked}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_killed_while_it_starts_starts_again() {
    let test = "a_server_that_is_killed_while_it_starts_starts_again";
    let Some(atoll) = Atoll::find_for(test) else {
        return;
    };
    let mut chance = Chance::new(test);
    for _ in 0..KILLS_AT_START {
        let mut child = atoll.begin_to_serve(&[]);
        tokio::time::sleep(Duration::from_millis(chance.below(START_MILLIS_MAX))).await;
        // It has to be gone: its lock ends with it.
        child.kill().await.unwrap();
    }
    let server = atoll.serve(&[]).await;
    let token = atoll.token("admin").await;
    is_sound(&server.client(&token)).await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_command_leaves_nothing_by_halves() {
    let test = "a_killed_command_leaves_nothing_by_halves";
    let Some(atoll) = Atoll::find_for(test) else {
        return;
    };
    let mut chance = Chance::new(test);
    let token = atoll.token("admin").await;
    for version in VERSIONS {
        let directory = Release::unsigned(version, &[LINUX, DARWIN]).write(&atoll, version);
        let mut command = tokio::process::Command::from(atoll.program().command());
        command.args(["provider", "publish"]).arg(directory);
        command.args(["--address", CORAL, "--version", version]);
        command
            .stderr(std::process::Stdio::null())
            .kill_on_drop(true);
        let mut child = command.spawn().unwrap();
        tokio::time::sleep(Duration::from_millis(chance.below(COMMAND_MILLIS_MAX))).await;
        child.kill().await.unwrap();
    }
    // Each of them can be done again, wherever it ended.
    for version in VERSIONS {
        Release::unsigned(version, &[LINUX, DARWIN])
            .publish(&atoll)
            .await
            .succeeds();
    }
    let server = atoll.serve_plainly().await;
    let client = server.client(&token);
    lists_nothing_by_halves(&client).await;
    is_sound(&client).await;
    server.stop().await;
}
