//! Clients that push, publish and fetch until the server is gone, and remember what it acknowledged.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use atoll_core::digest::Digest;
use atoll_testkit::registry::FakeRegistry;
use atoll_testkit::server::Client;
use atoll_testkit::zips;
use bytes::Bytes;
use http::{Method, StatusCode};
use reqwest::multipart::{Form, Part};
use serde_json::Value;

use super::world::{CORAL, DARWIN, LINUX, is, manifest_of, reads_whole, tags, zip_name};

/// The mirrored host, and the size of its packages.
pub(super) const HOST: &str = "tf.example";
const PACKAGE_BYTES: usize = 200_000;

/// Numbers that follow from a seed and from nothing else.
#[derive(Clone)]
pub(super) struct Chance(u64);

impl Chance {
    /// A new seed, which is printed: with `ATOLL_TEST_SEED` a run takes the same decisions again.
    #[expect(
        clippy::disallowed_methods,
        reason = "there is no configuration around a test"
    )]
    pub(super) fn new(test: &str) -> Self {
        let given = std::env::var("ATOLL_TEST_SEED")
            .ok()
            .and_then(|text| text.parse().ok());
        let now = std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .unwrap();
        let seed = given.unwrap_or_else(|| u64::from(now.subsec_nanos()));
        println!("{test}: ATOLL_TEST_SEED={seed}");
        Self(seed | 1)
    }

    /// A number below this one.
    pub(super) fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) % end
    }

    /// An independent source.
    pub(super) fn split(&mut self) -> Self {
        Self(self.below(u64::MAX) | 1)
    }
}

/// What the server said that it has.
#[derive(Clone, Default)]
pub(super) struct Acknowledged {
    /// Repository and digest.
    blobs: Vec<(String, String)>,
    /// Repository and tag, with the digest.
    tags: BTreeMap<(String, String), String>,
    /// Versions of the provider.
    versions: Vec<String>,
    /// Versions of the mirrored provider that arrived whole.
    fetched: Vec<String>,
}

impl Acknowledged {
    /// How many things.
    pub(super) fn count(&self) -> usize {
        self.blobs.len() + self.tags.len() + self.versions.len() + self.fetched.len()
    }
}

/// The clients of one run of the server.
#[derive(Clone)]
pub(super) struct Load {
    client: Client,
    round: u64,
    acknowledged: Arc<Mutex<Acknowledged>>,
}

impl Load {
    pub(super) fn new(client: Client, round: u64) -> Self {
        Self {
            client,
            round,
            acknowledged: Arc::default(),
        }
    }

    /// What was acknowledged so far.
    pub(super) fn acknowledged(&self) -> Acknowledged {
        self.acknowledged.lock().unwrap().clone()
    }

    /// Starts all of them; they end when the server does not answer any more.
    pub(super) fn start(&self, chance: &mut Chance) -> tokio::task::JoinSet<()> {
        let mut clients = tokio::task::JoinSet::new();
        for worker in 0..3 {
            let (load, chance) = (self.clone(), chance.split());
            clients
                .spawn(async move { load.push_images(worker, chance).await.unwrap_or_default() });
        }
        let load = self.clone();
        clients.spawn(async move { load.publish().await.unwrap_or_default() });
        let load = self.clone();
        clients.spawn(async move { load.fetch().await.unwrap_or_default() });
        clients
    }

    fn acknowledge(&self, note: impl FnOnce(&mut Acknowledged)) {
        note(&mut self.acknowledged.lock().unwrap());
    }

    /// Sends a request; nothing where the server refuses or does not answer.
    async fn send(&self, request: reqwest::RequestBuilder) -> Option<reqwest::Response> {
        request.send().await.ok()?.error_for_status().ok()
    }

