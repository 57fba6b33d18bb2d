//! What it costs to take a registry's modules in: unpacking, packing, hashing, reading and indexing.

use anyhow::{Result, bail, ensure};

use super::own_dir;
use crate::cli::Options;
use crate::http1::Connection;
use crate::peers::{Atoll, Listen};
use crate::process::MemoryWatch;
use crate::report::{Row, Target};
use crate::sample::{Done, Sample};
use crate::store::{self, TreeVersion, registry_tree};

/// PUT of every version of a registry's tree, one after the other. The first quarter fills what is kept in memory, up to its limits.
pub(crate) async fn run(options: &Options) -> Result<Vec<Row>> {
    let dir = own_dir(options)?;
    let data_dir = dir.path().join("atoll");
    let bearer = store::bearer(&data_dir, "push:modules/*").await?;
    let atoll = Atoll::start(options, &data_dir, Listen::Plain, None).await?;
    let versions = registry_tree();
    let mut quarters = Vec::new();
    for quarter in versions.chunks(versions.len().div_ceil(4)) {
        quarters.push(publish(&atoll, &bearer, quarter).await?);
    }
    let [
        (_, _),
        (second, peak_second),
        (third, _),
        (fourth, peak_last),
    ] = quarters.as_slice()
    else {
        bail!("a tree of {} versions has no quarters", versions.len());
    };
    let later = [second, third, fourth];
    let each = |seconds: fn(&Sample) -> f64| {
        let requests: u64 = later.iter().map(|sample| sample.requests).sum();
        later.into_iter().map(seconds).sum::<f64>() * 1000.0 / requests as f64
    };
    Ok(vec![
        Row::new(
            "modules",
            "PUT: server CPU",
            "ms/version",
            each(|sample| sample.server_cpu),
        )
        .bound(Target::AtMost(20.0)),
        Row::new(
            "modules",
            "PUT: time",
            "ms/version",
            each(|sample| sample.seconds),
        ),
        Row::new("modules", "peak RssAnon, last quarter", "MB", *peak_last)
            .beside("second quarter", *peak_second)
            .target(Target::AtMost(1.1)),
    ])
}

/// Publishes versions; what it cost, and the peak of memory in MB.
async fn publish(atoll: &Atoll, bearer: &str, versions: &[TreeVersion]) -> Result<(Sample, f64)> {
    let archives: Vec<_> = versions.iter().map(TreeVersion::archive).collect();
    let mut connection = Connection::open(atoll.address).await?;
    let watch = MemoryWatch::start(atoll.running.tree());
    let work = async {
        let mut done = Done::default();
        for (version, archive) in versions.iter().zip(&archives) {
            let path = format!(
                "/api/v1/modules/self/{}/{}",
                version.address, version.version
            );
            let answer = connection
                .send("PUT", &path, Some(bearer), &[archive])
                .await?;
            ensure!(
                answer.status == 201,
                "PUT {path} was answered with {}",
                answer.status
            );
            done.bytes += archive.len() as u64;
            done.requests += 1;
        }
        Ok(done)
    };
    let sample = Sample::take(atoll.running.tree(), work).await?;
    Ok((sample, watch.peak_bytes()? as f64 / 1e6))
}
