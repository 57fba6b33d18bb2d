//! How much room there is.

use std::path::Path;

use crate::BlobError;

/// The room on the file system that the store is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FreeSpace {
    /// How many bytes can still be written.
    pub free_bytes: u64,
    /// How many bytes the file system has.
    pub total_bytes: u64,
}

/// Asks the system. May block, where the file system is a remote one.
pub(crate) fn free_space(path: &Path) -> Result<FreeSpace, BlobError> {
    let stat = rustix::fs::statvfs(path)
        .map_err(|source| BlobError::io("ask for the free space of", path, source.into()))?;
    Ok(FreeSpace {
        free_bytes: stat.f_bavail.saturating_mul(stat.f_frsize),
        total_bytes: stat.f_blocks.saturating_mul(stat.f_frsize),
    })
}
