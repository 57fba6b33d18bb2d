//! Those who read while it is fetched.

use std::io;
use std::ops::Range;
use std::sync::Arc;

use atoll_core::digest::Digest;
use bytes::Bytes;
use futures_util::stream;
use tokio::sync::watch;

use super::state::{Fill, Progress};
use crate::BlobError;
use crate::local::Local;
use crate::read::{BlobStream, BufferPool, ChunkReader, truncated};

/// Follows a fill. Readers that come late read the file from its start.
#[derive(Clone, Debug)]
pub struct FillReader {
    fill: Arc<Fill>,
    pool: Arc<BufferPool>,
}

impl FillReader {
    pub(crate) fn new(local: &Local, fill: Arc<Fill>) -> Self {
        Self {
            fill,
            pool: Arc::clone(&local.pool),
        }
    }

    /// Which blob it is.
    pub fn digest(&self) -> &Digest {
        &self.fill.digest
    }

    /// How many bytes the blob has, where that was known when the fill started.
    pub fn size(&self) -> Option<u64> {
        self.fill.size
    }

    /// Streams a range of the bytes as they come, all but the last [`WITHHELD_BYTES`](super::WITHHELD_BYTES), and those
    /// once the whole matched. A fill that fails breaks the stream with an error. Where the size is not known nothing
    /// comes before the end.
    pub fn stream(&self, range: Range<u64>) -> BlobStream {
        let follower = Follower {
            fill: Arc::clone(&self.fill),
            progress: self.fill.watch(),
            pool: Arc::clone(&self.pool),
            reader: None,
            position: range.start,
            end: range.end,
        };
        Box::pin(stream::try_unfold(follower, |mut follower| async move {
            Ok(follower.next().await?.map(|chunk| (chunk, follower)))
        }))
    }

    /// Waits for the end, and returns the size of the blob, which is in the store by then.
    pub async fn committed(&self) -> Result<u64, BlobError> {
        let mut progress = self.fill.watch();
        loop {
            match &*progress.borrow_and_update() {
                Progress::Committed(size) => return Ok(*size),
                Progress::Failed(source) => return Err(self.fill.failure(source)),
                Progress::Written(_) => {}
            }
            progress.changed().await.map_err(|_| BlobError::Task {
                attempt: "fetch a blob",
            })?;
        }
    }
}

/// One reader's place in a fill.
struct Follower {
    fill: Arc<Fill>,
    progress: watch::Receiver<Progress>,
    pool: Arc<BufferPool>,
    /// There once there is a file.
    reader: Option<ChunkReader>,
    position: u64,
    end: u64,
}

impl Follower {
    async fn next(&mut self) -> io::Result<Option<Bytes>> {
        while self.position < self.end {
            let progress = self.progress.borrow_and_update().clone();
            let released = self.fill.released(&progress).min(self.end);
            match progress {
                Progress::Failed(source) => {
                    return Err(io::Error::other(self.fill.failure(&source)));
                }
                _ if self.position < released => return self.read(released).await.map(Some),
                Progress::Committed(_) => return Err(truncated(&self.fill.digest, self.end)),
                Progress::Written(_) => self.progress.changed().await.map_err(io::Error::other)?,
            }
        }
        Ok(None)
    }

    /// The next bytes before `released`, which lies beyond the position.
    async fn read(&mut self, released: u64) -> io::Result<Bytes> {
        let reader = match &mut self.reader {
            Some(reader) => reader,
            none => {
                let file = self
                    .fill
                    .file()
                    .ok_or_else(|| truncated(&self.fill.digest, self.end))?;
                let (digest, pool) = (self.fill.digest.clone(), Arc::clone(&self.pool));
                none.insert(ChunkReader::new(digest, file, pool, self.position))
            }
        };
        let chunk = reader.next(released).await?;
        self.position = reader.position;
        Ok(chunk)
    }
}
