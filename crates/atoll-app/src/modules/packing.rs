//! From any archive to the package that is kept, and from that to the plan that keeps it.

use std::fs::File;
use std::io::{BufReader, Seek as _, SeekFrom};

use atoll_core::address::ModuleAddr;
use atoll_core::layout::EMPTY_CONFIG;
use atoll_core::layout::module::{ModulePackage, package_file_name};
use atoll_core::manifest::ManifestError;
use atoll_core::module::package::{self, PackageError, Packaged, Request};
use atoll_core::origin::Origin;
use atoll_core::version::Version;
use futures_util::StreamExt as _;
use tokio_util::io::ReaderStream;

use crate::failure::Failure;
use crate::registry::{
    ClientGone, Plan, PlannedManifest, Received, Registry, StagedBlob, UploadError,
};
use crate::tasks::TaskFailed;

/// How much of a package is moved at a time, in bytes.
const CHUNK_BYTES: usize = 256 * 1024;

/// A package that is in the store, and what became of the archive on the way.
#[derive(Debug)]
pub(crate) struct Packed {
    pub(crate) blob: StagedBlob,
    /// The configuration that its manifest names, which says nothing.
    config: StagedBlob,
    pub(crate) packaged: Packaged,
}

/// What keeps an archive from being packed.
#[derive(Debug)]
pub(crate) enum PackFailed {
    Archive(PackageError),
    Upload(UploadError),
}

impl From<UploadError> for PackFailed {
    fn from(error: UploadError) -> Self {
        Self::Upload(error)
    }
}

impl From<Failure> for PackFailed {
    fn from(failure: Failure) -> Self {
        Self::Upload(failure.into())
    }
}

/// What is asked of [`pack`], on its own task.
#[derive(Clone, Debug)]
pub(crate) struct Packing {
    pub(crate) strictness: package::Strictness,
    pub(crate) subdir: Option<String>,
    pub(crate) wrapper: package::Wrapper,
}

/// A package that is not in the store yet, and what became of the archive on the way.
pub(crate) struct Repacked {
    pub(crate) packaged: Packaged,
    zip: File,
}

/// Makes the deterministic package of an archive and stores it.
pub(crate) async fn pack(
    store: &Registry,
    archive: File,
    packing: Packing,
) -> Result<Packed, PackFailed> {
    let repacked = repack(store, archive, packing).await?;
    Ok(repacked.keep(store).await?)
}

/// Makes the deterministic package of an archive, in a file without a name.
pub(crate) async fn repack(
    store: &Registry,
    mut archive: File,
    packing: Packing,
) -> Result<Repacked, PackFailed> {
    let scratch = store.blobs.scratch().await.map_err(Failure::from)?;
    let mut out = store.blobs.scratch().await.map_err(Failure::from)?;
    let work = move || {
        let request = Request {
            strictness: packing.strictness,
            subdir: packing.subdir.as_deref(),
            wrapper: packing.wrapper,
        };
        archive
            .seek(SeekFrom::Start(0))
            .map_err(PackageError::Read)?;
        let packaged = package::package(BufReader::new(archive), scratch, &request, &mut out)?;
        out.seek(SeekFrom::Start(0)).map_err(PackageError::Read)?;
        Ok((packaged, out))
    };
    let packed = tokio::task::spawn_blocking(work).await;
    let packed = packed.map_err(|source| Failure::from(TaskFailed::new("module.pack", source)))?;
    let (packaged, zip) = packed.map_err(PackFailed::Archive)?;
    Ok(Repacked { packaged, zip })
}

impl Repacked {
    /// Stores the package, and all else that its version is made of.
    pub(crate) async fn keep(self, store: &Registry) -> Result<Packed, UploadError> {
        let Self { packaged, zip } = self;
        let stream = ReaderStream::with_capacity(tokio::fs::File::from_std(zip), CHUNK_BYTES);
        let stream = stream.map(|chunk| chunk.map_err(|error| ClientGone(error.to_string())));
        let body = Received {
            range: None,
            length: Some(packaged.size_bytes),
            stream: Box::pin(stream),
        };
        let blob = store.stage_known(&packaged.digest, body).await?;
        let config = store.stage_bytes(EMPTY_CONFIG).await?;
        Ok(Packed {
            blob,
            config,
            packaged,
        })
    }
}

/// Where a package was fetched from.
#[derive(Clone, Debug, Default)]
pub(crate) struct Provenance {
    pub(crate) source: Option<String>,
    pub(crate) commit: Option<String>,
}

/// The plan that keeps a version.
pub(crate) fn plan(
    store: &Registry,
    module: &ModuleAddr,
    version: &Version,
    packed: &Packed,
    provenance: Provenance,
    origin: Origin,
) -> Result<Plan, ManifestError> {
    let package = ModulePackage {
        digest: packed.blob.digest.clone(),
        size_bytes: packed.blob.size,
        address: Some(module.path()),
        subdir: packed.packaged.subdir.clone(),
        source: provenance.source,
        commit: provenance.commit,
    };
    let manifest = package.to_manifest(version, &package_file_name(module.name(), version));
    let mut plan = Plan::new(module.repository(), origin);
    plan.visibility_when_new = store.visibility_when_new(&plan.repository);
    plan.blobs = vec![packed.config.planned(), packed.blob.planned()];
    let manifest = PlannedManifest::of(manifest)?;
    plan.tags.push((version.to_tag(), manifest.digest.clone()));
    plan.manifests.push(manifest);
    Ok(plan)
}
