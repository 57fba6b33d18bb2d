//! Feeds a file and its digest from an async task: the next batch fills up while the last one is hashed and written,
//! both at once.

use std::sync::Arc;

use bytes::Bytes;

use super::batch::Batch;
use super::running_digest::RunningDigest;
use super::stage::Stage;
use super::{Fate, StagedFile, UploadId};
use crate::BlobError;

/// How much is hashed and written in one go on the blocking pool: some 400 µs of work. An upload holds twice this at most.
const BATCH_BYTES: usize = 512 * 1024;

/// Where readers wait for the bytes, this much is enough when nothing is being written.
const EAGER_BYTES: usize = 64 * 1024;

/// When a batch goes to the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pace {
    /// When it is full: nobody reads the bytes before the end.
    Full,
    /// As soon as it is worth it.
    Eager,
}

/// A staged file, its digest, and the bytes that wait for them.
#[derive(Debug)]
pub(crate) struct Writer {
    id: UploadId,
    pace: Pace,
    file: Stage<StagedFile>,
    digest: Stage<RunningDigest>,
    batch: Batch,
    /// The bytes that the file has or is being given.
    handed_over: u64,
}

/// What a writer is made of, for the commit.
pub(crate) struct Parts {
    pub(crate) file: Box<StagedFile>,
    pub(crate) digest: Box<RunningDigest>,
    /// The bytes that neither has seen.
    pub(crate) rest: Vec<Bytes>,
}

impl Writer {
    pub(crate) fn new(id: UploadId, file: StagedFile, digest: RunningDigest, pace: Pace) -> Self {
        let handed_over = file.written();
        let (file, digest) = (Stage::new(file), Stage::new(digest));
        Self {
            id,
            pace,
            file,
            digest,
            batch: Batch::default(),
            handed_over,
        }
    }

    pub(crate) fn id(&self) -> UploadId {
        self.id
    }

    /// The bytes taken so far, written or not.
    pub(crate) fn len(&self) -> u64 {
        self.handed_over + self.batch.len() as u64
    }

    pub(crate) fn is_lost(&self) -> bool {
        self.file.is_lost() || self.digest.is_lost()
    }

    pub(crate) fn is_working(&self) -> bool {
        self.file.is_working() || self.digest.is_working()
    }

    /// Takes the next bytes. Waits only when a batch is full and the one before it is still being worked on.
    ///
    /// # Cancellation
    ///
    /// The bytes are taken whether or not the future is dropped.
    pub(crate) async fn append(&mut self, piece: Bytes) -> Result<(), BlobError> {
        if self.is_lost() {
            return Err(BlobError::UploadLost { id: self.id });
        }
        self.batch.push(piece);
        let waiting = self.batch.len();
        let eager = self.pace == Pace::Eager && waiting >= EAGER_BYTES && !self.is_working();
        if waiting >= BATCH_BYTES || eager {
            self.hand_over().await?;
        }
        Ok(())
    }

    /// Writes all bytes that wait.
    pub(crate) async fn flush(&mut self) -> Result<(), BlobError> {
        self.hand_over().await?;
        self.settle().await
    }

    /// Cuts what was taken to a length that is not beyond it.
    pub(crate) async fn truncate(&mut self, len: u64) -> Result<(), BlobError> {
        self.flush().await?;
        if len == self.handed_over {
            return Ok(());
        }
        self.handed_over = len;
        self.file.start(move |file| file.truncate(len));
        self.digest.start(move |digest| {
            digest.restart(len);
            Ok(())
        });
        self.settle().await
    }

    /// Waits until nothing is being worked on. A failure loses the upload and frees its space.
    ///
    /// # Cancellation
    ///
    /// The work goes on; whoever settles next waits for it.
    pub(crate) async fn settle(&mut self) -> Result<(), BlobError> {
        if self.is_lost() {
            return Err(BlobError::UploadLost { id: self.id });
        }
        let written = self.file.settle().await;
        let settled = match written {
            Ok(()) => self.digest.settle().await,
            failed => failed,
        };
        if settled.is_err()
            && let Some(mut file) = self.file.take()
        {
            file.set_fate(Fate::Remove);
        }
        settled
    }

    /// Takes it apart, after [`Self::settle`]; what stays behind is lost.
    pub(crate) fn take_parts(&mut self) -> Result<Parts, BlobError> {
        match (self.file.take(), self.digest.take()) {
            (Some(file), Some(digest)) => Ok(Parts {
                file,
                digest,
                rest: self.batch.take(),
            }),
            _ => Err(BlobError::UploadLost { id: self.id }),
        }
    }

    /// Takes everything but the bytes that wait; what stays behind is lost.
    pub(crate) fn take_handed_over(&mut self) -> Self {
        Self {
            id: self.id,
            pace: self.pace,
            file: std::mem::replace(&mut self.file, Stage::Lost),
            digest: std::mem::replace(&mut self.digest, Stage::Lost),
            batch: Batch::default(),
            handed_over: self.handed_over,
        }
    }

    /// Waits until the last batch is done, then starts the work on the bytes that wait.
    async fn hand_over(&mut self) -> Result<(), BlobError> {
        self.settle().await?;
        let before = self.handed_over;
        self.handed_over = self.len();
        let pieces: Arc<[Bytes]> = self.batch.take().into();
        if !pieces.is_empty() {
            let hashed = Arc::clone(&pieces);
            self.digest
                .start(move |digest| digest.update(&hashed, before));
            self.file.start(move |file| file.write(&pieces));
        }
        Ok(())
    }
}