    async fn push_images(&self, worker: u64, mut chance: Chance) -> Option<()> {
        for image in 0.. {
            // New repositories and old ones.
            let repository = if image % 4 == 0 {
                format!("acme/new-{}-{worker}-{image}", self.round)
            } else {
                format!("acme/app-{worker}")
            };
            let length = 1 + chance.below(300_000);
            let layer =
                super::world::noise(chance.below(u64::MAX), usize::try_from(length).unwrap());
            self.push_blob(&repository, Bytes::from_static(b"{}"), false)
                .await?;
            self.push_blob(&repository, layer.clone(), image % 2 == 0)
                .await?;
            let manifest = manifest_of(b"{}", &layer);
            let tag = format!("v{}-{worker}-{image}", self.round);
            let path = format!("/v2/{repository}/manifests/{tag}");
            let text = manifest.to_string();
            let digest = Digest::sha256(text.as_bytes()).to_string();
            let put = self
                .client
                .request(Method::PUT, &path)
                .header("content-type", manifest["mediaType"].as_str().unwrap())
                .body(text);
            self.send(put).await?;
            self.acknowledge(|acknowledged| {
                acknowledged.tags.insert((repository, tag), digest);
            });
        }
        None
    }

    async fn push_blob(&self, repository: &str, bytes: Bytes, in_session: bool) -> Option<()> {
        let digest = Digest::sha256(&bytes).to_string();
        let uploads = format!("/v2/{repository}/blobs/uploads/");
        if in_session {
            let opened = self
                .send(self.client.request(Method::POST, &uploads))
                .await?;
            let session = opened.headers()["location"].to_str().unwrap().to_owned();
            self.send(self.client.request(Method::PATCH, &session).body(bytes))
                .await?;
            self.send(
                self.client
                    .request(Method::PUT, &format!("{session}?digest={digest}")),
            )
            .await?;
        } else {
            let path = format!("{uploads}?digest={digest}");
            self.send(self.client.request(Method::POST, &path).body(bytes))
                .await?;
        }
        self.acknowledge(|acknowledged| acknowledged.blobs.push((repository.to_owned(), digest)));
        Some(())
    }

    async fn publish(&self) -> Option<()> {
        for number in 0.. {
            let version = format!("{}.0.{number}", self.round);
            let mut form = Form::new()
                .text("namespace", "acme")
                .text("type", "coral")
                .text("version", version.clone());
            for platform in [LINUX, DARWIN] {
                let zip = zips::provider("coral", &version, platform);
                form = form.part(
                    "file",
                    Part::bytes(zip.to_vec()).file_name(zip_name(&version, platform)),
                );
            }
            self.send(
                self.client
                    .request(Method::POST, "/api/v1/providers")
                    .multipart(form),
            )
            .await?;
            self.acknowledge(|acknowledged| acknowledged.versions.push(version));
        }
        None
    }

    async fn fetch(&self) -> Option<()> {
        for number in 0..PACKAGES {
            let version = mirrored_version(self.round, number);
            let response = self
                .send(self.client.request(Method::GET, &mirror_path(&version)))
                .await?;
            let document: Value = serde_json::from_slice(&response.bytes().await.ok()?).ok()?;
            let url = document["archives"][LINUX]["url"].as_str()?.to_owned();
            let body = self
                .send(self.client.request(Method::GET, &url))
                .await?
                .bytes()
                .await
                .ok()?;
            assert_eq!(
                body,
                package(&version),
                "an archive arrived whole and wrong"
            );
            self.acknowledge(|acknowledged| acknowledged.fetched.push(version));
        }
        None
    }
}

/// How many versions of the mirrored provider there are for each round.
const PACKAGES: u64 = 8;

fn mirrored_version(round: u64, number: u64) -> String {
    format!("1.{round}.{number}")
}

fn mirror_path(version: &str) -> String {
    format!("/mirror/{HOST}/{CORAL}/{version}.json")
}

fn package(version: &str) -> Bytes {
    zips::large_provider("coral", version, LINUX, PACKAGE_BYTES)
}

/// Offers what the clients of a round fetch.
pub(super) fn offer(upstream: &FakeRegistry, round: u64) {
    for number in 0..PACKAGES {
        let version = mirrored_version(round, number);
        drop(
            upstream
                .provider(CORAL)
                .version(&version)
                .package(LINUX, package(&version)),
        );
    }
}

