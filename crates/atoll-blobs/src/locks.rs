//! One lock per digest.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use atoll_core::digest::Digest;
use tokio::sync::{Mutex as AsyncMutex, OwnedMutexGuard};

use crate::sync::lock;

type Cells = Arc<Mutex<HashMap<Digest, Arc<AsyncMutex<()>>>>>;

/// Locks by digest. Whoever commits a blob holds its lock until the row that refers to it is written; the collector
/// holds it while it takes its second look and deletes. So no blob goes away under somebody who was told that it is there.
#[derive(Clone, Debug, Default)]
pub struct DigestLocks {
    cells: Cells,
}

impl DigestLocks {
    /// Waits for the lock of a digest.
    ///
    /// A task that holds the lock must not commit the same digest: it would wait for itself.
    ///
    /// # Cancellation
    ///
    /// Dropping this future leaves nothing behind.
    pub async fn lock(&self, digest: &Digest) -> DigestGuard {
        let cell = Arc::clone(lock(&self.cells).entry(digest.clone()).or_default());
        let claim = Claim {
            cells: Arc::clone(&self.cells),
            digest: digest.clone(),
        };
        DigestGuard {
            _held: cell.lock_owned().await,
            claim,
        }
    }

    /// How many digests are locked or waited for.
    pub fn len(&self) -> usize {
        lock(&self.cells).len()
    }

    /// Whether no digest is locked.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// The lock of one digest, held until this is dropped.
#[derive(Debug)]
pub struct DigestGuard {
    // Goes before the claim, which looks whether anybody is left.
    _held: OwnedMutexGuard<()>,
    claim: Claim,
}

impl DigestGuard {
    /// The digest that is locked.
    pub fn digest(&self) -> &Digest {
        &self.claim.digest
    }
}

/// Somebody's interest in a cell, whether they wait or hold. The last to go takes the cell out of the map.
#[derive(Debug)]
struct Claim {
    cells: Cells,
    digest: Digest,
}

impl Drop for Claim {
    fn drop(&mut self) {
        let mut cells = lock(&self.cells);
        // New references are only made under the map's lock, so a count of one is the map alone.
        if cells
            .get(&self.digest)
            .is_some_and(|cell| Arc::strong_count(cell) == 1)
        {
            cells.remove(&self.digest);
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::future::{join_all, poll_immediate};

    use super::*;

    #[tokio::test]
    async fn a_digest_is_held_by_one_at_a_time_and_others_are_free() {
        let locks = DigestLocks::default();
        let (one, two) = (Digest::sha256(b"one"), Digest::sha256(b"two"));
        let held = locks.lock(&one).await;
        assert!(poll_immediate(Box::pin(locks.lock(&one))).await.is_none());
        let other = locks.lock(&two).await;
        assert_eq!(locks.len(), 2);
        drop((held, other));
        assert!(locks.is_empty(), "a cancelled waiter leaves nothing behind");
        assert_eq!(locks.lock(&one).await.digest(), &one);
    }

    #[tokio::test]
    async fn waiters_take_turns() {
        let (locks, digest) = (DigestLocks::default(), Digest::sha256(b"x"));
        let inside = Arc::new(AsyncMutex::new(()));
        join_all((0..50).map(|_| async {
            let _held = locks.lock(&digest).await;
            let _alone = inside.try_lock().expect("nobody else is inside");
            tokio::task::yield_now().await;
        }))
        .await;
        assert!(locks.is_empty());
    }
}
