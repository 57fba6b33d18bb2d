//! Reading a file chunk by chunk.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use atoll_core::digest::Digest;
use bytes::Bytes;

use super::ahead::ReadAhead;
use super::in_place::{read_ahead, read_in_place};
use super::pool::{Buffer, BufferPool, SMALL_BYTES};

/// Reads a file from a position on.
#[derive(Debug)]
pub(crate) struct ChunkReader {
    digest: Digest,
    file: Arc<File>,
    pool: Arc<BufferPool>,
    pub(crate) position: u64,
    ahead: ReadAhead,
}

impl ChunkReader {
    /// Reads a file from a position on.
    pub(crate) fn new(
        digest: Digest,
        file: Arc<File>,
        pool: Arc<BufferPool>,
        position: u64,
    ) -> Self {
        Self {
            digest,
            file,
            pool,
            position,
            ahead: ReadAhead::default(),
        }
    }

    /// The next bytes before `end`, which lies beyond the position. A file that ends earlier is an error.
    ///
    /// # Cancellation
    ///
    /// Dropping this future loses nothing: the position moves only when bytes are returned.
    pub(crate) async fn next(&mut self, end: u64) -> io::Result<Bytes> {
        // Reads from memory are never pending, so a quick consumer would keep its worker for itself.
        tokio::task::coop::consume_budget().await;
        let mut buffer = self.pool.take(end.saturating_sub(self.position));
        let chunk = match read_in_place(&self.file, buffer.as_mut(), self.position) {
            // A few pages are not worth a chunk; the disk has to be waited for anyway.
            Some(read) if read == buffer.len() || read >= SMALL_BYTES => buffer.into_bytes(read),
            _ => self.read_from_disk(buffer, end).await?,
        };
        self.position += chunk.len() as u64;
        if let Some(wanted) = self.ahead.when_read(self.position, end) {
            let file = Arc::clone(&self.file);
            // Asking may itself wait for the disk.
            tokio::task::spawn_blocking(move || read_ahead(&file, wanted));
        }
        Ok(chunk)
    }

    async fn read_from_disk(&mut self, mut buffer: Buffer, end: u64) -> io::Result<Bytes> {
        let (file, position, len) = (Arc::clone(&self.file), self.position, buffer.len());
        let wanted = self.ahead.when_waiting(position, len as u64, end);
        let read = tokio::task::spawn_blocking(move || {
            // Before the read that waits, so that the disk goes on where that ends.
            if let Some(wanted) = wanted {
                read_ahead(&file, wanted);
            }
            file.read_exact_at(buffer.as_mut(), position)?;
            Ok(buffer.into_bytes(len))
        });
        let read = read
            .await
            .unwrap_or_else(|stopped| Err(io::Error::other(stopped)));
        read.map_err(|source: io::Error| match source.kind() {
            io::ErrorKind::UnexpectedEof => truncated(&self.digest, position + len as u64),
            _ => source,
        })
    }
}

/// The error of a file that is shorter than what was promised.
pub(crate) fn truncated(digest: &Digest, end: u64) -> io::Error {
    io::Error::new(
        io::ErrorKind::UnexpectedEof,
        format!("the file of blob {digest} ends before byte {end}"),
    )
}
