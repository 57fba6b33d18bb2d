//! Pulls and pushes, next to docker-registry.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context as _, Result};

use super::{http, own_dir};
use crate::cli::Options;
use crate::load::{Ask, load};
use crate::peers::{Atoll, DockerRegistry, Listen};
use crate::process::Tree;
use crate::report::{Row, Target};
use crate::sample::{Done, Sample, Series, alternate};
use crate::scenarios::push::{Pusher, REPOSITORY, Seeded, push_many};
use crate::store;
use crate::tools::{self, Curl};

const CONNECTIONS: usize = 10;
const SMALL_PUSHES: usize = 100;
const SMALL_PUSHERS: usize = 4;
const LARGE_PUSHES: usize = 5;
pub(super) const SMALL_BYTES: usize = 1_000_000;
pub(super) const LARGE_BYTES: usize = 100_000_000;

/// One of the two registries.
#[derive(Clone, Copy)]
struct Registry<'a> {
    tree: Tree,
    address: SocketAddr,
    authorization: Option<&'a str>,
}

/// All of it.
pub(crate) async fn run(options: &Options) -> Result<Vec<Row>> {
    let dir = own_dir(options)?;
    let data_dir = dir.path().join("atoll");
    let bearer = store::bearer(&data_dir, "push:bench/*").await?;
    let atoll = Atoll::start(options, &data_dir, Listen::Plain, None).await?;
    let docker = DockerRegistry::start(dir.path()).await?;
    let ours = Registry {
        tree: atoll.running.tree(),
        address: atoll.address,
        authorization: Some(&bearer),
    };
    let theirs = Registry {
        tree: docker.running.tree(),
        address: docker.address,
        authorization: None,
    };
    let mut seeded = None;
    for registry in [ours, theirs] {
        seeded = Some(
            Pusher::new(registry.address, registry.authorization)
                .seed()
                .await?,
        );
    }
    let seeded = seeded.context("nothing was seeded")?;
    let mut rows = small(options, ours, theirs, &seeded).await?;
    rows.extend(pulls(options, ours, theirs, &seeded).await?);
    rows.extend(pushes(options, ours, theirs).await?);
    Ok(rows)
}

async fn small(
    options: &Options,
    ours: Registry<'_>,
    theirs: Registry<'_>,
    seeded: &Seeded,
) -> Result<Vec<Row>> {
    let manifest = |reference: &str| format!("/v2/{REPOSITORY}/manifests/{reference}");
    let blob = format!("/v2/{REPOSITORY}/blobs/{}", seeded.config);
    let mut rows = Vec::new();
    for (name, path) in [
        ("manifest GET by tag", manifest("v1")),
        ("manifest GET by digest", manifest(&seeded.manifest)),
        ("82-byte blob GET", blob),
    ] {
        let path = path.as_str();
        let wrk = |registry: Registry<'_>| {
            let (tree, url, authorization) = (
                registry.tree,
                http(registry.address, path),
                registry.authorization.map(str::to_owned),
            );
            async move {
                Sample::take(
                    tree,
                    tools::wrk(&url, CONNECTIONS, options.seconds, authorization.as_deref()),
                )
                .await
            }
        };
        let (ones, others) = alternate(options.runs, || wrk(ours), || wrk(theirs)).await?;
        rows.extend(requests(name, &ones, &others, 3.0));
    }
    for (name, reference) in [
        ("manifest HEAD by tag", "v1"),
        ("manifest HEAD by digest", seeded.manifest.as_str()),
    ] {
        let (ones, others) = compare(
            options,
            ours,
            theirs,
            &[Ask::head(manifest(reference))],
            CONNECTIONS,
        )
        .await?;
        rows.extend(requests(name, &ones, &others, 3.0));
    }
    Ok(rows)
}

