//! The one who fetches.

use std::sync::Arc;

use atoll_core::digest::Digest;
use bytes::Bytes;

use super::registry::FillEnd;
use crate::BlobError;
use crate::staging::{
    Committed, Fate, Lease, Pace, RunningDigest, StagedFile, UploadId, Writer, commit,
};

/// Takes the bytes of a fill. Dropping it gives the fill up: readers get an error, and nothing is kept.
#[derive(Debug)]
pub struct FillWriter {
    writer: Writer,
    lease: Option<Lease>,
    /// Gone once the fill has ended.
    end: Option<FillEnd>,
    digest: Digest,
    size: Option<u64>,
}

impl FillWriter {
    pub(crate) fn start(end: FillEnd) -> Result<Self, BlobError> {
        let id = UploadId::new();
        let (local, fill) = (&end.local, &end.fill);
        let (lease, _) = local.slots.take(id)?;
        let (digest, size) = (fill.digest.clone(), fill.size);
        let path = local.layout.staged(id);
        let running = RunningDigest::new(path.clone(), digest.algorithm(), 0);
        let staged = StagedFile::new(path, 0, Fate::Remove).followed_by(Arc::clone(fill));
        let writer = Writer::new(id, staged, running, Pace::Eager);
        Ok(Self {
            writer,
            lease: Some(lease),
            end: Some(end),
            digest,
            size,
        })
    }

    /// Which blob it is.
    pub fn digest(&self) -> &Digest {
        &self.digest
    }

    /// How many bytes the blob has, where that is known.
    pub fn size(&self) -> Option<u64> {
        self.size
    }

    /// How many bytes it has taken: where a broken fetch goes on.
    pub fn written(&self) -> u64 {
        self.writer.len()
    }

    /// Takes the next bytes. When this fails the fill has failed, for its readers too.
    ///
    /// # Cancellation
    ///
    /// The bytes are taken whether or not the future is dropped.
    pub async fn write(&mut self, bytes: Bytes) -> Result<(), BlobError> {
        let after = self.written() + bytes.len() as u64;
        let taken = match self.size {
            Some(size) if after > size => Err(self.wrong_size(size, after)),
            _ => self.writer.append(bytes).await,
        };
        match taken {
            Ok(()) => Ok(()),
            Err(error) => Err(self.fail(error)),
        }
    }

    /// Verifies the bytes and puts the blob in place; readers get the rest. Other bytes than expected fail the fill.
    ///
    /// # Cancellation
    ///
    /// Until all bytes are written and the digest is locked the fill is given up; from then on it finishes on its own.
    pub async fn finish(mut self) -> Result<Committed, BlobError> {
        if let Some(size) = self.size.filter(|size| *size != self.written()) {
            let error = self.wrong_size(size, self.written());
            return Err(self.fail(error));
        }
        if let Err(error) = self.writer.settle().await {
            return Err(self.fail(error));
        }
        let Some(end) = self.end.take() else {
            return Err(BlobError::UploadLost {
                id: self.writer.id(),
            });
        };
        let local = Arc::clone(&end.local);
        let then = move |outcome| match outcome {
            Ok(size) => {
                end.committed(size);
                Ok(size)
            }
            Err(error) => Err(end.failed(error)),
        };
        commit(
            &local,
            &mut self.writer,
            &mut self.lease,
            &self.digest,
            then,
        )
        .await
    }

    /// Gives the fill up and tells its readers why.
    pub fn abort(mut self, reason: impl Into<String>) -> BlobError {
        let error = BlobError::FillAborted {
            digest: self.digest.clone(),
            reason: reason.into(),
        };
        self.fail(error)
    }

    fn wrong_size(&self, expected: u64, actual: u64) -> BlobError {
        BlobError::SizeMismatch {
            digest: self.digest.clone(),
            expected,
            actual,
        }
    }

    /// Ends the fill, and lets go of the staged file, which goes when nothing is being written.
    fn fail(&mut self, error: BlobError) -> BlobError {
        drop(self.writer.take_handed_over());
        self.lease = None;
        match self.end.take() {
            Some(end) => end.failed(error),
            None => error,
        }
    }
}
