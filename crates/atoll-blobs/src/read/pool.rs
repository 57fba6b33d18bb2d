//! Buffers that are used again.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use bytes::Bytes;

use crate::sync::lock;

/// How much is read at once. Measured: larger chunks are slower, smaller ones cost more system calls.
pub(crate) const CHUNK_BYTES: usize = 256 * 1024;

/// A read of this or less gets a buffer of its own size, so that many small blobs in flight stay small.
pub(crate) const SMALL_BYTES: usize = 64 * 1024;

/// Where the bytes begin in a buffer, which itself begins on a page. TLS copies them to a place a few bytes behind the beginning of
/// another page, and of all distances within a page that is the one for which a processor's `rep movsb` crawls: measured, this
/// made up a third of the CPU of a download.
const START_BYTES: usize = 64;

/// How many large buffers may be out at once (64 MiB). Beyond that readers get small ones, so that thousands of slow
/// clients cost little and nobody waits for them.
const LENT_BUFFERS_MAX: usize = 256;

/// How many large buffers are kept for the next reader (16 MiB).
const FREE_BUFFERS_MAX: usize = 64;

/// Lends large buffers and takes them back when the last [`Bytes`] of a chunk is dropped.
#[derive(Debug, Default)]
pub(crate) struct BufferPool {
    free: Mutex<Vec<Vec<u8>>>,
    lent: AtomicUsize,
}

impl BufferPool {
    /// A buffer for up to `want` bytes: all of them, unless that is more than a chunk or too many buffers are out.
    pub(crate) fn take(self: &Arc<Self>, want: u64) -> Buffer {
        let want = usize::try_from(want)
            .unwrap_or(CHUNK_BYTES)
            .min(CHUNK_BYTES);
        if want <= SMALL_BYTES || self.lent.load(Ordering::Relaxed) >= LENT_BUFFERS_MAX {
            let len = want.min(SMALL_BYTES);
            return Buffer {
                bytes: vec![0; START_BYTES + len],
                len,
                pool: None,
            };
        }
        self.lent.fetch_add(1, Ordering::Relaxed);
        // Only a buffer that is made new is cleared; the reads write over what the last reader left.
        let bytes = lock(&self.free)
            .pop()
            .unwrap_or_else(|| vec![0; START_BYTES + CHUNK_BYTES]);
        Buffer {
            bytes,
            len: want,
            pool: Some(Arc::clone(self)),
        }
    }

    /// How many large buffers are out.
    pub(crate) fn lent(&self) -> usize {
        self.lent.load(Ordering::Relaxed)
    }
}

/// A buffer of which `len` bytes are in use.
pub(crate) struct Buffer {
    bytes: Vec<u8>,
    len: usize,
    pool: Option<Arc<BufferPool>>,
}

impl Buffer {
    pub(crate) fn as_mut(&mut self) -> &mut [u8] {
        let used = START_BYTES..START_BYTES + self.len;
        self.bytes.get_mut(used).unwrap_or_default()
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// The first `len` bytes, as a chunk that gives the buffer back.
    pub(crate) fn into_bytes(mut self, len: usize) -> Bytes {
        self.len = self.len.min(len);
        Bytes::from_owner(self)
    }
}

impl AsRef<[u8]> for Buffer {
    fn as_ref(&self) -> &[u8] {
        let used = START_BYTES..START_BYTES + self.len;
        self.bytes.get(used).unwrap_or_default()
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        let Some(pool) = self.pool.take() else { return };
        pool.lent.fetch_sub(1, Ordering::Relaxed);
        let mut free = lock(&pool.free);
        if free.len() < FREE_BUFFERS_MAX {
            free.push(std::mem::take(&mut self.bytes));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_buffer_comes_back_when_its_last_chunk_goes() {
        let pool = Arc::new(BufferPool::default());
        let chunk = pool.take(u64::MAX).into_bytes(100_000);
        assert_eq!(
            (chunk.len(), pool.lent(), lock(&pool.free).len()),
            (100_000, 1, 0)
        );
        let part = chunk.slice(5..10);
        drop(chunk);
        assert_eq!(pool.lent(), 1);
        drop(part);
        assert_eq!((pool.lent(), lock(&pool.free).len()), (0, 1));
        assert_eq!(pool.take(100_000).len(), 100_000);
        assert_eq!(
            lock(&pool.free).len(),
            1,
            "the same buffer went out and came back"
        );
    }

    #[test]
    fn small_reads_and_a_crowd_get_small_buffers() {
        let pool = Arc::new(BufferPool::default());
        assert_eq!(
            (pool.take(10).len(), pool.take(0).len(), pool.lent()),
            (10, 0, 0)
        );
        let crowd: Vec<_> = (0..LENT_BUFFERS_MAX + 10)
            .map(|_| pool.take(u64::MAX))
            .collect();
        assert_eq!(pool.lent(), LENT_BUFFERS_MAX);
        assert_eq!(crowd.last().expect("a crowd").len(), SMALL_BYTES);
        drop(crowd);
        assert_eq!((pool.lent(), lock(&pool.free).len()), (0, FREE_BUFFERS_MAX));
    }
}
