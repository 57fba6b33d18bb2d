//! Pushing blobs as clients do: a session, then all bytes in one PUT.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::{Context as _, Result, ensure};
use atoll_core::digest::{Algorithm, Digest, Hasher};
use atoll_testkit::zips::noise;
use futures_util::future::try_join_all;
use serde_json::json;

use super::oci::{LARGE_BYTES, SMALL_BYTES};
use crate::http1::{Connection, Keep, request};

/// Where everything is pushed to.
pub(crate) const REPOSITORY: &str = "bench/app";

const MANIFEST_TYPE: &str = "application/vnd.oci.image.manifest.v1+json";

/// Numbers blobs, so that no two of a run of the harness are the same.
static NEXT: AtomicU64 = AtomicU64::new(1);

/// Pushes to one registry.
#[derive(Clone)]
pub(crate) struct Pusher {
    address: SocketAddr,
    authorization: Option<String>,
    noise: Arc<[u8]>,
}

/// A blob of its own: a number, and noise that all share.
pub(crate) struct Unique {
    mark: [u8; 8],
    size: usize,
    digest: Digest,
}

/// What is pulled.
pub(crate) struct Seeded {
    pub(crate) manifest: String,
    pub(crate) config: String,
    pub(crate) small: String,
    pub(crate) large: String,
}

impl Pusher {
    pub(crate) fn new(address: SocketAddr, authorization: Option<&str>) -> Self {
        Self {
            address,
            authorization: authorization.map(str::to_owned),
            noise: noise(LARGE_BYTES).into(),
        }
    }

    /// Blobs that no registry has.
    pub(crate) fn unique(&self, size: usize, count: usize) -> Vec<Unique> {
        let make = |_| {
            let mark = NEXT.fetch_add(1, Ordering::Relaxed).to_le_bytes();
            let mut hasher = Hasher::new(Algorithm::Sha256);
            hasher.update(&mark);
            hasher.update(self.tail(size));
            Unique {
                mark,
                size,
                digest: hasher.finish(),
            }
        };
        (0..count).map(make).collect()
    }

    fn tail(&self, size: usize) -> &[u8] {
        self.noise.get(..size.saturating_sub(8)).unwrap_or_default()
    }

    pub(crate) async fn connect(&self) -> Result<Connection> {
        Connection::open(self.address).await
    }

    /// Pushes one blob and returns how long the PUT took, in seconds.
    pub(crate) async fn push(&self, connection: &mut Connection, blob: &Unique) -> Result<f64> {
        self.push_bytes(
            connection,
            &blob.digest,
            &[&blob.mark, self.tail(blob.size)],
        )
        .await
    }

    async fn push_bytes(
        &self,
        connection: &mut Connection,
        digest: &Digest,
        body: &[&[u8]],
    ) -> Result<f64> {
        let authorization = self.authorization.as_deref();
        let opened = connection
            .send(
                "POST",
                &format!("/v2/{REPOSITORY}/blobs/uploads/"),
                authorization,
                &[],
            )
            .await?;
        ensure!(
            opened.status == 202,
            "a session was answered with {}",
            opened.status
        );
        let location = opened.location.context("a session without an address")?;
        // Some registries give whole URLs.
        let path = location
            .split_once("://")
            .map_or(location.as_str(), |(_, rest)| {
                rest.find('/').map_or("/", |at| rest.split_at(at).1)
            });
        let joiner = if path.contains('?') { '&' } else { '?' };
        let path = format!("{path}{joiner}digest={digest}");
        let started = std::time::Instant::now();
        let stored = connection.send("PUT", &path, authorization, body).await?;
        ensure!(
            stored.status == 201,
            "a blob was answered with {}",
            stored.status
        );
        Ok(started.elapsed().as_secs_f64())
    }

    /// Pushes an image and the blobs that are pulled. All registries get the same.
    pub(crate) async fn seed(&self) -> Result<Seeded> {
        let mut connection = self.connect().await?;
        let mut digests = Vec::new();
        let config = config();
        for body in [
            config.as_bytes(),
            self.tail(SMALL_BYTES),
            self.tail(LARGE_BYTES),
        ] {
            let digest = Digest::sha256(body);
            self.push_bytes(&mut connection, &digest, &[body]).await?;
            digests.push((digest.to_string(), body.len()));
        }
        let [(config, config_size), (small, small_size), (large, _)] =
            <[_; 3]>::try_from(digests).ok().context("three blobs")?;
        let body = json!({
            "schemaVersion": 2,
            "mediaType": MANIFEST_TYPE,
            "config": {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": config, "size": config_size},
            "layers": [{"mediaType": "application/vnd.oci.image.layer.v1.tar+gzip", "digest": small, "size": small_size}],
        });
        let body = body.to_string();
        let path = format!("/v2/{REPOSITORY}/manifests/v1");
        let head = request(
            "PUT",
            &path,
            &self.address.to_string(),
            self.authorization.as_deref(),
            Some(body.len() as u64),
        );
        let head = head.replace("application/octet-stream", MANIFEST_TYPE);
        let stored = connection
            .exchange(head.as_bytes(), &[body.as_bytes()], false, Keep::All)
            .await?;
        ensure!(
            stored.status == 201,
            "the manifest was answered with {}: {}",
            stored.status,
            String::from_utf8_lossy(&stored.body)
        );
        Ok(Seeded {
            manifest: Digest::sha256(body.as_bytes()).to_string(),
            config,
            small,
            large,
        })
    }
}

/// 82 bytes.
fn config() -> String {
    let config =
        r#"{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[]}}"#;
    format!("{config:<82}")
}

/// Pushes blobs over some connections at once.
pub(crate) async fn push_many(pusher: &Pusher, blobs: &[Unique], connections: usize) -> Result<()> {
    let shares = blobs.chunks(blobs.len().div_ceil(connections).max(1));
    let push = |share| async move {
        let mut connection = pusher.connect().await?;
        for blob in share {
            pusher.push(&mut connection, blob).await?;
        }
        anyhow::Ok(())
    };
    try_join_all(shares.map(push)).await.map(drop)
}
