//! Two stores, one a hundred times the other: what changes for those who use them.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result};

use super::own_dir;
use crate::cli::Options;
use crate::load::{Ask, load};
use crate::peers::{Atoll, Listen};
use crate::report::{Row, Target};
use crate::sample::{Sample, alternate, median};
use crate::store::{self, Size, image_name, provider_address};

/// How many clients ask at once.
const CONNECTIONS: usize = 4;

/// How long a server is left alone before its memory is read, in seconds.
const IDLE_SECS: u64 = 2;

/// Start-up, memory and latencies of a small and a large store.
pub(crate) async fn run(options: &Options, repositories: Vec<usize>) -> Result<Vec<Row>> {
    let [small, large] = <[usize; 2]>::try_from(repositories)
        .ok()
        .context("two sizes are compared")?;
    let dir = own_dir(options)?;
    let (small_dir, large_dir) = (dir.path().join("small"), dir.path().join("large"));
    for (data_dir, repositories) in [(&small_dir, small), (&large_dir, large)] {
        // As many versions as repositories: two for each provider.
        store::generate(
            data_dir,
            Size {
                repositories,
                versions: repositories,
            },
        )
        .await?;
    }
    let mut rows = starts(options, &large_dir, large).await?;
    let (few, many) = (
        start(options, &small_dir).await?,
        start(options, &large_dir).await?,
    );
    for (name, ask) in VIEWS {
        let time = Duration::from_secs(options.seconds);
        let (few_asks, many_asks) = (asks(small, ask), asks(large, ask));
        let (few_asks, many_asks) = (few_asks.as_slice(), many_asks.as_slice());
        let (smalls, larges) = alternate(
            options.runs,
            || {
                Sample::take(
                    few.running.tree(),
                    load(few.address, few_asks, CONNECTIONS, time),
                )
            },
            || {
                Sample::take(
                    many.running.tree(),
                    load(many.address, many_asks, CONNECTIONS, time),
                )
            },
        )
        .await?;
        let p99 = |sample: &Sample| sample.p99_millis;
        let row = Row::new(
            "growth",
            format!("{name}: p99 at {large} repositories"),
            "ms",
            larges.median(p99),
        );
        rows.push(
            row.beside("small store", smalls.median(p99))
                .target(Target::AtMost(2.0)),
        );
        let rate = Sample::requests_per_second;
        rows.push(
            Row::new(
                "growth",
                format!("{name}: requests"),
                "1/s",
                larges.median(rate),
            )
            .beside("small store", smalls.median(rate)),
        );
    }
    let after = many.running.tree().resident_bytes() as f64 / 1e6;
    rows.push(Row::new("growth", "VmRSS after that load", "MB", after));
    Ok(rows)
}

type View = fn(usize) -> String;

const VIEWS: [(&str, View); 3] = [
    ("index.json", |index| {
        format!(
            "/mirror/atoll.internal/{}/index.json",
            provider_address(index)
        )
    }),
    ("manifest GET", |index| {
        format!("/v2/{}/manifests/latest", image_name(index))
    }),
    ("tag list", |index| {
        format!("/v2/{}/tags/list", image_name(index))
    }),
];

/// Start-up until ready, and memory when nothing was asked yet.
async fn starts(options: &Options, data_dir: &Path, repositories: usize) -> Result<Vec<Row>> {
    let (mut ready, mut idle, mut anonymous) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..options.runs {
        let atoll = start(options, data_dir).await?;
        ready.push(atoll.running.ready_after.as_secs_f64() * 1000.0);
        tokio::time::sleep(Duration::from_secs(IDLE_SECS)).await;
        idle.push(atoll.running.tree().resident_bytes() as f64 / 1e6);
        anonymous.push(atoll.running.tree().anonymous_bytes() as f64 / 1e6);
        atoll.running.stop().await?;
    }
    let what = |text: &str| format!("{text} with {repositories} versions");
    Ok(vec![
        Row::new("growth", what("start until ready"), "ms", median(ready))
            .bound(Target::AtMost(100.0)),
        Row::new("growth", what("idle VmRSS"), "MB", median(idle)).bound(Target::AtMost(40.0)),
        Row::new("growth", what("idle RssAnon"), "MB", median(anonymous)),
    ])
}

async fn start(options: &Options, data_dir: &Path) -> Result<Atoll> {
    Atoll::start(options, data_dir, Listen::Plain, None).await
}

/// A request for each half of the repositories, in an order that no cache can guess.
fn asks(repositories: usize, view: View) -> Vec<Ask> {
    let count = (repositories / 2).max(1);
    // A step that shares no factor with the count visits all of them.
    let step = (7919..9000)
        .find(|step| gcd(*step, count) == 1)
        .unwrap_or(1);
    (0..count)
        .map(|index| Ask::get(view(index * step % count)))
        .collect()
}

fn gcd(one: usize, other: usize) -> usize {
    if other == 0 {
        one
    } else {
        gcd(other, one % other)
    }
}
