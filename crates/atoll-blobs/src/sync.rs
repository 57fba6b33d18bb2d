//! Locks and blocking work, as the whole crate uses them.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::BlobError;

/// Locks a map of ours. Every critical section leaves the map whole, so one that panicked did no harm.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Runs work that blocks on the pool for it. Once started it finishes, even when the caller stops waiting.
pub(crate) async fn blocking<T: Send + 'static>(
    attempt: &'static str,
    work: impl FnOnce() -> Result<T, BlobError> + Send + 'static,
) -> Result<T, BlobError> {
    tokio::task::spawn_blocking(work)
        .await
        .unwrap_or(Err(BlobError::Task { attempt }))
}
