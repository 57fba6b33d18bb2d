//! Clients that push, publish and fetch until the server is gone, and remember what it acknowledged.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use atoll_core::digest::Digest;
use atoll_testkit::registry::FakeRegistry;
use atoll_testkit::server::Client;
use atoll_testkit::{keys, zips};
use bytes::Bytes;
use http::{Method, StatusCode};
use reqwest::multipart::{Form, Part};
use serde_json::Value;

use super::world::{
    CORAL, DARWIN, LINUX, eventually, is, manifest_of, reads_whole, tags, zip_name,
};

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

/// A repository and one of its tags.
type TagName = (String, String);

/// What the server said that it has.
#[derive(Clone, Default)]
pub(super) struct Acknowledged {
    /// Repository and digest.
    blobs: Vec<(String, String)>,
    /// Repository and tag, with the digest.
    tags: BTreeMap<TagName, String>,
    /// Repository and tag, with the place of the last move among those that were asked for.
    moves: BTreeMap<TagName, usize>,
    /// Repository and tag, with the digests that it was asked to point to, one after the other. More may come: a move that was
    /// never acknowledged may have happened.
    asked_moves: Arc<Mutex<BTreeMap<TagName, Vec<String>>>>,
    /// Versions of the provider that the server signed.
    versions: Vec<String>,
    /// Versions of the provider that came with a signature.
    signed: Vec<String>,
    /// Versions of the mirrored provider that arrived whole.
    fetched: Vec<String>,
}

/// What clients do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Push,
    Move,
    Publish,
    SignedPublish,
    Fill,
}

impl Kind {
    pub(super) const ALL: [Self; 5] = [
        Self::Push,
        Self::Move,
        Self::Publish,
        Self::SignedPublish,
        Self::Fill,
    ];

    /// One after the other.
    pub(super) fn in_turn(round: u64) -> Self {
        let turn = usize::try_from(round).unwrap() % Self::ALL.len();
        Self::ALL[turn]
    }
}

impl Acknowledged {
    /// How many things of a kind.
    pub(super) fn count(&self, kind: Kind) -> usize {
        match kind {
            Kind::Push => self.tags.len(),
            // The first place is where the tag began.
            Kind::Move => self.moves.values().sum(),
            Kind::Publish => self.versions.len(),
            Kind::SignedPublish => self.signed.len(),
            Kind::Fill => self.fetched.len(),
        }
    }
}

