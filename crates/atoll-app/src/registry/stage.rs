//! Blobs that are stored before it is known which repository they will join: a plan links them, or nobody does and they are
//! collected when their lease ends.

use atoll_blobs::{Committed, Upload, UploadId};
use atoll_core::digest::{Algorithm, Digest, Hasher};
use atoll_db::blobs;
use bytes::Bytes;
use futures_util::TryStreamExt as _;

use super::Registry;
use super::errors::UploadError;
use super::plan::PlannedBlob;
use super::received::Received;
use super::uploads::UNREFERENCED_LEASE_SECS;

/// A blob that is in the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StagedBlob {
    /// Its digest.
    pub digest: Digest,
    /// Its length in bytes.
    pub size: u64,
}

impl StagedBlob {
    /// The blob as a plan links it.
    pub fn planned(&self) -> PlannedBlob {
        PlannedBlob::Held {
            digest: self.digest.clone(),
            size: self.size,
        }
    }
}

impl Registry {
    /// Stores a body whose digest nobody told us.
    pub async fn stage(&self, body: Received) -> Result<StagedBlob, UploadError> {
        let mut hasher = Hasher::new(Algorithm::Sha256);
        let upload = self.take_in(body, |chunk| hasher.update(chunk)).await?;
        let digest = hasher.finish();
        let committed = upload.finish(&digest).await?;
        self.keep(digest, committed).await
    }

    /// Stores a body that must have this digest: it is verified while it is written.
    pub(crate) async fn stage_known(
        &self,
        digest: &Digest,
        body: Received,
    ) -> Result<StagedBlob, UploadError> {
        let upload = self.take_in(body, |_| ()).await?;
        let committed = upload.finish(digest).await?;
        self.keep(digest.clone(), committed).await
    }

    async fn take_in(
        &self,
        mut body: Received,
        mut look: impl FnMut(&[u8]),
    ) -> Result<Upload, UploadError> {
        let id = UploadId::new();
        let mut upload = self.blobs.create_upload(id, Algorithm::Sha256)?;
        loop {
            match body.stream.try_next().await {
                Ok(Some(chunk)) => {
                    look(&chunk);
                    upload.append(chunk).await?;
                }
                Ok(None) => return Ok(upload),
                Err(gone) => {
                    upload.cancel().await?;
                    return Err(gone.into());
                }
            }
        }
    }

    /// Stores bytes that are in memory.
    pub async fn stage_bytes(&self, bytes: impl Into<Bytes>) -> Result<StagedBlob, UploadError> {
        let bytes = bytes.into();
        let digest = Digest::sha256(&bytes);
        let committed = self.blobs.put(&digest, bytes).await?;
        self.keep(digest, committed).await
    }

    pub(crate) async fn keep(
        &self,
        digest: Digest,
        committed: Committed,
    ) -> Result<StagedBlob, UploadError> {
        let now = crate::now();
        let lease = now.plus_secs(UNREFERENCED_LEASE_SECS);
        let (kept, size) = (&digest, committed.size);
        let stored = self.db.transact("blob.stage", |tx| {
            Box::pin(async move { blobs::insert_held(tx, kept, size, lease, now).await })
        });
        stored.await.map_err(UploadError::from)?;
        Ok(StagedBlob { digest, size })
    }
}
