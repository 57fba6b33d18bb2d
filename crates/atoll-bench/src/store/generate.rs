//! Stores with many repositories, written straight into the database in large transactions. There are rows for every
//! blob and bytes for none: nothing that is measured on such a store reads them.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Result, ensure};
use atoll_core::address::{Hostname, ProviderAddr};
use atoll_core::digest::Digest;
use atoll_core::layout::provider::{self, PlatformPackage};
use atoll_core::origin::Origin;
use atoll_core::permission::Visibility;
use atoll_core::platform::Platform;
use atoll_core::proof::Proof;
use atoll_core::reference::Tag;
use atoll_core::release::{Protocols, Release};
use atoll_core::repository::RepositoryName;
use atoll_core::time_micros::Micros;
use atoll_core::version::Version;
use atoll_db::blobs;
use atoll_db::facts::{self, Fact};
use atoll_db::manifests::{self, Insertion, NewManifest};
use atoll_db::providers::{ProviderPlatform, ProviderVersion};
use atoll_db::repositories::{self, RepositoryId};
use atoll_db::{DatabaseUrl, Db, Tx, tags};

/// What the AWS provider is published for.
pub(crate) const PLATFORMS: [&str; 11] = [
    "darwin_amd64",
    "darwin_arm64",
    "freebsd_386",
    "freebsd_amd64",
    "freebsd_arm",
    "linux_386",
    "linux_amd64",
    "linux_arm",
    "linux_arm64",
    "windows_386",
    "windows_amd64",
];

/// How many platforms a version of a generated store has.
const GENERATED_PLATFORMS: usize = 2;

/// How many repositories, or versions, one transaction writes.
const BATCH: usize = 1000;

/// How long nothing is collected, in seconds.
const LEASE_SECS: i64 = 365 * 24 * 3600;

/// How large a store is to be.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Size {
    /// Half of them images with one tag, half of them providers.
    pub(crate) repositories: usize,
    /// Of all providers together.
    pub(crate) versions: usize,
}

/// The name of an image of a generated store.
pub(crate) fn image_name(index: usize) -> String {
    format!("bench/image-{index:06}")
}

/// Namespace and type of a provider of a generated store.
pub(crate) fn provider_address(index: usize) -> String {
    format!("bench{:03}/p{index:06}", index / 1000)
}

/// Fills a data directory.
pub(crate) async fn generate(data_dir: &Path, size: Size) -> Result<()> {
    std::fs::create_dir_all(data_dir)?;
    let db = Db::open(&DatabaseUrl::sqlite(&data_dir.join("atoll.db"))).await?;
    let images: Vec<usize> = (0..size.repositories - size.repositories / 2).collect();
    for batch in images.chunks(BATCH) {
        let mut tx = db.begin("bench.images").await?;
        for index in batch {
            write_image(&mut tx, *index).await?;
        }
        tx.commit().await?;
    }
    let providers = (size.repositories / 2).max(1);
    let each = (size.versions / providers).max(1);
    let all: Vec<usize> = (0..providers).collect();
    for batch in all.chunks((BATCH / each).max(1)) {
        let mut tx = db.begin("bench.providers").await?;
        for index in batch {
            write_provider(
                &mut tx,
                &provider_address(*index),
                each,
                &PLATFORMS[..GENERATED_PLATFORMS],
            )
            .await?;
        }
        tx.commit().await?;
    }
    db.close().await;
    Ok(())
}

async fn write_image(tx: &mut Tx, index: usize) -> Result<()> {
    let now = atoll_app::now();
    let name: RepositoryName = image_name(index).parse()?;
    let repository = repositories::get_or_create(tx, &name, Visibility::Public, now)
        .await?
        .id;
    let blobs = [format!("config {index}"), format!("layer {index}")]
        .map(|text| Digest::sha256(text.as_bytes()));
    for digest in &blobs {
        hold(tx, repository, digest, 1234, now).await?;
    }
    let [config, layer] = &blobs;
    let body = serde_json::json!({
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": config.as_str(), "size": 1234},
        "layers": [{"mediaType": "application/vnd.oci.image.layer.v1.tar+gzip", "digest": layer.as_str(), "size": 1234}],
    });
    let body = body.to_string();
    let tag: Tag = "latest".parse()?;
    write_manifest(
        tx,
        repository,
        "application/vnd.oci.image.manifest.v1+json",
        body.as_bytes(),
        &blobs,
        &[],
    )
    .await?;
    tags::point(tx, repository, &tag, &Digest::sha256(body.as_bytes()), now).await?;
    Ok(())
}

