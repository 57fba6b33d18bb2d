//! Publishing a module's version here.

use std::fs::File;
use std::io::Write as _;
use std::sync::Arc;

use atoll_core::address::ModuleAddr;
use atoll_core::module::package::{Strictness, Wrapper};
use atoll_core::origin::Origin;
use atoll_core::version::Version;
use futures_util::TryStreamExt as _;
use serde::Serialize;

use super::packing::{PackFailed, Packed, Packing, Provenance, pack, plan};
use super::turns::Turn;
use super::{Modules, PublishModuleError};
use crate::failure::Failure;
use crate::registry::Received;
use crate::tasks::TaskFailed;

/// The largest archive that is taken, in bytes.
pub const ARCHIVE_BYTES_MAX: u64 = 512 << 20;

/// A module as its publisher hands it in.
#[derive(Debug)]
pub struct NewModule {
    /// What is published.
    pub module: ModuleAddr,
    /// Which version of it.
    pub version: Version,
    /// The archive, see [`Modules::receive`].
    pub archive: Archive,
}

/// An archive that was taken in: a file without a name. There is room for so many at a time.
#[derive(Debug)]
pub struct Archive {
    file: File,
    turn: Turn,
}

/// What was published.
#[derive(Clone, Debug, Serialize)]
pub struct PublishedModule {
    /// `self/NAMESPACE/NAME/SYSTEM`.
    pub address: String,
    /// The version.
    pub version: String,
    /// The digest of the package that clients get.
    pub digest: String,
    /// The package's length in bytes.
    pub size_bytes: u64,
    /// How many files it has.
    pub files: usize,
    /// The directory around everything that was taken off.
    pub stripped: Option<String>,
    /// What was left out of the archive, or looks wrong.
    pub warnings: Vec<String>,
}

impl Modules {
    /// Takes an archive in, of at most [`ARCHIVE_BYTES_MAX`], into a file that goes when it is closed. While others do the same it
    /// waits, but not for long.
    pub async fn receive(
        &self,
        what: &str,
        mut body: Received,
    ) -> Result<Archive, PublishModuleError> {
        let too_large = || PublishModuleError::TooLarge {
            what: what.to_owned(),
            bytes_max: ARCHIVE_BYTES_MAX,
        };
        if body.length.is_some_and(|length| length > ARCHIVE_BYTES_MAX) {
            return Err(too_large());
        }
        let turn = self.archives.take().await?;
        let mut file = self.store.blobs.scratch().await.map_err(Failure::from)?;
        let mut length: u64 = 0;
        while let Some(chunk) = body
            .stream
            .try_next()
            .await
            .map_err(crate::registry::UploadError::from)?
        {
            length = length.saturating_add(chunk.len() as u64);
            if length > ARCHIVE_BYTES_MAX {
                return Err(too_large());
            }
            file = write(file, chunk).await?;
        }
        Ok(Archive { file, turn })
    }

    /// Publishes a version: the archive is checked, made into the package that all clients get, and visible at once.
    ///
    /// # Cancellation
    ///
    /// Once it is its turn to be packed the work goes on without the caller.
    pub async fn publish(
        self: &Arc<Self>,
        new: NewModule,
    ) -> Result<PublishedModule, PublishModuleError> {
        let turn = self.packings.take().await?;
        let this = Arc::clone(self);
        let work = async move {
            let published = this.publish_now(new).await;
            drop(turn);
            published
        };
        let tasks = &self.store.tasks;
        let published = tasks.run_to_completion("module.publish", work).await;
        published.map_err(Failure::from)?
    }

    async fn publish_now(&self, new: NewModule) -> Result<PublishedModule, PublishModuleError> {
        let NewModule {
            module,
            version,
            archive: Archive { file, turn },
        } = new;
        let packing = Packing {
            strictness: Strictness::Publish,
            subdir: None,
            wrapper: Wrapper::StripSingle,
        };
        let packed = pack(&self.store, file, packing).await;
        drop(turn);
        let packed = packed.map_err(|error| match error {
            PackFailed::Archive(source) => PublishModuleError::Package {
                what: format!("{module} {version}"),
                source,
            },
            PackFailed::Upload(error) => error.into(),
        })?;
        let provenance = Provenance::default();
        let plan = plan(
            &self.store,
            &module,
            &version,
            &packed,
            provenance,
            Origin::Published,
        )?;
        self.store.apply(plan).await?;
        tracing::info!(module.address = %module, module.version = %version, "published {module} {version}");
        Ok(published(&module, &version, packed))
    }
}

fn published(module: &ModuleAddr, version: &Version, packed: Packed) -> PublishedModule {
    PublishedModule {
        address: module.to_string(),
        version: version.to_string(),
        digest: packed.blob.digest.to_string(),
        size_bytes: packed.blob.size,
        files: packed.packaged.files,
        stripped: packed.packaged.stripped,
        warnings: packed.packaged.warnings,
    }
}

/// Writes to a scratch file without blocking a worker.
async fn write(mut file: File, chunk: bytes::Bytes) -> Result<File, PublishModuleError> {
    let work = move || file.write_all(&chunk).map(|()| file);
    let written = tokio::task::spawn_blocking(work).await;
    let written =
        written.map_err(|source| Failure::from(TaskFailed::new("module.receive", source)))?;
    written.map_err(|error| PublishModuleError::Failed(Failure::Scratch(error)))
}
