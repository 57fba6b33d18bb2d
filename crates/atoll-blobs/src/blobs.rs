//! The store, as the other crates see it.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use atoll_core::digest::{Algorithm, Digest};
use bytes::Bytes;

use crate::fill::{FillRole, join_or_start};
use crate::layout::{remove_file, sync_directory};
use crate::local::Local;
use crate::maintain::{FreeSpace, Listed, OnDisk, free_space, list, look_at, verify};
use crate::read::Blob;
use crate::staging::{Committed, Fate, Upload, UploadId, count_idle, reap};
use crate::sync::blocking;
use crate::{BlobError, DigestGuard, DigestLocks};

/// The content-addressed store. A cheap clone; what backs it is its own affair.
#[derive(Clone, Debug)]
pub struct Blobs {
    local: Arc<Local>,
}

impl Blobs {
    /// Opens the store in a directory, and makes it where there is none. It looks at no blob, so it is quick however
    /// many there are.
    pub async fn open_local(root: impl Into<PathBuf>) -> Result<Self, BlobError> {
        let root = root.into();
        let local = blocking("open the store", move || Local::open_store(&root)).await?;
        Ok(Self {
            local: Arc::new(local),
        })
    }

    /// Starts an upload, whose bytes are hashed by that algorithm as they come. Touches no disk.
    pub fn create_upload(&self, id: UploadId, algorithm: Algorithm) -> Result<Upload, BlobError> {
        Upload::create(&self.local, id, algorithm, Fate::Keep)
    }

    /// Stages bytes that nobody else will come back for: unless they are committed they go when the upload is dropped.
    pub fn stage(&self, algorithm: Algorithm) -> Result<Upload, BlobError> {
        Upload::create(&self.local, UploadId::new(), algorithm, Fate::Remove)
    }

    /// A file without a name on the store's disk, for bytes that are worked on and thrown away: it goes when it is closed,
    /// by a crash too.
    pub async fn scratch(&self) -> Result<std::fs::File, BlobError> {
        let layout = Arc::clone(&self.local.layout);
        blocking("make a scratch file", move || layout.scratch()).await
    }

    /// Goes on with an upload where it stands, in this process or after a restart. Whether there should be one is for
    /// the caller to know: an upload that nothing is known of has no bytes. While somebody else writes to it this waits, but
    /// no longer than `patience`.
    pub async fn resume_upload(
        &self,
        id: UploadId,
        algorithm: Algorithm,
        patience: Duration,
    ) -> Result<Upload, BlobError> {
        Upload::resume(&self.local, id, algorithm, patience).await
    }

    /// Throws an upload's bytes away.
    pub async fn cancel_upload(&self, id: UploadId) -> Result<(), BlobError> {
        self.resume_upload(id, Algorithm::Sha256, Duration::ZERO)
            .await?
            .cancel()
            .await
    }

    /// Removes up to `limit` staged files that nobody has written to for `idle`, and says which uploads they were.
    pub async fn reap_uploads(
        &self,
        idle: Duration,
        limit: usize,
    ) -> Result<Vec<UploadId>, BlobError> {
        let local = Arc::clone(&self.local);
        blocking("reap uploads", move || reap(&local, idle, limit)).await
    }

    /// How many staged files [`Self::reap_uploads`] would remove.
    pub async fn count_idle_uploads(&self, idle: Duration) -> Result<usize, BlobError> {
        let local = Arc::clone(&self.local);
        blocking("count uploads", move || count_idle(&local, idle)).await
    }

    /// Stores bytes that are in memory, after checking that they have the digest. Bytes that the store has are not written.
    ///
    /// # Cancellation
    ///
    /// Either nothing happens or the commit finishes on its own.
    pub async fn put(&self, digest: &Digest, bytes: Bytes) -> Result<Committed, BlobError> {
        let mut upload = self.stage(digest.algorithm())?;
        upload.append(bytes).await?;
        upload.finish(digest).await
    }

    /// Opens a blob for reading.
    pub async fn open(&self, digest: &Digest) -> Result<Blob, BlobError> {
        self.local.open(digest).await
    }

