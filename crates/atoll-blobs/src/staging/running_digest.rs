//! The digest of an upload's bytes, as they come. Everything here blocks.

use std::fs::File;
use std::path::PathBuf;

use atoll_core::digest::{Algorithm, Digest, Hasher};
use bytes::Bytes;

use crate::BlobError;
use crate::maintain::hash_range;

/// Hashes what a staged file has and gets.
pub(crate) struct RunningDigest {
    path: PathBuf,
    algorithm: Algorithm,
    /// Has seen all bytes so far; `None` after a restart or a cut, until the next update reads them from the file.
    hasher: Option<Hasher>,
}

impl RunningDigest {
    /// The digest of a file that has so many bytes.
    pub(crate) fn new(path: PathBuf, algorithm: Algorithm, written: u64) -> Self {
        let hasher = (written == 0).then(|| Hasher::new(algorithm));
        Self {
            path,
            algorithm,
            hasher,
        }
    }

    /// Takes the next bytes. The `before` that come before them are in the file.
    pub(crate) fn update(&mut self, pieces: &[Bytes], before: u64) -> Result<(), BlobError> {
        let mut hasher = match self.hasher.take() {
            Some(hasher) => hasher,
            None => self.read_again(before)?,
        };
        for piece in pieces {
            hasher.update(piece);
        }
        self.hasher = Some(hasher);
        Ok(())
    }

    /// The file has been cut to so many bytes.
    pub(crate) fn restart(&mut self, written: u64) {
        self.hasher = (written == 0).then(|| Hasher::new(self.algorithm));
    }

    /// Takes the last bytes and computes the digest by an algorithm, if need be by reading the file again.
    pub(crate) fn finish(
        mut self,
        pieces: &[Bytes],
        before: u64,
        algorithm: Algorithm,
    ) -> Result<Digest, BlobError> {
        if self.algorithm != algorithm {
            self.algorithm = algorithm;
            self.restart(before);
        }
        self.update(pieces, before)?;
        // An update leaves a hasher behind.
        Ok(self
            .hasher
            .unwrap_or_else(|| Hasher::new(algorithm))
            .finish())
    }

    fn read_again(&self, before: u64) -> Result<Hasher, BlobError> {
        let mut hasher = Hasher::new(self.algorithm);
        File::open(&self.path)
            .and_then(|file| hash_range(&file, 0..before, &mut hasher))
            .map_err(|source| BlobError::io("read", &self.path, source))?;
        Ok(hasher)
    }
}
