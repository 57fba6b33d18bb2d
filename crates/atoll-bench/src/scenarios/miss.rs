//! The first download of a zip that only an upstream has, next to a download from there.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use atoll_testkit::zips;

use super::own_dir;
use super::zip_pair::archive_url;
use crate::cli::Options;
use crate::http1::{Connection, Keep, request};
use crate::peers::{Atoll, Listen, Mirrored, Upstream};
use crate::process::MemoryWatch;
use crate::report::{Row, Target};
use crate::sample::median;

const HOSTNAME: &str = "bench.test";

/// How long the slow upstream waits between two pieces of 64 KiB.
const PAUSE: Duration = Duration::from_micros(500);

/// How long one download took, and until its first byte.
struct Timed {
    first_byte: f64,
    whole: f64,
}

/// Each size, from an upstream as fast as this machine and from one as fast as a good line.
pub(crate) async fn run(options: &Options, sizes_mb: Vec<usize>) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for megabytes in sizes_mb {
        let dir = own_dir(options)?;
        let files = zip_files(dir.path(), megabytes, options.runs + 1)?;
        for (name, pause) in [("full speed", Duration::ZERO), ("line speed", PAUSE)] {
            // A slow line of 700 MB takes a while: fewer runs say the same.
            let files = if pause.is_zero() {
                files.as_slice()
            } else {
                files.get(..3).unwrap_or(&files)
            };
            rows.extend(
                compare(
                    options,
                    files,
                    &format!("{megabytes} MB, {name}"),
                    pause,
                    dir.path(),
                )
                .await?,
            );
        }
    }
    Ok(rows)
}

async fn compare(
    options: &Options,
    files: &[PathBuf],
    name: &str,
    pause: Duration,
    dir: &std::path::Path,
) -> Result<Vec<Row>> {
    let upstream = Upstream::start(files, pause).await?;
    let from: SocketAddr = upstream
        .authority()
        .parse()
        .context("the upstream's address")?;
    let data_dir = dir.join(format!("atoll-{}", pause.as_micros()));
    let mirrored = Mirrored {
        hostname: HOSTNAME,
        url: &upstream.url,
    };
    let atoll = Atoll::start(options, &data_dir, Listen::Plain, Some(mirrored)).await?;
    let (mut direct, mut through) = (Vec::new(), Vec::new());
    let watch = MemoryWatch::start(atoll.running.tree());
    for patch in 0..files.len() {
        let path = format!(
            "/files/bench/zip/1.0.{patch}/terraform-provider-zip_1.0.{patch}_linux_amd64.zip"
        );
        let document = format!("/mirror/{HOSTNAME}/bench/zip/1.0.{patch}.json");
        let one = download(from, &path).await?;
        let answer = Connection::open(atoll.address)
            .await?
            .get(&document, None)
            .await?;
        let url = archive_url(&answer.body)
            .with_context(|| format!("{document} was answered with {}", answer.status))?;
        let other = download(atoll.address, &url).await?;
        // The first pair warms up.
        if patch > 0 {
            direct.push(one);
            through.push(other);
        }
    }
    let peak = watch.peak_bytes()? as f64 / 1e6;
    let middle =
        |all: &[Timed], figure: fn(&Timed) -> f64| median(all.iter().map(figure).collect());
    let whole = |timed: &Timed| timed.whole;
    let first = |timed: &Timed| timed.first_byte * 1000.0;
    let row =
        |what: &str, unit, figure: f64| Row::new("miss", format!("{name}: {what}"), unit, figure);
    Ok(vec![
        row("whole download", "s", middle(&through, whole))
            .beside("direct", middle(&direct, whole))
            .target(Target::AtMost(1.1)),
        row(
            "first byte later by",
            "ms",
            middle(&through, first) - middle(&direct, first),
        )
        .bound(Target::AtMost(10.0)),
        row("peak RssAnon", "MB", peak).bound(Target::AtMost(64.0)),
    ])
}

async fn download(address: SocketAddr, path: &str) -> Result<Timed> {
    let mut connection = Connection::open(address).await?;
    let head = request("GET", path, &address.to_string(), None, None);
    let started = Instant::now();
    let answer = connection
        .exchange(head.as_bytes(), &[], false, Keep::Nothing)
        .await?;
    ensure!(
        answer.status == 200,
        "{path} was answered with {}",
        answer.status
    );
    Ok(Timed {
        first_byte: (answer.first_byte - started).as_secs_f64(),
        whole: started.elapsed().as_secs_f64(),
    })
}

/// Zips of the same size and different bytes.
fn zip_files(dir: &std::path::Path, megabytes: usize, count: usize) -> Result<Vec<PathBuf>> {
    let write = |patch| {
        let file = dir.join(format!("{patch}.zip"));
        let zip = zips::large_provider(
            "zip",
            &format!("1.0.{patch}"),
            "linux_amd64",
            megabytes * 1_000_000,
        );
        std::fs::write(&file, &zip)
            .with_context(|| format!("failed to write {}", file.display()))?;
        Ok(file)
    };
    (0..count).map(write).collect()
}