/// Says how many things of each kind were acknowledged in all rounds. A test in which one kind never got so far proves nothing of it.
pub(super) fn were_of_every_kind(test: &str, rounds: &[Acknowledged]) {
    for kind in Kind::ALL {
        let count: usize = rounds.iter().map(|round| round.count(kind)).sum();
        println!("{test}: {count} of the kind {kind:?} were acknowledged");
        assert!(count > 0, "it was over before there was a {kind:?}");
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

    /// Waits until something of a kind was acknowledged.
    pub(super) async fn did(&self, kind: Kind) {
        eventually(&format!("{kind:?} was acknowledged"), async || {
            self.acknowledged().count(kind) > 0
        })
        .await;
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
        clients.spawn(async move { load.publish_signed().await.unwrap_or_default() });
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
            let digest = self.tag(&repository, &tag, &manifest).await?;
            self.acknowledge(|acknowledged| {
                acknowledged.tags.insert((repository.clone(), tag), digest);
            });
            if !repository.contains("new") {
                self.move_tag(&repository, &format!("latest-{}", self.round), &manifest)
                    .await?;
            }
        }
        None
    }

    /// Points a tag to a manifest; the manifest's digest.
    async fn tag(&self, repository: &str, tag: &str, manifest: &Value) -> Option<String> {
        let text = manifest.to_string();
        let digest = Digest::sha256(text.as_bytes()).to_string();
        let put = self
            .client
            .request(Method::PUT, &format!("/v2/{repository}/manifests/{tag}"))
            .header("content-type", manifest["mediaType"].as_str().unwrap())
            .body(text);
        self.send(put).await?;
        Some(digest)
    }

    async fn move_tag(&self, repository: &str, tag: &str, manifest: &Value) -> Option<()> {
        let name = (repository.to_owned(), tag.to_owned());
        let digest = Digest::sha256(manifest.to_string().as_bytes()).to_string();
        let asked = Arc::clone(&self.acknowledged().asked_moves);
        let place = {
            let mut asked = asked.lock().unwrap();
            let digests = asked.entry(name.clone()).or_default();
            digests.push(digest);
            digests.len() - 1
        };
        self.tag(repository, tag, manifest).await?;
        self.acknowledge(|acknowledged| {
            acknowledged.moves.insert(name, place);
        });
        Some(())
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
            self.hand_in(&version, packages(&version)).await?;
            self.acknowledge(|acknowledged| acknowledged.versions.push(version));
        }
        None
    }

    async fn publish_signed(&self) -> Option<()> {
        for number in 0.. {
            let version = format!("{}.1.{number}", self.round);
            let mut files = packages(&version);
            let line =
                |(name, zip): &(String, Bytes)| format!("{}  {name}\n", zips::sha256_hex(zip));
            let sums: String = files.iter().map(line).collect();
            let signature = keys::publisher_key()
                .sign_detached(sums.as_bytes(), keys::TEST_TIME)
                .unwrap();
            let name = format!("terraform-provider-coral_{version}_SHA256SUMS");
            files.push((format!("{name}.sig"), signature.into()));
            files.push((name, sums.into()));
            self.hand_in(&version, files).await?;
            self.acknowledge(|acknowledged| acknowledged.signed.push(version));
        }
        None
    }

    /// Publishes a version with these files.
    async fn hand_in(&self, version: &str, files: Vec<(String, Bytes)>) -> Option<()> {
        let mut form = Form::new()
            .text("namespace", "acme")
            .text("type", "coral")
            .text("version", version.to_owned());
        for (name, bytes) in files {
            form = form.part("file", Part::bytes(bytes.to_vec()).file_name(name));
        }
        let request = self.client.request(Method::POST, "/api/v1/providers");
        self.send(request.multipart(form)).await.map(drop)
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

/// The packages of a version of the provider.
fn packages(version: &str) -> Vec<(String, Bytes)> {
    let package = |platform: &str| {
        (
            zip_name(version, platform),
            zips::provider("coral", version, platform),
        )
    };
    [LINUX, DARWIN].map(package).to_vec()
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

/// A configuration that mirrors this upstream. Lists are never kept: each round fetches what was not offered in the one before.
pub(super) fn mirroring(upstream: &FakeRegistry) -> String {
    format!(
        "server {{\n  min_free = 0\n}}\nupstream \"terraform\" \"{HOST}\" {{\n  url = \"{}\"\n  anonymous = \"fetch\"\n  \
        retrieval_cache_period_seconds = 0\n  missed_cache_period_seconds = 0\n}}\n",
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
    tags_are_where_they_were_moved(client, acknowledged).await;
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
    for version in acknowledged.versions.iter().chain(&acknowledged.signed) {
        assert!(
            listed.contains(&version.as_str()),
            "{version} was published and is gone: {versions}"
        );
    }
    let publisher = keys::publisher_key().key_id().to_string();
    for version in &acknowledged.signed {
        let package = format!("/v1/providers/{CORAL}/{version}/download/linux/amd64");
        let package = client.get(&package).await.json();
        let key = &package["signing_keys"]["gpg_public_keys"][0]["key_id"];
        assert_eq!(*key, publisher, "{version} lost its signature: {package}");
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

/// Each is where its last acknowledged move took it, or where one took it that was asked for later.
async fn tags_are_where_they_were_moved(client: &Client, acknowledged: &Acknowledged) {
    for ((repository, tag), place) in &acknowledged.moves {
        let reply = client
            .get(&format!("/v2/{repository}/manifests/{tag}"))
            .await;
        is(&reply, StatusCode::OK);
        let name = (repository.clone(), tag.clone());
        let possible = acknowledged.asked_moves.lock().unwrap()[&name][*place..].to_vec();
        let actual = reply.header("docker-content-digest").to_owned();
        assert!(
            possible.contains(&actual),
            "{repository}:{tag} is {actual} and not one of {possible:?}"
        );
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
