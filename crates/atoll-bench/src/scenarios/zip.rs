//! One zip, downloaded whole.

use std::fs::File;
use std::path::Path;

use anyhow::Result;
use rustix::fs::{Advice, fadvise};

use super::zip_pair::{Package, Speak, ZipPair};
use crate::cli::Options;
use crate::report::{Row, Target};
use crate::sample::{Sample, Series, alternate};
use crate::tools::Curl;

/// How many downloads one run makes over one connection.
const DOWNLOADS: usize = 5;

/// TLS 1.3, from the page cache, over HTTP/1.1 and HTTP/2.
pub(crate) async fn tls(options: &Options) -> Result<Vec<Row>> {
    tls_of(options, "zip-tls", Package::Provider).await
}

/// Plain HTTP/1, from the page cache.
pub(crate) async fn plain(options: &Options) -> Result<Vec<Row>> {
    plain_of(options, "zip-plain", Package::Provider).await
}

/// The same downloads of a module's package.
pub(crate) async fn module(options: &Options) -> Result<Vec<Row>> {
    let mut rows = tls_of(options, "module-zip", Package::Module).await?;
    rows.extend(plain_of(options, "module-zip", Package::Module).await?);
    Ok(rows)
}

async fn tls_of(options: &Options, scenario: &'static str, package: Package) -> Result<Vec<Row>> {
    let pair = ZipPair::start(options, Speak::Tls, package).await?;
    let mut rows = Vec::new();
    for (version, name) in [
        ("--http1.1", "TLS 1.3, HTTP/1.1"),
        ("--http2", "TLS 1.3, HTTP/2"),
    ] {
        let (atoll, nginx) = compare(&pair, version, options.runs, DOWNLOADS, |_| Ok(())).await?;
        rows.extend(figures(
            scenario,
            name,
            &atoll,
            &nginx,
            Some(1.2),
            Some(0.75),
        ));
    }
    Ok(rows)
}

async fn plain_of(options: &Options, scenario: &'static str, package: Package) -> Result<Vec<Row>> {
    let pair = ZipPair::start(options, Speak::Plain, package).await?;
    let (atoll, nginx) = compare(&pair, "--http1.1", options.runs, DOWNLOADS, |_| Ok(())).await?;
    Ok(figures(
        scenario,
        "HTTP/1.1",
        &atoll,
        &nginx,
        Some(0.9),
        None,
    ))
}

/// Plain and TLS, with nothing in the page cache.
pub(crate) async fn cold(options: &Options) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for (speak, name) in [
        (Speak::Plain, "cold, HTTP/1.1"),
        (Speak::Tls, "cold, TLS 1.3"),
    ] {
        let pair = ZipPair::start(options, speak, Package::Provider).await?;
        let (atoll, nginx) = compare(&pair, "--http1.1", options.runs, 1, drop_from_cache).await?;
        rows.extend(figures("zip-cold", name, &atoll, &nginx, None, None));
    }
    Ok(rows)
}

async fn compare(
    pair: &ZipPair,
    version: &'static str,
    runs: usize,
    downloads: usize,
    before: impl Fn(&Path) -> Result<()>,
) -> Result<(Series, Series)> {
    let curl = Curl {
        version,
        ca: &pair.ca,
        authorization: None,
    };
    let (curl, before) = (&curl, &before);
    alternate(
        runs,
        || async move {
            before(&pair.file)?;
            Sample::take(
                pair.atoll.running.tree(),
                curl.download(&pair.atoll_url, downloads),
            )
            .await
        },
        || async move {
            before(&pair.file)?;
            Sample::take(
                pair.nginx.running.tree(),
                curl.download(&pair.nginx_url, downloads),
            )
            .await
        },
    )
    .await
}

fn drop_from_cache(file: &Path) -> Result<()> {
    let file = File::open(file)?;
    // Pages that are not on the disk yet would stay.
    file.sync_all()?;
    Ok(fadvise(&file, 0, None, Advice::DontNeed)?)
}

fn figures(
    scenario: &'static str,
    name: &str,
    atoll: &Series,
    nginx: &Series,
    throughput: Option<f64>,
    cpu: Option<f64>,
) -> Vec<Row> {
    let row = |what: &str, unit, figure: fn(&Sample) -> f64| {
        Row::new(
            scenario,
            format!("{name}: {what}"),
            unit,
            atoll.median(figure),
        )
        .beside("nginx", nginx.median(figure))
    };
    let mut fast = row("throughput", "GB/s", Sample::gb_per_second);
    let mut cheap = row("server CPU", "s/GB", Sample::cpu_seconds_per_gb);
    if let Some(bound) = throughput {
        fast = fast.target(Target::AtLeast(bound));
    }
    if let Some(bound) = cpu {
        cheap = cheap.target(Target::AtMost(bound));
    }
    vec![
        fast,
        cheap,
        row("client CPU", "cores", Sample::client_cores),
    ]
}
