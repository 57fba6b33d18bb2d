//! Gets a growing file to the disk while it grows, so that the sync at the end finds little left to do.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// After this much more was written the disk is set to work.
const SYNC_AHEAD_BYTES: u64 = 16 * 1024 * 1024;

/// Syncs in the background, one at a time. It promises nothing: what counts is the sync before the commit.
#[derive(Debug, Default)]
pub(crate) struct SyncAhead {
    running: Arc<AtomicBool>,
    started_at: u64,
}

impl SyncAhead {
    /// The file at this path has grown to so many bytes. Blocks only to open it.
    pub(crate) fn wrote(&mut self, path: &Path, written: u64) {
        if written.saturating_sub(self.started_at) < SYNC_AHEAD_BYTES
            || self.running.load(Ordering::Acquire)
        {
            return;
        }
        // The system reports a failed write once for each time that a file was opened. This one is opened apart, so
        // that the sync before the commit still hears of it.
        let Ok(file) = File::open(path) else { return };
        self.started_at = written;
        self.running.store(true, Ordering::Release);
        let running = Arc::clone(&self.running);
        tokio::task::spawn_blocking(move || {
            let _ = file.sync_data();
            running.store(false, Ordering::Release);
        });
    }
}
