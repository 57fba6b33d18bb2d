//! What a push syncs, as the kernel sees it.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, Result};
use tokio::process::Command;

use super::oci::SMALL_BYTES;
use super::own_dir;
use super::push::Pusher;
use crate::cli::Options;
use crate::peers::{Atoll, DockerRegistry, Listen};
use crate::process::Tree;
use crate::report::Row;
use crate::store;

const PUSHES: usize = 20;

/// How long strace may take to see all threads, in milliseconds.
const ATTACH_MILLIS: u64 = 1000;

/// Calls of `fsync`, `fdatasync` and their like for each push of a 1 MB blob.
pub(crate) async fn run(options: &Options) -> Result<Vec<Row>> {
    let dir = own_dir(options)?;
    let data_dir = dir.path().join("atoll");
    let bearer = store::bearer(&data_dir, "push:bench/*").await?;
    let atoll = Atoll::start(options, &data_dir, Listen::Plain, None).await?;
    let docker = DockerRegistry::start(dir.path()).await?;
    let log = dir.path().join("strace");
    let ours = traced(
        atoll.running.tree(),
        &Pusher::new(atoll.address, Some(&bearer)),
        &log,
    )
    .await?;
    let theirs = traced(
        docker.running.tree(),
        &Pusher::new(docker.address, None),
        &log,
    )
    .await?;
    let mut kinds: Vec<&String> = ours.keys().chain(theirs.keys()).collect();
    kinds.sort();
    kinds.dedup();
    let each = |counts: &BTreeMap<String, usize>, kind: &str| {
        counts.get(kind).copied().unwrap_or_default() as f64 / PUSHES as f64
    };
    let row = |kind: &String| {
        Row::new("syncs", kind.clone(), "per push", each(&ours, kind))
            .beside("registry", each(&theirs, kind))
    };
    Ok(kinds.into_iter().map(row).collect())
}

/// Pushes under strace and counts calls by name and the kind of file.
async fn traced(tree: Tree, pusher: &Pusher, log: &Path) -> Result<BTreeMap<String, usize>> {
    // One push first, so that directories and sessions are there.
    let mut connection = pusher.connect().await?;
    for blob in pusher.unique(SMALL_BYTES, 1) {
        pusher.push(&mut connection, &blob).await?;
    }
    let mut command = Command::new("strace");
    command.args([
        "-f",
        "-qq",
        "-y",
        "-e",
        "trace=fsync,fdatasync,sync_file_range,syncfs,sync",
        "-p",
        &tree.0.to_string(),
        "-o",
    ]);
    command
        .arg(log)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true);
    let mut strace = command.spawn().context("failed to start strace")?;
    tokio::time::sleep(Duration::from_millis(ATTACH_MILLIS)).await;
    for blob in pusher.unique(SMALL_BYTES, PUSHES) {
        pusher.push(&mut connection, &blob).await?;
    }
    if let Some(pid) = strace
        .id()
        .and_then(|pid| rustix::process::Pid::from_raw(pid.cast_signed()))
    {
        rustix::process::kill_process(pid, rustix::process::Signal::INT)?;
    }
    strace.wait().await?;
    let mut counts = BTreeMap::new();
    for line in std::fs::read_to_string(log)?.lines() {
        if let Some(call) = call(line) {
            *counts.entry(call).or_insert(0) += 1;
        }
    }
    Ok(counts)
}

/// `12345 fdatasync(17</x/atoll.db-wal>) = 0` as `fdatasync of atoll.db-wal`.
fn call(line: &str) -> Option<String> {
    let (before, rest) = line.split_once('(')?;
    let name = before.rsplit(' ').next()?;
    let path = rest.split_once('<')?.1.split_once('>')?.0;
    let what = if path.ends_with("-wal") {
        "the database's log"
    } else if Path::new(path)
        .extension()
        .is_some_and(|extension| extension == "db")
    {
        "the database"
    } else if Path::new(path).is_dir() {
        "a directory"
    } else {
        "a blob's file"
    };
    Some(format!("{name} of {what}"))
}