    /// The size of a blob, or nothing where the store doesn't have it.
    pub async fn find_size(&self, digest: &Digest) -> Result<Option<u64>, BlobError> {
        match self.open(digest).await {
            Ok(blob) => Ok(Some(blob.size())),
            Err(BlobError::NotFound { .. }) => Ok(None),
            Err(other) => Err(other),
        }
    }

    /// Joins the fetch of a blob, or leads it. One fill at a time for each digest.
    ///
    /// # Cancellation
    ///
    /// Dropping this future, or the writer of the one who leads, fails the fill for those who joined. Call it from a
    /// task that outlives the client.
    pub async fn join_or_start_fill(
        &self,
        digest: &Digest,
        size: Option<u64>,
    ) -> Result<FillRole, BlobError> {
        join_or_start(&self.local, digest, size).await
    }

    /// How many fills are running.
    pub fn running_fills(&self) -> usize {
        self.local.fills.len()
    }

    /// Whether a blob is being fetched.
    pub fn is_filling(&self, digest: &Digest) -> bool {
        self.local.fills.is_running(digest)
    }

    /// The locks by digest, which commits take on their own.
    pub fn locks(&self) -> &DigestLocks {
        &self.local.locks
    }

    /// Deletes a blob, and says whether it was there. Who reads it is not disturbed. After a power cut it may be back.
    pub async fn delete(&self, guard: &DigestGuard) -> Result<bool, BlobError> {
        let (local, digest) = (Arc::clone(&self.local), guard.digest().clone());
        blocking("delete a blob", move || {
            let existed = remove_file(&local.layout.blob(&digest))?;
            local.handles.forget(&digest);
            Ok(existed)
        })
        .await
    }

    /// What is on disk of a blob, whatever was known of it before; nothing where the store doesn't have it.
    pub async fn look_at(&self, digest: &Digest) -> Result<Option<OnDisk>, BlobError> {
        let (local, digest) = (Arc::clone(&self.local), digest.clone());
        blocking("look at a blob", move || look_at(&local, &digest)).await
    }

    /// Hashes what is on disk, and returns the size where it matches; otherwise [`BlobError::DigestMismatch`].
    pub async fn verify(&self, digest: &Digest) -> Result<u64, BlobError> {
        verify(&self.local, digest).await
    }

    /// Moves a damaged blob out of the way, and says where to.
    pub async fn quarantine(&self, guard: &DigestGuard) -> Result<PathBuf, BlobError> {
        let (local, digest) = (Arc::clone(&self.local), guard.digest().clone());
        blocking("quarantine a blob", move || {
            let (from, to) = (
                local.layout.blob(&digest),
                local.layout.quarantined(&digest),
            );
            std::fs::rename(&from, &to).map_err(|source| match source.kind() {
                std::io::ErrorKind::NotFound => BlobError::NotFound {
                    digest: digest.clone(),
                },
                _ => BlobError::io("move to quarantine", &from, source),
            })?;
            local.handles.forget(&digest);
            sync_directory(&local.layout.quarantine())?;
            sync_directory(&local.layout.fan_out(&digest))?;
            Ok(to)
        })
        .await
    }

    /// Up to `limit` blobs on disk, in the order of digests, after the last one of the page before.
    pub async fn list(
        &self,
        after: Option<&Digest>,
        limit: usize,
    ) -> Result<Vec<Listed>, BlobError> {
        let (local, after) = (Arc::clone(&self.local), after.cloned());
        blocking("list blobs", move || list(&local, after.as_ref(), limit)).await
    }

    /// The room on the file system.
    pub async fn free_space(&self) -> Result<FreeSpace, BlobError> {
        let local = Arc::clone(&self.local);
        blocking("ask for the free space", move || {
            free_space(local.layout.root())
        })
        .await
    }

    /// How many large read buffers are in use, for the metrics.
    pub fn buffers_in_use(&self) -> usize {
        self.local.pool.lent()
    }
}
