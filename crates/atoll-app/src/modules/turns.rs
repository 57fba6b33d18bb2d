//! How many publish at a time.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use super::PublishModuleError;

/// How many archives are taken in at a time, and wait to be packed: each may be as long as [`super::ARCHIVE_BYTES_MAX`].
const ARCHIVES_MAX: usize = 32;

/// How many are packed at a time: that takes a core, and memory for what decompresses them.
const PACKINGS_MAX: usize = 4;

/// How long a publisher waits to hand an archive in: nothing was sent yet.
const ARCHIVE_WAIT: Duration = Duration::from_secs(10);

/// How long an archive that was taken in waits to be packed: sending it again would cost more.
const PACKING_WAIT: Duration = Duration::from_mins(5);

/// So many at a time have a turn, and others wait a while.
pub(super) struct Turns {
    free: Arc<Semaphore>,
    at_once: usize,
    wait: Duration,
}

/// A turn, until it is dropped.
pub(super) type Turn = OwnedSemaphorePermit;

impl Turns {
    /// Of archives.
    pub(super) fn of_archives() -> Self {
        Self::new(ARCHIVES_MAX, ARCHIVE_WAIT)
    }

    /// Of packing them.
    pub(super) fn of_packings() -> Self {
        Self::new(PACKINGS_MAX, PACKING_WAIT)
    }

    fn new(at_once: usize, wait: Duration) -> Self {
        Self {
            free: Arc::new(Semaphore::new(at_once)),
            at_once,
            wait,
        }
    }

    /// Waits for a turn, but not for long: too many is an answer, and not a longer queue.
    pub(super) async fn take(&self) -> Result<Turn, PublishModuleError> {
        let turn = timeout(self.wait, Arc::clone(&self.free).acquire_owned()).await;
        // It is never closed.
        turn.ok()
            .and_then(Result::ok)
            .ok_or(PublishModuleError::Busy {
                at_once: self.at_once,
            })
    }
}

#[cfg(test)]
mod tests {
    use atoll_core::kind::ErrorKind;

    use super::*;

    #[tokio::test]
    async fn who_waits_too_long_is_sent_away() {
        let turns = Turns::new(2, Duration::from_millis(20));
        let first = turns.take().await.unwrap();
        let _second = turns.take().await.unwrap();
        let error = turns.take().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TooManyRequests);
        assert!(error.to_string().contains("2 modules"), "{error}");
        drop(first);
        drop(turns.take().await.unwrap());
    }

    #[tokio::test]
    async fn a_turn_that_comes_in_time_is_taken() {
        let turns = Turns::new(1, Duration::from_mins(1));
        let first = turns.take().await.unwrap();
        let (second, ()) = tokio::join!(turns.take(), async { drop(first) });
        drop(second.unwrap());
    }
}
