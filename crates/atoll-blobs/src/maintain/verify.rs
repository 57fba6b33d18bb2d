//! Reads a blob again and compares.

use std::sync::Arc;

use atoll_core::digest::{Digest, Hasher};

use super::hash_range;
use crate::BlobError;
use crate::local::Local;
use crate::read::open_file;
use crate::sync::blocking;

/// How much is hashed in one go on the blocking pool, so that a verification of a large blob can be stopped.
const STEP_BYTES: u64 = 8 * 1024 * 1024;

/// Hashes what is on disk, and returns its size where it matches.
///
/// # Cancellation
///
/// Dropping this future stops the work within some ten milliseconds.
pub(crate) async fn verify(local: &Arc<Local>, digest: &Digest) -> Result<u64, BlobError> {
    // Not a cached handle: after damage or a repair by hand the name may stand for another file.
    let (layout, wanted) = (Arc::clone(&local.layout), digest.clone());
    let handle = blocking("open a blob", move || open_file(&layout, &wanted)).await?;
    let mut hasher = Hasher::new(digest.algorithm());
    let mut position = 0;
    while position < handle.size {
        let end = handle.size.min(position + STEP_BYTES);
        let (file, path) = (Arc::clone(&handle.file), local.layout.blob(digest));
        hasher = blocking("verify a blob", move || {
            hash_range(&file, position..end, &mut hasher)
                .map_err(|source| BlobError::io("read", &path, source))?;
            Ok(hasher)
        })
        .await?;
        position = end;
    }
    let actual = hasher.finish();
    if actual != *digest {
        return Err(BlobError::DigestMismatch {
            expected: digest.clone(),
            actual,
        });
    }
    Ok(handle.size)
}
