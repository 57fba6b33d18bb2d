//! Documents of a provider with a thousand versions and of a module with five hundred, next to the same bytes as static files.

use anyhow::{Result, ensure};
use atoll_db::{DatabaseUrl, Db};

use super::{http, own_dir};
use crate::cli::Options;
use crate::http1::Connection;
use crate::peers::{Atoll, Listen, Nginx};
use crate::report::{Row, Target};
use crate::sample::{Sample, alternate};
use crate::store::{self, PLATFORMS};
use crate::tools;

const VERSIONS: usize = 1000;
const MODULE_VERSIONS: usize = 500;
const CONNECTIONS: usize = 16;

struct Document {
    name: &'static str,
    path: &'static str,
    file: &'static str,
    target: f64,
    with_token: bool,
}

const DOCUMENTS: [Document; 7] = [
    Document {
        name: "index.json",
        path: "/mirror/atoll.internal/bench/aws/index.json",
        file: "index.json",
        target: 0.8,
        with_token: false,
    },
    Document {
        name: "index.json, token",
        path: "/mirror/atoll.internal/bench/aws/index.json",
        file: "index.json",
        target: 0.8,
        with_token: true,
    },
    Document {
        name: "/versions",
        path: "/v1/providers/bench/aws/versions",
        file: "versions.json",
        target: 0.8,
        with_token: false,
    },
    Document {
        name: "VERSION.json",
        path: "/mirror/atoll.internal/bench/aws/5.0.0.json",
        file: "5.0.0.json",
        target: 0.5,
        with_token: false,
    },
    Document {
        name: "VERSION.json, token",
        path: "/mirror/atoll.internal/bench/aws/5.0.0.json",
        file: "5.0.0.json",
        target: 0.5,
        with_token: true,
    },
    Document {
        name: "module /versions",
        path: "/v1/modules/bench/vpc/aws/versions",
        file: "module-versions.json",
        target: 0.8,
        with_token: false,
    },
    Document {
        name: "module /versions, token",
        path: "/v1/modules/bench/vpc/aws/versions",
        file: "module-versions.json",
        target: 0.8,
        with_token: true,
    },
];

/// `index.json`, `/versions` and a version's document, and a module's `/versions`, with and without a token.
pub(crate) async fn run(options: &Options) -> Result<Vec<Row>> {
    let dir = own_dir(options)?;
    let data_dir = dir.path().join("atoll");
    std::fs::create_dir_all(&data_dir)?;
    let db = Db::open(&DatabaseUrl::sqlite(&data_dir.join("atoll.db"))).await?;
    let mut tx = db.begin("bench.provider").await?;
    store::write_provider(&mut tx, "bench/aws", VERSIONS, &PLATFORMS).await?;
    tx.commit().await?;
    db.close().await;
    store::publish_module_versions(&data_dir, "bench/vpc/aws", MODULE_VERSIONS).await?;
    let bearer = store::bearer(&data_dir, "pull:providers/* pull:modules/*").await?;
    let (certificate, key) = (dir.path().join("tls.crt"), dir.path().join("tls.key"));
    tools::self_signed(&certificate, &key).await?;
    let nginx = Nginx::start(dir.path(), &certificate, &key).await?;
    let atoll = Atoll::start(options, &data_dir, Listen::Plain, None).await?;
    let mut rows = Vec::new();
    for document in &DOCUMENTS {
        rows.extend(compare(options, document, &atoll, &nginx, &bearer).await?);
    }
    Ok(rows)
}

async fn compare(
    options: &Options,
    document: &Document,
    atoll: &Atoll,
    nginx: &Nginx,
    bearer: &str,
) -> Result<Vec<Row>> {
    let authorization = document.with_token.then_some(bearer);
    let answer = Connection::open(atoll.address)
        .await?
        .get(document.path, authorization)
        .await?;
    ensure!(
        answer.status == 200,
        "{} was answered with {}",
        document.path,
        answer.status
    );
    nginx.add(document.file, &answer.body)?;
    let (atoll_url, nginx_url) = (
        http(atoll.address, document.path),
        http(nginx.plain, &format!("/{}", document.file)),
    );
    let (atoll_url, nginx_url) = (atoll_url.as_str(), nginx_url.as_str());
    let (ones, others) = alternate(
        options.runs,
        || {
            Sample::take(
                atoll.running.tree(),
                tools::wrk(atoll_url, CONNECTIONS, options.seconds, authorization),
            )
        },
        || {
            Sample::take(
                nginx.running.tree(),
                tools::wrk(nginx_url, CONNECTIONS, options.seconds, None),
            )
        },
    )
    .await?;
    let label = |what: &str| format!("{} ({} B): {what}", document.name, answer.bytes);
    let row = |what: &str, unit, figure: fn(&Sample) -> f64| {
        Row::new("lists", label(what), unit, ones.median(figure))
            .beside("nginx", others.median(figure))
    };
    Ok(vec![
        row("requests", "1/s", Sample::requests_per_second)
            .target(Target::AtLeast(document.target)),
        row("server CPU", "us/request", Sample::cpu_micros_per_request),
        row("client CPU", "cores", Sample::client_cores),
    ])
}
