//! What the tests stand on.

use std::fs::{self, File, OpenOptions};
use std::path::PathBuf;
use std::time::Duration;

use atoll_blobs::{Blob, BlobError, BlobStream, Blobs, UploadId};
use atoll_core::digest::{Algorithm, Digest};
use bytes::Bytes;
use futures_util::{TryStreamExt, pin_mut};
use tempfile::TempDir;

/// One store of some backend, and hands to do damage with.
pub(crate) trait Fixture: Sync {
    /// A new, empty store.
    fn start() -> Self;
    /// Opens the store: the second time is a restart.
    async fn open(&self) -> Blobs;
    /// How many staged files there are.
    fn staged(&self) -> usize;
    /// Leaves a staged file, as a crash would.
    fn leave_staged(&self, name: &str, bytes: &[u8]);
    /// Replaces the bytes of a blob behind the store's back.
    fn damage(&self, digest: &Digest, bytes: &[u8]);
    /// Cuts the file of a blob, also for those who have it open.
    fn cut(&self, digest: &Digest, len: u64);
    /// Makes the system forget what it has of the blob in memory.
    fn cool(&self, digest: &Digest);
}

pub(crate) struct LocalFiles {
    directory: TempDir,
}

impl LocalFiles {
    fn blob(&self, digest: &Digest) -> PathBuf {
        let (algorithm, hex) = (digest.algorithm().as_str(), digest.hex());
        self.directory
            .path()
            .join("blobs")
            .join(algorithm)
            .join(&hex[..2])
            .join(hex)
    }
}

impl Fixture for LocalFiles {
    fn start() -> Self {
        Self {
            directory: tempfile::tempdir().unwrap(),
        }
    }

    async fn open(&self) -> Blobs {
        Blobs::open_local(self.directory.path()).await.unwrap()
    }

    fn staged(&self) -> usize {
        fs::read_dir(self.directory.path().join("staging"))
            .unwrap()
            .count()
    }

    fn leave_staged(&self, name: &str, bytes: &[u8]) {
        fs::write(self.directory.path().join("staging").join(name), bytes).unwrap();
    }

    fn damage(&self, digest: &Digest, bytes: &[u8]) {
        let damaged = self.directory.path().join("damaged");
        fs::write(&damaged, bytes).unwrap();
        fs::rename(damaged, self.blob(digest)).unwrap();
    }

    fn cut(&self, digest: &Digest, len: u64) {
        OpenOptions::new()
            .write(true)
            .open(self.blob(digest))
            .unwrap()
            .set_len(len)
            .unwrap();
    }

    fn cool(&self, digest: &Digest) {
        let file = File::open(self.blob(digest)).unwrap();
        rustix::fs::fadvise(&file, 0, None, rustix::fs::Advice::DontNeed).unwrap();
    }
}

/// Bytes of which no two regions are alike.
pub(crate) fn noise(len: usize) -> Bytes {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64 ^ len as u64;
    let mut bytes = Vec::with_capacity(len + 8);
    while bytes.len() < len {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend_from_slice(&state.to_le_bytes());
    }
    bytes.truncate(len);
    bytes.into()
}

/// Stores bytes and says under which name.
pub(crate) async fn put(blobs: &Blobs, bytes: &Bytes) -> Digest {
    let digest = Digest::sha256(bytes);
    assert_eq!(
        blobs.put(&digest, bytes.clone()).await.unwrap().size,
        bytes.len() as u64
    );
    digest
}

/// Stages bytes in pieces and leaves the upload.
pub(crate) async fn stage(blobs: &Blobs, id: UploadId, bytes: &Bytes) {
    let mut upload = blobs.create_upload(id, Algorithm::Sha256).unwrap();
    for piece in bytes.chunks(20_000) {
        upload.append(Bytes::copy_from_slice(piece)).await.unwrap();
    }
    assert_eq!(upload.pause().await.unwrap(), bytes.len() as u64);
}

/// All bytes of a stream.
pub(crate) async fn collect(stream: BlobStream) -> std::io::Result<Vec<u8>> {
    pin_mut!(stream);
    let mut bytes = Vec::new();
    while let Some(chunk) = within(stream.try_next()).await? {
        assert!(!chunk.is_empty(), "a chunk has bytes");
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

/// All bytes of a blob.
pub(crate) async fn content(blob: &Blob) -> Vec<u8> {
    collect(blob.stream(0..blob.size())).await.unwrap()
}

pub(crate) async fn is_absent(blobs: &Blobs, digest: &Digest) -> bool {
    matches!(blobs.open(digest).await, Err(BlobError::NotFound { digest: named }) if named == *digest)
}

/// Waits, but not for ever.
pub(crate) async fn within<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_mins(1), future)
        .await
        .expect("it should not take so long")
}

/// Waits until something holds.
pub(crate) async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let waiting = async {
        while !holds() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_mins(1), waiting)
        .await
        .unwrap_or_else(|_| panic!("never: {what}"));
}
