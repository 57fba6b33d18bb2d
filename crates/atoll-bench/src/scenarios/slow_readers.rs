//! Many clients that read slowly: what each of them costs in memory and CPU.

use anyhow::Result;

use super::zip_pair::{Package, Speak, ZipPair};
use crate::cli::Options;
use crate::process::{MemoryWatch, Tree};
use crate::report::{Row, Target};
use crate::sample::{Sample, Series, median};
use crate::tools::Curl;

const CLIENTS: usize = 64;
/// What each of them takes, in bytes a second.
const RATE: &str = "2M";
/// Memory that one server may use, in MB.
const MEMORY_MB_MAX: f64 = 64.0;

/// 64 clients over plain HTTP/1, TLS with HTTP/1.1 and TLS with HTTP/2.
pub(crate) async fn run(options: &Options) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    let ways = [
        (Speak::Plain, "--http1.1", "HTTP/1.1"),
        (Speak::Tls, "--http1.1", "TLS, HTTP/1.1"),
        (Speak::Tls, "--http2", "TLS, HTTP/2"),
    ];
    for (speak, version, name) in ways {
        let pair = ZipPair::start(options, speak, Package::Provider).await?;
        let curl = Curl {
            version,
            ca: &pair.ca,
            authorization: None,
        };
        let (mut peaks, mut nginx_peaks) = (Vec::new(), Vec::new());
        let mut ones = Series::default();
        let mut others = Series::default();
        for _ in 0..options.runs.div_ceil(2) {
            let (sample, peak) = watched(
                pair.atoll.running.tree(),
                &curl,
                &pair.atoll_url,
                options.seconds * 2,
            )
            .await?;
            ones.push(sample);
            peaks.push(peak);
            let (sample, peak) = watched(
                pair.nginx.running.tree(),
                &curl,
                &pair.nginx_url,
                options.seconds * 2,
            )
            .await?;
            others.push(sample);
            nginx_peaks.push(peak);
        }
        let label = |what: &str| format!("{CLIENTS} x {RATE}B/s, {name}: {what}");
        let memory = Row::new("slow-readers", label("peak RssAnon"), "MB", median(peaks));
        rows.push(
            memory
                .beside("nginx", median(nginx_peaks))
                .bound(Target::AtMost(MEMORY_MB_MAX)),
        );
        let cpu = |series: &Series| series.median(Sample::cpu_seconds_per_gb);
        rows.push(
            Row::new("slow-readers", label("server CPU"), "s/GB", cpu(&ones))
                .beside("nginx", cpu(&others)),
        );
        let speed = |series: &Series| series.median(Sample::gb_per_second);
        rows.push(
            Row::new("slow-readers", label("delivered"), "GB/s", speed(&ones))
                .beside("nginx", speed(&others)),
        );
    }
    Ok(rows)
}

async fn watched(tree: Tree, curl: &Curl<'_>, url: &str, seconds: u64) -> Result<(Sample, f64)> {
    let watch = MemoryWatch::start(tree);
    let sample = Sample::take(tree, curl.crawl(url, CLIENTS, RATE, seconds)).await?;
    Ok((sample, watch.peak_bytes()? as f64 / 1e6))
}
