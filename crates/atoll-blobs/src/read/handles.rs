//! A cache of open files.

use std::collections::HashMap;
use std::fs::File;
use std::io;
use std::sync::{Arc, Mutex};

use atoll_core::digest::Digest;

use crate::BlobError;
use crate::layout::Layout;
use crate::sync::{blocking, lock};

/// How many files are kept open. Clients that pull a layer in parallel ranges ask for the same few again and again.
const HANDLES_MAX: usize = 512;

/// An open file and its size, which never changes.
#[derive(Clone, Debug)]
pub(crate) struct Handle {
    pub(crate) file: Arc<File>,
    pub(crate) size: u64,
}

/// Open files by digest.
#[derive(Debug, Default)]
pub(crate) struct Handles {
    cached: Mutex<Cached>,
}

#[derive(Debug, Default)]
struct Cached {
    by_digest: HashMap<Digest, (Handle, u64)>,
    /// Counts uses; the entry with the lowest is the one that nobody asked for longest.
    clock: u64,
    /// Counts removals. A file that was opened before one may be gone by the time it could be remembered.
    forgotten: u64,
}

impl Handles {
    /// The file of a blob.
    pub(crate) async fn open(
        &self,
        layout: &Arc<Layout>,
        digest: &Digest,
    ) -> Result<Handle, BlobError> {
        let forgotten = match lock(&self.cached).find(digest) {
            Ok(handle) => return Ok(handle),
            Err(forgotten) => forgotten,
        };
        let (layout, wanted) = (Arc::clone(layout), digest.clone());
        let handle = blocking("open blob", move || open_file(&layout, &wanted)).await?;
        lock(&self.cached).remember(digest, &handle, forgotten);
        Ok(handle)
    }

    /// Forgets a file that was deleted, moved or replaced. Call it after that was done.
    pub(crate) fn forget(&self, digest: &Digest) {
        let mut cached = lock(&self.cached);
        cached.forgotten += 1;
        cached.by_digest.remove(digest);
    }
}

impl Cached {
    /// The handle, or the count of removals so far.
    fn find(&mut self, digest: &Digest) -> Result<Handle, u64> {
        self.clock += 1;
        let Some((handle, used)) = self.by_digest.get_mut(digest) else {
            return Err(self.forgotten);
        };
        *used = self.clock;
        Ok(handle.clone())
    }

    fn remember(&mut self, digest: &Digest, handle: &Handle, forgotten: u64) {
        if forgotten != self.forgotten {
            return;
        }
        if self.by_digest.len() >= HANDLES_MAX && !self.by_digest.contains_key(digest) {
            let idle = self.by_digest.iter().min_by_key(|(_, (_, used))| *used);
            if let Some(idle) = idle.map(|(digest, _)| digest.clone()) {
                self.by_digest.remove(&idle);
            }
        }
        self.by_digest
            .insert(digest.clone(), (handle.clone(), self.clock));
    }
}

/// Opens the file of a blob, past the cache. Blocks.
pub(crate) fn open_file(layout: &Layout, digest: &Digest) -> Result<Handle, BlobError> {
    let path = layout.blob(digest);
    let failed = |source: io::Error| match source.kind() {
        io::ErrorKind::NotFound => BlobError::NotFound {
            digest: digest.clone(),
        },
        _ => BlobError::io("open blob", &path, source),
    };
    let file = File::open(&path).map_err(failed)?;
    let size = file.metadata().map_err(failed)?.len();
    Ok(Handle {
        file: Arc::new(file),
        size,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn handle() -> Handle {
        Handle {
            file: Arc::new(tempfile::tempfile().unwrap()),
            size: 0,
        }
    }

    #[test]
    fn the_cache_is_bounded_and_forgets_who_was_not_asked_for() {
        let (mut cached, handle) = (Cached::default(), handle());
        let digests: Vec<_> = (0..=HANDLES_MAX)
            .map(|n| Digest::sha256(&n.to_le_bytes()))
            .collect();
        for digest in &digests {
            assert!(cached.find(digest).is_err());
            cached.remember(digest, &handle, 0);
            assert!(
                cached.find(&digests[0]).is_ok(),
                "the first is asked for all the time"
            );
        }
        assert_eq!(cached.by_digest.len(), HANDLES_MAX);
        assert!(cached.find(&digests[1]).is_err());
        assert!(cached.find(&digests[HANDLES_MAX]).is_ok());
    }

    #[test]
    fn a_file_that_was_opened_before_a_removal_is_not_remembered() {
        let (handles, digest) = (Handles::default(), Digest::sha256(b"x"));
        let forgotten = lock(&handles.cached).find(&digest).unwrap_err();
        handles.forget(&digest);
        lock(&handles.cached).remember(&digest, &handle(), forgotten);
        assert!(lock(&handles.cached).find(&digest).is_err());
    }
}
