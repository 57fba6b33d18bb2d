//! How far a fill has come.

use std::fs::File;
use std::sync::{Arc, OnceLock};

use atoll_core::digest::Digest;
use tokio::sync::watch;

use crate::BlobError;

/// The end of a blob that readers don't get before all of it matched its digest: without it a client can't take what
/// it has for the whole, or for a zip.
pub const WITHHELD_BYTES: u64 = 64 * 1024;

/// A growing file, shared by its writer and its readers.
#[derive(Debug)]
pub(crate) struct Fill {
    pub(crate) digest: Digest,
    /// Where it is known beforehand.
    pub(crate) size: Option<u64>,
    /// Set before the progress says that there are bytes in it.
    file: OnceLock<Arc<File>>,
    progress: watch::Sender<Progress>,
}

/// What readers wait for.
#[derive(Clone, Debug)]
pub(crate) enum Progress {
    /// So many bytes are in the file.
    Written(u64),
    /// All bytes are there and matched; so many they are.
    Committed(u64),
    /// There won't be more.
    Failed(Arc<BlobError>),
}

impl Fill {
    pub(crate) fn new(digest: Digest, size: Option<u64>) -> Self {
        let (progress, _) = watch::channel(Progress::Written(0));
        Self {
            digest,
            size,
            file: OnceLock::new(),
            progress,
        }
    }

    /// Follows the progress.
    pub(crate) fn watch(&self) -> watch::Receiver<Progress> {
        self.progress.subscribe()
    }

    /// The file, once there are bytes in it.
    pub(crate) fn file(&self) -> Option<Arc<File>> {
        self.file.get().cloned()
    }

    /// How many bytes readers may have.
    pub(crate) fn released(&self, progress: &Progress) -> u64 {
        match (progress, self.size) {
            (Progress::Committed(size), _) => *size,
            (Progress::Written(written), Some(size)) => {
                (*written).min(size.saturating_sub(WITHHELD_BYTES))
            }
            // Where the end may be anywhere, any byte may belong to it.
            (Progress::Written(_), None) | (Progress::Failed(_), _) => 0,
        }
    }

    /// The writer has written this far.
    pub(crate) fn wrote(&self, file: &Arc<File>, written: u64) {
        self.file.get_or_init(|| Arc::clone(file));
        self.progress.send_replace(Progress::Written(written));
    }

    /// The first end is the end.
    pub(crate) fn end(&self, end: Progress) {
        self.progress.send_if_modified(|progress| {
            let running = matches!(progress, Progress::Written(_));
            if running {
                *progress = end;
            }
            running
        });
    }

    /// The error that readers and the writer share.
    pub(crate) fn failure(&self, source: &Arc<BlobError>) -> BlobError {
        BlobError::FillFailed {
            digest: self.digest.clone(),
            source: Arc::clone(source),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_end_is_withheld_until_all_matched(size in 0..300_000_u64, written in 0..300_000_u64) {
            let written = written.min(size);
            let fill = Fill::new(Digest::sha256(b""), Some(size));
            let released = fill.released(&Progress::Written(written));
            prop_assert!(released <= written);
            prop_assert!(released + WITHHELD_BYTES <= size || released == 0);
            prop_assert_eq!(fill.released(&Progress::Committed(size)), size);
            prop_assert_eq!(Fill::new(Digest::sha256(b""), None).released(&Progress::Written(written)), 0);
        }
    }

    #[test]
    fn a_failure_is_not_undone() {
        let fill = Fill::new(Digest::sha256(b""), Some(5));
        let cause = Arc::new(BlobError::Task { attempt: "test" });
        fill.end(Progress::Failed(Arc::clone(&cause)));
        fill.end(Progress::Committed(5));
        assert!(matches!(*fill.watch().borrow(), Progress::Failed(_)));
    }
}
