//! How fast bytes come in, next to how fast one core can hash them.

use anyhow::Result;

use super::own_dir;
use super::push::Pusher;
use crate::cli::Options;
use crate::peers::{Atoll, Listen};
use crate::process::MemoryWatch;
use crate::report::{Row, Target};
use crate::sample::median;
use crate::scenarios::oci::LARGE_BYTES;
use crate::{store, tools};

const PUSHES: usize = 5;

/// PUT of 100 MB blobs over plain HTTP, one after the other.
pub(crate) async fn run(options: &Options) -> Result<Vec<Row>> {
    let dir = own_dir(options)?;
    let data_dir = dir.path().join("atoll");
    let bearer = store::bearer(&data_dir, "push:bench/*").await?;
    let atoll = Atoll::start(options, &data_dir, Listen::Plain, None).await?;
    let pusher = Pusher::new(atoll.address, Some(&bearer));
    let (mut hashed, mut put) = (Vec::new(), Vec::new());
    let watch = MemoryWatch::start(atoll.running.tree());
    let cpu_before = atoll.running.tree().cpu_seconds();
    for _ in 0..options.runs {
        hashed.push(tools::openssl_sha256().await? / 1e9);
        let mut connection = pusher.connect().await?;
        let mut speeds = Vec::new();
        for blob in pusher.unique(LARGE_BYTES, PUSHES) {
            speeds.push(LARGE_BYTES as f64 / 1e9 / pusher.push(&mut connection, &blob).await?);
        }
        put.push(median(speeds));
    }
    let bytes = (options.runs * PUSHES * LARGE_BYTES) as f64;
    let cpu = (atoll.running.tree().cpu_seconds() - cpu_before) / (bytes / 1e9);
    let peak = watch.peak_bytes()? as f64 / 1e6;
    let speed = Row::new("ingest", "PUT of 100 MB, HTTP/1.1", "GB/s", median(put))
        .beside("sha256", median(hashed));
    Ok(vec![
        speed.target(Target::AtLeast(0.6)),
        Row::new("ingest", "server CPU", "s/GB", cpu),
        Row::new("ingest", "peak RssAnon", "MB", peak).bound(Target::AtMost(64.0)),
    ])
}
