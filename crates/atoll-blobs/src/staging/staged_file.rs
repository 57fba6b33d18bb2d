//! The file of an upload. Everything here blocks.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;

use super::sync_ahead::SyncAhead;
use crate::BlobError;
use crate::fill::Fill;
use crate::layout::remove_file;

/// Only the owner reads what may be private.
const FILE_MODE: u32 = 0o600;

/// What becomes of the file when nobody holds it any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It stays: an upload that somebody may come back to, or a file that has its final name.
    Keep,
    /// It goes: a fill, or bytes that turned out bad.
    Remove,
}

/// A file that grows.
pub(crate) struct StagedFile {
    path: PathBuf,
    fate: Fate,
    /// Opened at the first write, so that an upload without bytes touches no disk.
    file: Option<Arc<File>>,
    written: u64,
    ahead: SyncAhead,
    /// Readers that follow the file as it grows.
    followers: Option<Arc<Fill>>,
}

impl StagedFile {
    /// A file of which so many bytes are there already.
    pub(crate) fn new(path: PathBuf, written: u64, fate: Fate) -> Self {
        Self {
            path,
            fate,
            file: None,
            written,
            ahead: SyncAhead::default(),
            followers: None,
        }
    }

    /// The same, with readers that follow it.
    pub(crate) fn followed_by(mut self, fill: Arc<Fill>) -> Self {
        self.followers = Some(fill);
        self
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn written(&self) -> u64 {
        self.written
    }

    pub(crate) fn set_fate(&mut self, fate: Fate) {
        self.fate = fate;
    }

    /// Writes the next bytes. Where that fails the file goes, so that its space is free at once.
    pub(crate) fn write(&mut self, pieces: &[Bytes]) -> Result<(), BlobError> {
        self.or_remove(|staged| {
            let file = staged.open()?;
            for piece in pieces {
                file.write_all_at(piece, staged.written)
                    .map_err(|source| BlobError::io("write", &staged.path, source))?;
                staged.written += piece.len() as u64;
            }
            staged.ahead.wrote(&staged.path, staged.written);
            if let Some(fill) = &staged.followers {
                fill.wrote(&file, staged.written);
            }
            Ok(())
        })
    }

    /// Cuts the file to a length.
    pub(crate) fn truncate(&mut self, len: u64) -> Result<(), BlobError> {
        self.or_remove(|staged| {
            if len != staged.written {
                let cut = staged.open()?.set_len(len);
                cut.map_err(|source| BlobError::io("cut", &staged.path, source))?;
                staged.written = len;
            }
            Ok(())
        })
    }

    /// Makes the bytes survive a power cut.
    pub(crate) fn sync(&mut self) -> Result<(), BlobError> {
        self.open()?
            .sync_data()
            .map_err(|source| BlobError::io("sync", &self.path, source))
    }

    fn or_remove(
        &mut self,
        work: impl FnOnce(&mut Self) -> Result<(), BlobError>,
    ) -> Result<(), BlobError> {
        let done = work(self);
        if done.is_err() {
            self.fate = Fate::Remove;
        }
        done
    }

    fn open(&mut self) -> Result<Arc<File>, BlobError> {
        if let Some(file) = &self.file {
            return Ok(Arc::clone(file));
        }
        // Where bytes are known to be, a missing file is an error, not an empty one.
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(self.written == 0)
            .truncate(self.written == 0)
            .mode(FILE_MODE)
            .open(&self.path)
            .map_err(|source| BlobError::io("open", &self.path, source))?;
        Ok(Arc::clone(self.file.insert(Arc::new(file))))
    }
}

impl Drop for StagedFile {
    fn drop(&mut self) {
        if self.fate == Fate::Remove
            && let Err(error) = remove_file(&self.path)
        {
            // The reaper will find it.
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "could not remove a staged file"
            );
        }
    }
}
