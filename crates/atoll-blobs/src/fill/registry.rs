//! One fill per digest, whoever asks.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex};

use atoll_core::digest::Digest;

use super::state::{Fill, Progress};
use super::{FillReader, FillWriter};
use crate::BlobError;
use crate::local::Local;
use crate::read::Blob;
use crate::sync::lock;

/// The fills that are running.
#[derive(Debug, Default)]
pub(crate) struct Fills {
    running: Mutex<HashMap<Digest, Arc<Fill>>>,
}

/// What a caller who wants a blob gets to do.
#[derive(Debug)]
pub enum FillRole {
    /// Nobody fetches it yet: the caller does, in a task that doesn't end with the client's connection.
    Leader(FillWriter, FillReader),
    /// Somebody fetches it: the caller reads along.
    Follower(FillReader),
    /// The store has it.
    Held(Blob),
}

/// Joins the fill of a digest, or starts it where the store doesn't have the blob.
pub(crate) async fn join_or_start(
    local: &Arc<Local>,
    digest: &Digest,
    size: Option<u64>,
) -> Result<FillRole, BlobError> {
    let ending = match local.fills.join(digest, size) {
        Ok(running) => return Ok(FillRole::Follower(FillReader::new(local, running))),
        Err(started) => FillEnd {
            local: Arc::clone(local),
            fill: started,
        },
    };
    // A fill leaves the registry after its blob is in place. So one that ended just now shows here; until we know, the
    // others follow us.
    match local.open(digest).await {
        Ok(blob) => {
            ending.settle_as_held(&blob);
            Ok(FillRole::Held(blob))
        }
        Err(BlobError::NotFound { .. }) => {
            let reader = FillReader::new(local, Arc::clone(&ending.fill));
            Ok(FillRole::Leader(FillWriter::start(ending)?, reader))
        }
        Err(other) => Err(other),
    }
}

impl Fills {
    /// The fill that runs, or else a new one in the registry.
    fn join(&self, digest: &Digest, size: Option<u64>) -> Result<Arc<Fill>, Arc<Fill>> {
        match lock(&self.running).entry(digest.clone()) {
            Entry::Occupied(running) => Ok(Arc::clone(running.get())),
            Entry::Vacant(free) => Err(Arc::clone(
                free.insert(Arc::new(Fill::new(digest.clone(), size))),
            )),
        }
    }

    /// How many run.
    pub(crate) fn len(&self) -> usize {
        lock(&self.running).len()
    }

    /// Whether one of this digest runs.
    pub(crate) fn is_running(&self, digest: &Digest) -> bool {
        lock(&self.running).contains_key(digest)
    }

    /// Takes a fill out; another one of the same digest may have started since.
    fn leave(&self, fill: &Arc<Fill>) {
        if let Entry::Occupied(running) = lock(&self.running).entry(fill.digest.clone())
            && Arc::ptr_eq(running.get(), fill)
        {
            running.remove();
        }
    }
}

/// The duty to bring a fill to its end: dropped without one, the fill was given up.
#[derive(Debug)]
pub(crate) struct FillEnd {
    pub(crate) local: Arc<Local>,
    pub(crate) fill: Arc<Fill>,
}

impl FillEnd {
    /// The blob is in place.
    pub(crate) fn committed(self, size: u64) {
        self.fill.end(Progress::Committed(size));
    }

    /// The store had the blob all along: those who joined meanwhile read that.
    fn settle_as_held(self, blob: &Blob) {
        self.fill.wrote(blob.file(), 0);
        self.committed(blob.size());
    }

    /// It failed, for this reason.
    pub(crate) fn failed(self, error: BlobError) -> BlobError {
        // Who asks from now on starts afresh instead of sharing the failure.
        self.local.fills.leave(&self.fill);
        let source = Arc::new(error);
        self.fill.end(Progress::Failed(Arc::clone(&source)));
        self.fill.failure(&source)
    }
}

impl Drop for FillEnd {
    fn drop(&mut self) {
        self.local.fills.leave(&self.fill);
        let (digest, reason) = (self.fill.digest.clone(), "its writer stopped".to_owned());
        self.fill
            .end(Progress::Failed(Arc::new(BlobError::FillAborted {
                digest,
                reason,
            })));
    }
}
