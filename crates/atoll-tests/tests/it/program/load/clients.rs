//! Clients, each of which does one thing until the server does not answer.

use std::sync::{Arc, Mutex};

use atoll_core::digest::Digest;
use atoll_testkit::server::Client;
use atoll_testkit::{keys, zips};
use bytes::Bytes;
use http::Method;
use reqwest::multipart::{Form, Part};
use serde_json::Value;
use tokio::task::JoinSet;

use super::acknowledged::{Acknowledged, Kind};
use super::chance::Chance;
use super::offered::{PACKAGES, mirror_path, mirrored_version, package};
use crate::program::world::{DARWIN, LINUX, eventually, manifest_of, noise, zip_name};

/// The clients of one run of the server.
#[derive(Clone)]
pub(crate) struct Load {
    client: Client,
    round: u64,
    acknowledged: Arc<Mutex<Acknowledged>>,
}

impl Load {
    pub(crate) fn new(client: Client, round: u64) -> Self {
        Self {
            client,
            round,
            acknowledged: Arc::default(),
        }
    }

    /// What was acknowledged so far.
    pub(crate) fn acknowledged(&self) -> Acknowledged {
        self.acknowledged.lock().unwrap().clone()
    }

    /// Waits until something of a kind was acknowledged.
    pub(crate) async fn did(&self, kind: Kind) {
        eventually(&format!("{kind:?} was acknowledged"), async || {
            self.acknowledged().count(kind) > 0
        })
        .await;
    }

    /// Starts all of them; they end when the server does not answer any more.
    pub(crate) fn start(&self, chance: &mut Chance) -> JoinSet<()> {
        let mut clients = JoinSet::new();
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
            let layer = noise(chance.below(u64::MAX), usize::try_from(length).unwrap());
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
