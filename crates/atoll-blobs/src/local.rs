//! A store in local files.

use std::path::Path;
use std::sync::Arc;

use atoll_core::digest::Digest;

use crate::fill::Fills;
use crate::layout::Layout;
use crate::read::{Blob, BufferPool, Handles};
use crate::staging::Slots;
use crate::{BlobError, DigestLocks};

/// What all parts of one store share.
#[derive(Debug)]
pub(crate) struct Local {
    pub(crate) layout: Arc<Layout>,
    pub(crate) handles: Handles,
    pub(crate) pool: Arc<BufferPool>,
    pub(crate) slots: Arc<Slots>,
    pub(crate) fills: Fills,
    pub(crate) locks: DigestLocks,
}

impl Local {
    /// Opens the store, and makes it where there is none. Blocks; looks at no blob.
    pub(crate) fn open_store(root: &Path) -> Result<Self, BlobError> {
        Ok(Self {
            layout: Arc::new(Layout::open(root)?),
            handles: Handles::default(),
            pool: Arc::default(),
            slots: Arc::default(),
            fills: Fills::default(),
            locks: DigestLocks::default(),
        })
    }

    pub(crate) async fn open(&self, digest: &Digest) -> Result<Blob, BlobError> {
        let handle = self.handles.open(&self.layout, digest).await?;
        Ok(Blob::new(
            digest.clone(),
            handle.size,
            handle.file,
            Arc::clone(&self.pool),
        ))
    }
}
