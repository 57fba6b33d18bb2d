//! One real zip, published as `atoll provider publish` does it.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use atoll_app::providers::{Release, ReleaseZip};
use atoll_app::registry::Received;
use atoll_core::address::{Hostname, ProviderAddr};
use atoll_testkit::zips;
use bytes::Bytes;
use futures_util::stream;

/// A published zip.
pub(crate) struct Published {
    /// The path of the document with its address.
    pub(crate) document: String,
    /// The blob's file in the store.
    pub(crate) file: PathBuf,
}

/// Publishes a zip of so many MB as `bench/zip` 1.0.0.
pub(crate) async fn publish_zip(data_dir: &Path, megabytes: usize) -> Result<Published> {
    let app = super::open(data_dir).await?;
    let zip = zips::large_provider("zip", "1.0.0", "linux_amd64", megabytes * 1_000_000);
    let bytes = zip.len() as u64;
    let body = stream::iter(pieces(&zip).map(Ok));
    let blob = app
        .registry
        .stage(Received {
            range: None,
            length: Some(bytes),
            stream: Box::pin(body),
        })
        .await?;
    let hex = blob.digest.hex().to_owned();
    let release = Release {
        provider: ProviderAddr::new(Hostname::self_(), "bench", "zip")?,
        version: "1.0.0".parse()?,
        zips: vec![ReleaseZip {
            name: "terraform-provider-zip_1.0.0_linux_amd64.zip".to_owned(),
            blob,
        }],
        sums: None,
        signature: None,
        manifest: None,
        protocols: None,
    };
    app.providers.publish(release).await?;
    app.close().await;
    let file = data_dir
        .join("blobs/blobs/sha256")
        .join(hex.get(..2).context("a short digest")?)
        .join(&hex);
    anyhow::ensure!(
        file.is_file(),
        "the store did not put the zip at {}",
        file.display()
    );
    Ok(Published {
        document: "/mirror/atoll.internal/bench/zip/1.0.0.json".to_owned(),
        file,
    })
}

/// The pieces that a connection would deliver.
fn pieces(bytes: &Bytes) -> impl Iterator<Item = Bytes> + Send + use<> {
    const PIECE_BYTES: usize = 256 * 1024;
    let bytes = bytes.clone();
    (0..bytes.len())
        .step_by(PIECE_BYTES)
        .map(move |at| bytes.slice(at..bytes.len().min(at + PIECE_BYTES)))
}
