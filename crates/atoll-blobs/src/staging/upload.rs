//! One upload, while somebody writes to it.

use std::sync::Arc;
use std::time::Duration;

use atoll_core::digest::{Algorithm, Digest};
use bytes::Bytes;

use super::writer::{Pace, Writer};
use super::{Committed, Fate, Lease, RunningDigest, StagedFile, UploadId, commit};
use crate::BlobError;
use crate::local::Local;
use crate::sync::blocking;

/// The right to write to one upload. Bytes are hashed as they are written, off the async workers.
///
/// Dropping it, as a lost connection does, keeps what reached the disk; [`Self::pause`] keeps everything. One from
/// [`Blobs::stage`](crate::Blobs::stage) keeps nothing.
#[derive(Debug)]
pub struct Upload {
    local: Arc<Local>,
    writer: Writer,
    /// Gone when the upload came to its end.
    lease: Option<Lease>,
    /// What becomes of the bytes when it is dropped.
    fate: Fate,
}

impl Upload {
    /// An upload that has no bytes. Touches no disk.
    pub(crate) fn create(
        local: &Arc<Local>,
        id: UploadId,
        algorithm: Algorithm,
        fate: Fate,
    ) -> Result<Self, BlobError> {
        let (lease, _) = local.slots.take(id)?;
        let writer = writer(local, id, algorithm, (0, fate));
        Ok(Self {
            local: Arc::clone(local),
            writer,
            lease: Some(lease),
            fate,
        })
    }

    /// An upload as it was left, in this process or an earlier one, once nobody else has it.
    pub(crate) async fn resume(
        local: &Arc<Local>,
        id: UploadId,
        algorithm: Algorithm,
        patience: Duration,
    ) -> Result<Self, BlobError> {
        let (lease, parked) = local.slots.take_within(id, patience).await?;
        let writer = match parked {
            Some(writer) => writer,
            None => writer(
                local,
                id,
                algorithm,
                (written_before(local, id).await?, Fate::Keep),
            ),
        };
        let mut upload = Self {
            local: Arc::clone(local),
            writer,
            lease: Some(lease),
            fate: Fate::Keep,
        };
        upload.writer.settle().await?;
        Ok(upload)
    }

    /// Which upload it is.
    pub fn id(&self) -> UploadId {
        self.writer.id()
    }

    /// How many bytes it has taken.
    pub fn len(&self) -> u64 {
        self.writer.len()
    }

    /// Whether it has taken no bytes.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Takes the next bytes. When this fails the upload is lost and its space free again.
    ///
    /// # Cancellation
    ///
    /// The bytes are taken whether or not the future is dropped.
    pub async fn append(&mut self, bytes: Bytes) -> Result<(), BlobError> {
        self.writer.append(bytes).await
    }

    /// Cuts it back to a length, when what was appended since must not count.
    ///
    /// # Cancellation
    ///
    /// A dropped future may leave the old length.
    pub async fn truncate(&mut self, len: u64) -> Result<(), BlobError> {
        if len > self.len() {
            return Err(BlobError::UploadTooShort {
                id: self.id(),
                length: self.len(),
                wanted: len,
            });
        }
        self.writer.truncate(len).await
    }

    /// Writes everything it has taken, and leaves it for a later resume. Returns its length.
    ///
    /// # Cancellation
    ///
    /// As when the upload is dropped.
    pub async fn pause(mut self) -> Result<u64, BlobError> {
        self.writer.flush().await?;
        Ok(self.len())
    }

    /// Verifies the bytes and gives them their final name; if the store has them already they are thrown away. Other
    /// bytes than expected are thrown away as well. What was committed survives a power cut.
    ///
    /// # Cancellation
    ///
    /// As when the upload is dropped, until all bytes are written and the digest is locked; from then on the commit
    /// finishes on its own.
    pub async fn finish(mut self, expected: &Digest) -> Result<Committed, BlobError> {
        commit(
            &self.local,
            &mut self.writer,
            &mut self.lease,
            expected,
            |outcome| outcome,
        )
        .await
    }

    /// Throws the bytes away.
    ///
    /// # Cancellation
    ///
    /// As when the upload is dropped, until it is idle; from then on the bytes go.
    pub async fn cancel(mut self) -> Result<(), BlobError> {
        self.writer.settle().await?;
        let (mut parts, lease) = (self.writer.take_parts()?, self.lease.take());
        blocking("cancel an upload", move || {
            parts.file.set_fate(Fate::Remove);
            drop(parts);
            drop(lease);
            Ok(())
        })
        .await
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        // Otherwise the writer goes, and its file with it as soon as nothing is being written.
        let parks = self.fate == Fate::Keep && !self.writer.is_lost();
        let Some(lease) = self.lease.take().filter(|_| parks) else {
            return;
        };
        lease.park(self.writer.take_handed_over());
    }
}

/// A writer to an upload that has so many bytes, with what becomes of them.
fn writer(
    local: &Local,
    id: UploadId,
    algorithm: Algorithm,
    (written, fate): (u64, Fate),
) -> Writer {
    let path = local.layout.staged(id);
    let digest = RunningDigest::new(path.clone(), algorithm, written);
    Writer::new(id, StagedFile::new(path, written, fate), digest, Pace::Full)
}

/// How much an earlier process left; nothing, if it left no file.
async fn written_before(local: &Local, id: UploadId) -> Result<u64, BlobError> {
    let path = local.layout.staged(id);
    blocking("find an upload", move || match std::fs::metadata(&path) {
        Ok(metadata) => Ok(metadata.len()),
        Err(source) if source.kind() == std::io::ErrorKind::NotFound => Ok(0),
        Err(source) => Err(BlobError::io("find", &path, source)),
    })
    .await
}
