//! The caller's file, with a limit on what goes in.

use std::io::SeekFrom;

use atoll_core::getter::{Checksum, ChecksumAlgorithm};
use tokio::fs::File;
use tokio::io::{AsyncSeekExt as _, AsyncWriteExt as _};

use super::SourceError;
use super::checksum::Hashing;
use crate::Download;

/// A file that takes so many bytes and no more.
pub(super) struct Sink<'a> {
    file: &'a mut File,
    origin: &'a str,
    bytes_max: u64,
    size_bytes: u64,
    expected: Option<(ChecksumAlgorithm, String, Hashing)>,
}

impl<'a> Sink<'a> {
    /// Empties the file.
    pub(super) async fn start(
        file: &'a mut File,
        bytes_max: u64,
        origin: &'a str,
    ) -> Result<Self, SourceError> {
        let emptied = async {
            file.set_len(0).await?;
            file.seek(SeekFrom::Start(0)).await
        };
        let failed = |source| SourceError::Write {
            origin: origin.to_owned(),
            source,
        };
        emptied.await.map_err(failed)?;
        Ok(Self {
            file,
            origin,
            bytes_max,
            size_bytes: 0,
            expected: None,
        })
    }

    /// What is being fetched, in words that may be shown.
    pub(super) fn origin(&self) -> String {
        self.origin.to_owned()
    }

    pub(super) fn bytes_max(&self) -> u64 {
        self.bytes_max
    }

    /// Promises what all bytes together hash to.
    pub(super) fn expect(&mut self, checksum: Option<&Checksum>) {
        self.expected = checksum.map(|checksum| {
            let algorithm = checksum.algorithm();
            (
                algorithm,
                checksum.hex().to_owned(),
                Hashing::new(algorithm),
            )
        });
    }

    pub(super) async fn write(&mut self, bytes: &[u8]) -> Result<(), SourceError> {
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        self.size_bytes = self.size_bytes.saturating_add(length);
        if self.size_bytes > self.bytes_max {
            return Err(self.too_large());
        }
        if let Some((_, _, hashing)) = &mut self.expected {
            hashing.update(bytes);
        }
        let written = self.file.write_all(bytes).await;
        written.map_err(|source| self.write_error(source))
    }

    /// Writes all of a download.
    pub(super) async fn write_download(
        &mut self,
        mut download: Download,
    ) -> Result<(), SourceError> {
        if download.total().is_some_and(|total| total > self.bytes_max) {
            return Err(self.too_large());
        }
        while let Some(chunk) = download.chunk().await? {
            self.write(&chunk).await?;
        }
        Ok(())
    }

    /// Compares what came with what was promised, and returns its size.
    pub(super) async fn finish(mut self) -> Result<u64, SourceError> {
        let flushed = self.file.flush().await;
        flushed.map_err(|source| self.write_error(source))?;
        if let Some((algorithm, expected, hashing)) = self.expected.take() {
            let actual = hashing.finish();
            if actual != expected {
                let name = algorithm.as_str();
                return Err(SourceError::Checksum {
                    origin: self.origin(),
                    expected: format!("{name}:{expected}"),
                    actual: format!("{name}:{actual}"),
                });
            }
        }
        Ok(self.size_bytes)
    }

    pub(super) fn too_large(&self) -> SourceError {
        SourceError::TooLarge {
            origin: self.origin(),
            bytes_max: self.bytes_max,
        }
    }

    fn write_error(&self, source: std::io::Error) -> SourceError {
        SourceError::Write {
            origin: self.origin(),
            source,
        }
    }
}
