//! What a collection may take, and what it took.

use atoll_core::time_micros::Micros;
use atoll_db::collect::{self, Cutoffs};
use serde::Serialize;

/// How long what nobody wants is left alone, in seconds: clients skip uploads of what they were told is here.
pub const GRACE_SECS: i64 = 24 * 60 * 60;

/// What a collection may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GcOptions {
    /// Whether to report only.
    pub dry_run: bool,
    /// Whether manifests go that no tag leads to, and how long after their push, in seconds.
    pub untagged: Option<i64>,
    /// How long unreferenced content stays before it is hidden, and then until it goes, in seconds.
    pub grace_secs: i64,
}

/// Some blobs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Amount {
    /// How many.
    pub count: u64,
    /// The bytes on disk of them.
    pub bytes: u64,
}

/// What a collection took, or would take.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct GcReport {
    /// Whether nothing was changed.
    pub dry_run: bool,
    /// Manifests that left their repositories, because no tag leads to them.
    pub untagged_manifests: u64,
    /// Blobs that were hidden, and go after the grace.
    pub condemned: Amount,
    /// Blobs that are gone.
    pub freed: Amount,
    /// Files that no row knew of, which are gone.
    pub orphans: Amount,
    /// Uploads that nobody came back for.
    pub uploads_reaped: u64,
}

impl Default for GcOptions {
    fn default() -> Self {
        Self {
            dry_run: false,
            untagged: None,
            grace_secs: GRACE_SECS,
        }
    }
}

impl GcOptions {
    pub(super) fn cutoffs(&self, now: Micros) -> Cutoffs {
        Cutoffs {
            now,
            before: now.minus_secs(self.grace_secs.max(0)),
            untagged_before: self.untagged.map(|secs| now.minus_secs(secs.max(0))),
        }
    }
}

impl Amount {
    pub(super) fn add(&mut self, bytes: u64) {
        self.count += 1;
        self.bytes += bytes;
    }

    pub(super) fn plus(self, other: Self) -> Self {
        Self {
            count: self.count + other.count,
            bytes: self.bytes + other.bytes,
        }
    }
}

impl From<collect::Amount> for Amount {
    fn from(amount: collect::Amount) -> Self {
        Self {
            count: amount.count,
            bytes: amount.bytes,
        }
    }
}
