//! One blob, open for reading.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::pin::Pin;
use std::sync::Arc;

use atoll_core::digest::Digest;
use bytes::Bytes;
use futures_util::{Stream, stream};

use super::chunks::{ChunkReader, truncated};
use super::in_place::read_in_place;
use super::pool::{BufferPool, SMALL_BYTES};
use super::seekable::BlobFile;
use crate::BlobError;
use crate::sync::blocking;

/// The bytes of a blob, in chunks. It ends without an error only when every byte of the range has come.
pub type BlobStream = Pin<Box<dyn Stream<Item = io::Result<Bytes>> + Send>>;

/// A blob that is open for reading: deleting it does not disturb who reads it.
#[derive(Clone, Debug)]
pub struct Blob {
    digest: Digest,
    size: u64,
    file: Arc<File>,
    pool: Arc<BufferPool>,
}

impl Blob {
    pub(crate) fn new(digest: Digest, size: u64, file: Arc<File>, pool: Arc<BufferPool>) -> Self {
        Self {
            digest,
            size,
            file,
            pool,
        }
    }

    /// Which blob it is.
    pub fn digest(&self) -> &Digest {
        &self.digest
    }

    /// How many bytes the store has.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The blob as a file to seek in, on the blocking pool.
    pub fn reader(&self) -> BlobFile {
        BlobFile::new(Arc::clone(&self.file), self.size)
    }

    pub(crate) fn file(&self) -> &Arc<File> {
        &self.file
    }

    /// Checks what a row or a manifest says about the size against what is there.
    pub fn expect_size(self, expected: u64) -> Result<Self, BlobError> {
        if self.size == expected {
            return Ok(self);
        }
        Err(BlobError::SizeMismatch {
            digest: self.digest,
            expected,
            actual: self.size,
        })
    }

    /// Streams a range of the bytes. A range that the file does not have all of ends in an error, at the latest where
    /// the file ends.
    pub fn stream(&self, range: Range<u64>) -> BlobStream {
        let Range { start, end } = range;
        let (file, pool) = (Arc::clone(&self.file), Arc::clone(&self.pool));
        let reader = ChunkReader::new(self.digest.clone(), file, pool, start);
        if start < end && end > self.size {
            let error = truncated(&self.digest, end);
            return Box::pin(stream::once(async { Err(error) }));
        }
        Box::pin(stream::try_unfold(reader, move |mut reader| async move {
            if reader.position >= end {
                return Ok(None);
            }
            let chunk = reader.next(end).await?;
            Ok(Some((chunk, reader)))
        }))
    }

    /// The whole blob, where it is no larger than the caller wants to hold.
    pub async fn read_all(&self, max: u64) -> Result<Bytes, BlobError> {
        let (digest, size) = (self.digest.clone(), self.size);
        let len = usize::try_from(size).ok().filter(|_| size <= max);
        let Some(len) = len else {
            return Err(BlobError::TooLarge { digest, size, max });
        };
        if len <= SMALL_BYTES {
            let mut buffer = vec![0; len];
            if read_in_place(&self.file, &mut buffer, 0) == Some(len) {
                return Ok(buffer.into());
            }
        }
        let file = Arc::clone(&self.file);
        blocking("read blob", move || {
            let mut buffer = vec![0; len];
            match file.read_exact_at(&mut buffer, 0) {
                Ok(()) => Ok(buffer.into()),
                Err(source) if source.kind() == io::ErrorKind::UnexpectedEof => {
                    let actual = file.metadata().map_or(0, |metadata| metadata.len());
                    Err(BlobError::SizeMismatch {
                        digest,
                        expected: size,
                        actual,
                    })
                }
                Err(source) => Err(BlobError::io("read blob", digest.as_str().as_ref(), source)),
            }
        })
        .await
    }
}