/// A configuration that mirrors this upstream.
pub(super) fn mirroring(upstream: &FakeRegistry) -> String {
    format!(
        "server {{\n  min_free = 0\n}}\nupstream \"terraform\" \"{HOST}\" {{\n  url = \"{}\"\n  anonymous = \"fetch\"\n}}\n",
        upstream.url()
    )
}

/// Everything that was acknowledged is there, and everything that is listed can be read to the last byte.
pub(super) async fn holds(client: &Client, acknowledged: &Acknowledged) {
    for (repository, digest) in &acknowledged.blobs {
        let reply = client
            .get(&format!("/v2/{repository}/blobs/{digest}"))
            .await;
        is(&reply, StatusCode::OK);
        assert_eq!(Digest::sha256(&reply.body).to_string(), *digest);
    }
    for ((repository, tag), digest) in &acknowledged.tags {
        let reply = client
            .get(&format!("/v2/{repository}/manifests/{tag}"))
            .await;
        is(&reply, StatusCode::OK);
        assert_eq!(reply.header("docker-content-digest"), digest);
    }
    let versions = client
        .get(&format!("/v1/providers/{CORAL}/versions"))
        .await
        .json();
    let listed: Vec<&str> = versions["versions"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|version| version["version"].as_str())
        .collect();
    for version in &acknowledged.versions {
        assert!(
            listed.contains(&version.as_str()),
            "{version} was published and is gone: {versions}"
        );
    }
    for version in &acknowledged.fetched {
        let document = client.get(&mirror_path(version)).await;
        is(&document, StatusCode::OK);
        let url = document.json()["archives"][LINUX]["url"]
            .as_str()
            .unwrap()
            .to_owned();
        assert_eq!(client.get(&url).await.body, package(version), "{version}");
    }
}

/// Everything that is listed can be read to the last byte.
pub(super) async fn lists_nothing_by_halves(client: &Client) {
    let catalog = client.get("/v2/_catalog?n=1000").await;
    is(&catalog, StatusCode::OK);
    for repository in catalog.json()["repositories"].as_array().unwrap() {
        let repository = repository.as_str().unwrap();
        // What is mirrored is partly known and not here; that is seen below.
        if !repository.contains(HOST) {
            for tag in tags(client, repository).await {
                reads_whole(client, repository, &tag).await;
            }
        }
    }
    let versions = client
        .get(&format!("/v1/providers/{CORAL}/versions"))
        .await
        .json();
    for version in versions["versions"].as_array().into_iter().flatten() {
        assert_eq!(
            version["platforms"].as_array().unwrap().len(),
            2,
            "a version without all of its platforms: {version}"
        );
        provider_reads_whole(client, version["version"].as_str().unwrap()).await;
    }
}

async fn provider_reads_whole(client: &Client, version: &str) {
    for platform in [LINUX, DARWIN] {
        let (os, arch) = platform.split_once('_').unwrap();
        let package = client
            .get(&format!(
                "/v1/providers/{CORAL}/{version}/download/{os}/{arch}"
            ))
            .await;
        is(&package, StatusCode::OK);
        let package = package.json();
        let zip = client.get(package["download_url"].as_str().unwrap()).await;
        assert_eq!(
            zips::sha256_hex(&zip.body),
            package["shasum"].as_str().unwrap()
        );
        let sums = client
            .get(package["shasums_url"].as_str().unwrap())
            .await
            .text();
        assert!(sums.contains(package["shasum"].as_str().unwrap()), "{sums}");
        is(
            &client
                .get(package["shasums_signature_url"].as_str().unwrap())
                .await,
            StatusCode::OK,
        );
    }
}

/// The server finds no damage in its store.
pub(super) async fn is_sound(client: &Client) {
    let request = client
        .request(Method::POST, "/api/v1/maintenance/fsck")
        .header("content-type", "application/json");
    let reply = client
        .send(request.body(r#"{"verify_content":true}"#))
        .await;
    is(&reply, StatusCode::OK);
    assert_eq!(
        reply.json()["damage"],
        serde_json::json!([]),
        "{}",
        reply.text()
    );
}
