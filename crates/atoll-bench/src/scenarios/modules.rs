//! What it costs to take a registry's modules in: unpacking, packing, hashing, reading and indexing.

use anyhow::{Result, ensure};

use super::own_dir;
use crate::cli::Options;
use crate::http1::Connection;
use crate::peers::{Atoll, Listen};
use crate::process::MemoryWatch;
use crate::report::{Row, Target};
use crate::sample::{Done, Sample};
use crate::store::{self, TreeVersion, registry_tree};

/// PUT of every version of a registry's tree, one after the other.
pub(crate) async fn run(options: &Options) -> Result<Vec<Row>> {
    let dir = own_dir(options)?;
    let data_dir = dir.path().join("atoll");
    let bearer = store::bearer(&data_dir, "push:modules/*").await?;
    let atoll = Atoll::start(options, &data_dir, Listen::Plain, None).await?;
    let versions = registry_tree();
    let (first, rest) = versions.split_at(versions.len() / 4);
    let (_, peak_first) = publish(&atoll, &bearer, first).await?;
    let (sample, peak_rest) = publish(&atoll, &bearer, rest).await?;
    let each = |seconds: f64| seconds * 1000.0 / rest.len() as f64;
    Ok(vec![
        Row::new(
            "modules",
            "PUT: server CPU",
            "ms/version",
            each(sample.server_cpu),
        )
        .bound(Target::AtMost(20.0)),
        Row::new("modules", "PUT: time", "ms/version", each(sample.seconds)),
        Row::new(
            "modules",
            "peak RssAnon, last three quarters",
            "MB",
            peak_rest,
        )
        .beside("first quarter", peak_first)
        .target(Target::AtMost(1.25)),
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
