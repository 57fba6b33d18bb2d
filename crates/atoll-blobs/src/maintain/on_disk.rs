//! What a blob's file says of itself.

use std::fs;
use std::io;
use std::time::SystemTime;

use atoll_core::digest::Digest;

use crate::BlobError;
use crate::local::Local;

/// A blob's file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OnDisk {
    /// How many bytes it has.
    pub size: u64,
    /// When it was last written.
    pub modified: SystemTime,
}

/// Looks at a blob's file; nothing where there is none. Blocks.
pub(crate) fn look_at(local: &Local, digest: &Digest) -> Result<Option<OnDisk>, BlobError> {
    let path = local.layout.blob(digest);
    let seen = fs::metadata(&path).and_then(|metadata| {
        Ok(OnDisk {
            size: metadata.len(),
            modified: metadata.modified()?,
        })
    });
    match seen {
        Ok(seen) => Ok(Some(seen)),
        Err(source) if source.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(BlobError::io("look at", &path, source)),
    }
}
