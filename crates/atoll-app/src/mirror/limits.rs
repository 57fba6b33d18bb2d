//! What keeps misses from using up the server.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use atoll_blobs::FreeSpace;
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, SemaphorePermit};

use super::error::MirrorError;
use super::patience::LIST_BUDGET;
use crate::upstreams::MinFree;

/// How many things that are not here a client may ask for in a minute. One `terraform init` of a large configuration asks for
/// a list, a version and a package of some dozens of providers; `providers lock` for those of five platforms.
pub const MISSES_PER_MINUTE: NonZeroU32 = NonZeroU32::new(1200).expect("not zero");

/// How many versions are captured at a time; more wait, and their clients' patience ends as usual.
const CAPTURES_MAX: usize = 64;

/// How many blobs are fetched at a time; more are refused, because a queue of downloads moves too slowly to wait in.
const FILLS_MAX: usize = 256;

/// How many clients are remembered before the idle ones are forgotten.
const CLIENTS_REMEMBERED: usize = 10_000;

/// The limits that all upstreams share.
pub(super) struct Limits {
    misses: DefaultKeyedRateLimiter<Arc<str>>,
    min_free: MinFree,
    /// How long a client waits for an answer.
    pub(super) patience: Duration,
    captures: Semaphore,
    fills: Arc<Semaphore>,
}

/// Limits that hold for all upstreams together.
#[derive(Clone, Copy, Debug)]
pub struct MirrorLimits {
    /// How many things that are not here one client may ask for in a minute.
    pub misses_per_minute: NonZeroU32,
    /// How much of the disk stays free.
    pub min_free: MinFree,
    /// What all upstream calls behind one answer may take together.
    pub patience: Duration,
}

impl Default for MirrorLimits {
    fn default() -> Self {
        Self {
            misses_per_minute: MISSES_PER_MINUTE,
            min_free: MinFree::default(),
            patience: LIST_BUDGET,
        }
    }
}

impl Limits {
    pub(super) fn new(limits: MirrorLimits) -> Self {
        let MirrorLimits {
            misses_per_minute,
            min_free,
            patience,
        } = limits;
        Self {
            misses: RateLimiter::keyed(Quota::per_minute(misses_per_minute)),
            min_free,
            patience,
            captures: Semaphore::new(CAPTURES_MAX),
            fills: Arc::new(Semaphore::new(FILLS_MAX)),
        }
    }

    /// Counts one miss of a client.
    pub(super) fn count_miss(&self, client: &Arc<str>) -> Result<(), MirrorError> {
        if self.misses.len() > CLIENTS_REMEMBERED {
            self.misses.retain_recent();
        }
        self.misses
            .check_key(client)
            .map_err(|_| MirrorError::TooManyMisses)
    }

    /// Waits until a version may be captured.
    pub(super) async fn begin_capture(&self) -> Option<SemaphorePermit<'_>> {
        // It is never closed; without a permit the limit is all that is lost.
        self.captures.acquire().await.ok()
    }

    /// The right to fetch one blob.
    pub(super) fn begin_fill(&self) -> Result<OwnedSemaphorePermit, MirrorError> {
        Arc::clone(&self.fills)
            .try_acquire_owned()
            .map_err(|_| MirrorError::TooManyMisses)
    }

    /// Whether so many bytes more leave enough of the disk free.
    pub(super) fn has_room(&self, space: FreeSpace, bytes: u64) -> bool {
        space.free_bytes.saturating_sub(bytes) >= self.min_free.bytes_of(space.total_bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn misses_are_counted_for_each_client() {
        let limits = Limits::new(MirrorLimits {
            misses_per_minute: NonZeroU32::new(3).unwrap(),
            ..MirrorLimits::default()
        });
        let (one, other): (Arc<str>, Arc<str>) = ("one".into(), "other".into());
        for _ in 0..3 {
            limits.count_miss(&one).unwrap();
        }
        assert!(matches!(
            limits.count_miss(&one),
            Err(MirrorError::TooManyMisses)
        ));
        limits.count_miss(&other).unwrap();
    }

    #[test]
    fn the_disk_keeps_its_share() {
        let limits = Limits::new(MirrorLimits {
            min_free: MinFree::Percent(10),
            ..MirrorLimits::default()
        });
        let space = FreeSpace {
            free_bytes: 150,
            total_bytes: 1000,
        };
        assert!(limits.has_room(space, 50));
        assert!(!limits.has_room(space, 51));
        assert!(!limits.has_room(space, u64::MAX));
    }
}