async fn pulls(
    options: &Options,
    ours: Registry<'_>,
    theirs: Registry<'_>,
    seeded: &Seeded,
) -> Result<Vec<Row>> {
    let path = |digest: &str| format!("/v2/{REPOSITORY}/blobs/{digest}");
    let manifest = format!("/v2/{REPOSITORY}/manifests/v1");
    let image = [
        Ask::head(manifest.as_str()),
        Ask::get(manifest.as_str()),
        Ask::get(path(&seeded.config)),
        Ask::get(path(&seeded.small)),
    ];
    let (ones, others) = compare(options, ours, theirs, &image, CONNECTIONS).await?;
    let mut rows = requests("1 MB image pull, 4 requests", &ones, &others, 2.0);
    let (ones, others) = compare(
        options,
        ours,
        theirs,
        &[Ask::get(path(&seeded.small))],
        CONNECTIONS,
    )
    .await?;
    rows.extend(bytes("1 MB blob pull", &ones, &others, 2.0));
    let large = path(&seeded.large);
    let large = large.as_str();
    let curl = |registry: Registry<'_>| {
        let (tree, url, authorization) = (
            registry.tree,
            http(registry.address, large),
            registry.authorization.map(str::to_owned),
        );
        async move {
            let curl = Curl {
                version: "--http1.1",
                ca: std::path::Path::new("/dev/null"),
                authorization: authorization.as_deref(),
            };
            Sample::take(tree, curl.download(&url, 10)).await
        }
    };
    let (ones, others) = alternate(options.runs, || curl(ours), || curl(theirs)).await?;
    rows.extend(bytes("100 MB blob pull", &ones, &others, 1.2));
    Ok(rows)
}

async fn pushes(options: &Options, ours: Registry<'_>, theirs: Registry<'_>) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for (name, size, count, pushers) in [
        ("1 MB push, 1 client", SMALL_BYTES, SMALL_PUSHES / 2, 1),
        (
            "1 MB push, 4 clients",
            SMALL_BYTES,
            SMALL_PUSHES,
            SMALL_PUSHERS,
        ),
        ("100 MB push, 1 client", LARGE_BYTES, LARGE_PUSHES, 1),
    ] {
        let push = |registry: Registry<'_>| {
            let pusher = Pusher::new(registry.address, registry.authorization);
            async move {
                // Hashed before the clock runs.
                let blobs = pusher.unique(size, count);
                Sample::take(registry.tree, async {
                    push_many(&pusher, &blobs, pushers).await?;
                    Ok(Done {
                        bytes: (size * count) as u64,
                        requests: count as u64,
                        p99_millis: 0.0,
                    })
                })
                .await
            }
        };
        let (ones, others) = alternate(options.runs, || push(ours), || push(theirs)).await?;
        let row = |what: &str, unit, figure: fn(&Sample) -> f64| {
            Row::new("oci", format!("{name}: {what}"), unit, ones.median(figure))
                .beside("registry", others.median(figure))
        };
        rows.push(row("pushes", "1/s", Sample::requests_per_second).target(Target::AtLeast(1.0)));
        let millis = |sample: &Sample| sample.server_cpu * 1000.0 / sample.requests as f64;
        rows.push(row("server CPU", "ms/push", millis).target(Target::AtMost(0.5)));
        rows.push(row("client CPU", "cores", Sample::client_cores));
    }
    Ok(rows)
}

async fn compare(
    options: &Options,
    ours: Registry<'_>,
    theirs: Registry<'_>,
    asks: &[Ask],
    connections: usize,
) -> Result<(Series, Series)> {
    let time = Duration::from_secs(options.seconds);
    let run = |registry: Registry<'_>| {
        let asks: Vec<Ask> = asks
            .iter()
            .map(|ask| ask.clone().by(registry.authorization))
            .collect();
        async move {
            Sample::take(
                registry.tree,
                load(registry.address, &asks, connections, time),
            )
            .await
        }
    };
    alternate(options.runs, || run(ours), || run(theirs)).await
}

fn requests(name: &str, ones: &Series, others: &Series, target: f64) -> Vec<Row> {
    let row = |what: &str, unit, figure: fn(&Sample) -> f64| {
        Row::new("oci", format!("{name}: {what}"), unit, ones.median(figure))
            .beside("registry", others.median(figure))
    };
    vec![
        row("requests", "1/s", Sample::requests_per_second).target(Target::AtLeast(target)),
        row("server CPU", "us/request", Sample::cpu_micros_per_request),
        row("client CPU", "cores", Sample::client_cores),
    ]
}

fn bytes(name: &str, ones: &Series, others: &Series, target: f64) -> Vec<Row> {
    let row = |what: &str, unit, figure: fn(&Sample) -> f64| {
        Row::new("oci", format!("{name}: {what}"), unit, ones.median(figure))
            .beside("registry", others.median(figure))
    };
    vec![
        row("throughput", "GB/s", Sample::gb_per_second).target(Target::AtLeast(target)),
        row("server CPU", "s/GB", Sample::cpu_seconds_per_gb),
        row("client CPU", "cores", Sample::client_cores),
    ]
}