/// Writes a provider, `namespace/type`, with so many versions.
pub(crate) async fn write_provider(
    tx: &mut Tx,
    address: &str,
    versions: usize,
    platforms: &[&str],
) -> Result<()> {
    let now = atoll_app::now();
    let (namespace, type_name) = address.split_once('/').unwrap_or(("bench", address));
    let provider = ProviderAddr::new(Hostname::self_(), namespace, type_name)?;
    let repository =
        repositories::get_or_create(tx, &provider.repository(), Visibility::Public, now)
            .await?
            .id;
    let platforms = platforms
        .iter()
        .map(|text| text.parse())
        .collect::<Result<Vec<Platform>, _>>()?;
    for index in 0..versions {
        let version: Version =
            format!("{}.{}.{}", index / 100, index / 10 % 10, index % 10).parse()?;
        write_version(tx, repository, type_name, &version, &platforms, now).await?;
    }
    Ok(())
}

async fn write_version(
    tx: &mut Tx,
    repository: RepositoryId,
    type_: &str,
    version: &Version,
    platforms: &[Platform],
    now: Micros,
) -> Result<()> {
    let package = |platform: &Platform| PlatformPackage {
        platform: platform.clone(),
        digest: Digest::sha256(format!("{type_} {version} {platform}").as_bytes()),
        size_bytes: 150_000_000,
        file_name: Release { type_, version }.zip_name(platform),
    };
    let packages: Vec<PlatformPackage> = platforms.iter().map(package).collect();
    let protocols: Protocols = "5.0".parse()?;
    let built = provider::build(version, &protocols, &packages);
    let mut rows = Vec::with_capacity(packages.len());
    for (package, (_, manifest)) in packages.iter().zip(&built.platforms) {
        hold(tx, repository, &package.digest, package.size_bytes, now).await?;
        let h1 = format!("h1:{}=", package.digest.hex().get(..43).unwrap_or_default());
        facts::put(tx, &package.digest, Fact::H1, &h1).await?;
        let blobs = std::slice::from_ref(&package.digest);
        write_manifest(
            tx,
            repository,
            "application/vnd.oci.image.manifest.v1+json",
            &manifest.bytes,
            blobs,
            &[],
        )
        .await?;
        rows.push(ProviderPlatform {
            platform: package.platform.clone(),
            manifest_digest: manifest.digest.clone(),
            zip_digest: package.digest.clone(),
            zip_size: package.size_bytes,
            file_name: package.file_name.clone(),
        });
    }
    let children: Vec<Digest> = built
        .platforms
        .iter()
        .map(|(_, manifest)| manifest.digest.clone())
        .collect();
    write_manifest(
        tx,
        repository,
        "application/vnd.oci.image.index.v1+json",
        &built.index.bytes,
        &[],
        &children,
    )
    .await?;
    tags::point(tx, repository, &version.to_tag(), &built.index.digest, now).await?;
    let row = ProviderVersion {
        version: version.clone(),
        tag: version.to_tag(),
        index_digest: built.index.digest,
        proof: Proof::Own,
        origin: Origin::Published,
        protocols: vec!["5.0".to_owned()],
        proof_digest: None,
        captured_at: now,
    };
    atoll_db::providers::put(tx, repository, &row, &rows).await?;
    Ok(())
}

async fn hold(
    tx: &mut Tx,
    repository: RepositoryId,
    digest: &Digest,
    size: u64,
    now: Micros,
) -> Result<()> {
    blobs::insert_held(tx, digest, size, now.plus_secs(LEASE_SECS), now).await?;
    ensure!(
        blobs::link(tx, repository, digest, now).await?,
        "blob {digest} can't be linked"
    );
    Ok(())
}

async fn write_manifest(
    tx: &mut Tx,
    repository: RepositoryId,
    media_type: &str,
    body: &[u8],
    blobs: &[Digest],
    children: &[Digest],
) -> Result<()> {
    let now = atoll_app::now();
    let (digest, annotations) = (Digest::sha256(body), BTreeMap::new());
    let manifest = NewManifest {
        digest: &digest,
        media_type,
        body,
        artifact_type: None,
        subject: None,
        annotations: &annotations,
        blobs,
        children,
    };
    let inserted = manifests::insert(tx, &manifest, now).await?;
    ensure!(
        !matches!(inserted, Insertion::MissingBlobs(_)),
        "blobs of manifest {digest} are missing"
    );
    manifests::link(tx, repository, &digest, now).await?;
    Ok(())
}
