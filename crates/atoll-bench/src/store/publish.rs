//! One real zip, published as `atoll provider publish` does it, and the same bytes as a module.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use atoll_app::App;
use atoll_app::modules::{NewModule, PublishedModule};
use atoll_app::providers::{Release, ReleaseZip};
use atoll_app::registry::{Received, RepositoryChange};
use atoll_core::address::{Hostname, ModuleAddr, ProviderAddr};
use atoll_core::permission::Visibility;
use atoll_testkit::zips::{ZipBuilder, noise};
use atoll_testkit::{modules, zips};
use bytes::Bytes;
use futures_util::stream;

/// A published zip.
pub(crate) struct Published {
    /// The path of the answer with its address.
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
    Ok(Published {
        document: "/mirror/atoll.internal/bench/zip/1.0.0.json".to_owned(),
        file: blob_file(data_dir, &hex)?,
    })
}

/// Publishes a module of so many MB as `bench/zip/aws` 1.0.0.
pub(crate) async fn publish_large_module(data_dir: &Path, megabytes: usize) -> Result<Published> {
    let archive = ZipBuilder::new()
        .file("main.tf", 0o644, "output \"none\" {\n  value = 0\n}\n")
        .stored("padding.bin", 0o644, noise(megabytes * 1_000_000))
        .build();
    let app = super::open(data_dir).await?;
    let published = publish_module(&app, "bench/zip/aws", "1.0.0", &archive).await?;
    app.close().await;
    let hex = published.digest.strip_prefix("sha256:");
    Ok(Published {
        document: "/v1/modules/bench/zip/aws/1.0.0/download".to_owned(),
        file: blob_file(data_dir, hex.context("another algorithm")?)?,
    })
}

/// Publishes so many versions of a small module, `NAMESPACE/NAME/SYSTEM`.
pub(crate) async fn publish_module_versions(
    data_dir: &Path,
    address: &str,
    versions: usize,
) -> Result<()> {
    let archive = modules::zip(modules::GREETING);
    let app = super::open(data_dir).await?;
    let anybody = RepositoryChange {
        visibility: Some(Visibility::Public),
        immutable_tags: None,
    };
    let repository = module_address(address)?.repository();
    app.registry.change_settings(&repository, anybody).await?;
    for index in 0..versions {
        let version = format!("{}.{}.{}", index / 100, index / 10 % 10, index % 10);
        publish_module(&app, address, &version, &archive).await?;
    }
    app.close().await;
    Ok(())
}

async fn publish_module(
    app: &App,
    address: &str,
    version: &str,
    archive: &Bytes,
) -> Result<PublishedModule> {
    let body = Received {
        range: None,
        length: Some(archive.len() as u64),
        stream: Box::pin(stream::iter(pieces(archive).map(Ok))),
    };
    let archive = app.modules.receive(address, body).await?;
    let new = NewModule {
        module: module_address(address)?,
        version: version.parse()?,
        archive,
    };
    Ok(app.modules.publish(new).await?)
}

/// `NAMESPACE/NAME/SYSTEM` of this server's own.
fn module_address(address: &str) -> Result<ModuleAddr> {
    let parts: Vec<&str> = address.split('/').collect();
    let [namespace, name, system] = <[&str; 3]>::try_from(parts)
        .ok()
        .context("a module has three parts")?;
    Ok(ModuleAddr::new(Hostname::self_(), namespace, name, system)?)
}

/// Where the store keeps a blob.
fn blob_file(data_dir: &Path, hex: &str) -> Result<PathBuf> {
    let file = data_dir
        .join("blobs/blobs/sha256")
        .join(hex.get(..2).context("a short digest")?)
        .join(hex);
    anyhow::ensure!(
        file.is_file(),
        "the store did not put the zip at {}",
        file.display()
    );
    Ok(file)
}

/// The pieces that a connection would deliver.
fn pieces(bytes: &Bytes) -> impl Iterator<Item = Bytes> + Send + use<> {
    const PIECE_BYTES: usize = 256 * 1024;
    let bytes = bytes.clone();
    (0..bytes.len())
        .step_by(PIECE_BYTES)
        .map(move |at| bytes.slice(at..bytes.len().min(at + PIECE_BYTES)))
}
