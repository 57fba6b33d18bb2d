//! How far a sync is.

use std::sync::{Mutex, PoisonError};

use serde::Serialize;

use super::report::{Failed, SyncReport};
use crate::mirror::Moved;

/// Whether a sync goes on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum SyncState {
    /// It does.
    #[default]
    Running,
    /// It came to its end, whatever its report says.
    Done,
    /// It ended early.
    Failed,
}

/// How far a sync is.
#[derive(Clone, Debug, Default, Serialize)]
pub struct SyncStatus {
    /// Whether it goes on.
    pub state: SyncState,
    /// Why it ended early.
    pub error: Option<String>,
    /// How many versions it is done with.
    pub versions_done: u64,
    /// How many were found so far.
    pub versions_total: u64,
    /// How many bytes were fetched; of modules those of the packages that were made of what was fetched.
    pub bytes_done: u64,
    /// How many there are to fetch of the versions that were looked at so far: what upstream tells, and where it does not tell, what
    /// was fetched by now. Never less than [`Self::bytes_done`]; none while no size is known.
    pub bytes_total: Option<u64>,
    /// How many things have a size that upstream does not tell before they are fetched.
    pub unknown_sizes: u64,
    /// What it did, once it is over.
    pub report: Option<SyncReport>,
}

impl SyncStatus {
    fn add_to_total(&mut self, size: u64) {
        let known = self.bytes_total.unwrap_or_default();
        self.bytes_total = Some(known.saturating_add(size));
    }
}

/// A status that is written while it is read.
#[derive(Debug, Default)]
pub(super) struct Progress {
    status: Mutex<SyncStatus>,
    report: Mutex<SyncReport>,
}

impl Progress {
    /// The status as it is now.
    pub(super) fn status(&self) -> SyncStatus {
        lock(&self.status).clone()
    }

    pub(super) fn found(&self, versions: u64) {
        lock(&self.status).versions_total += versions;
    }

    pub(super) fn version_done(&self) {
        lock(&self.status).versions_done += 1;
    }

    /// Notes something that is to be fetched, and its size where that is known.
    pub(super) fn planned(&self, size: Option<u64>) {
        let mut status = lock(&self.status);
        match size {
            Some(size) => status.add_to_total(size),
            None => status.unknown_sizes += 1,
        }
    }

    pub(super) fn bytes(&self, count: u64) {
        lock(&self.status).bytes_done += count;
    }

    /// Notes what was fetched of something that was planned without a size.
    pub(super) fn untold_bytes(&self, count: u64) {
        let mut status = lock(&self.status);
        status.add_to_total(count);
        status.bytes_done += count;
    }

    pub(super) fn fetched(&self, what: String) {
        lock(&self.report).fetched.push(what);
    }

    pub(super) fn present(&self) {
        lock(&self.report).present += 1;
    }

    pub(super) fn skipped(&self, what: String) {
        lock(&self.report).skipped.push(what);
    }

    pub(super) fn moved(&self, moved: Moved) {
        lock(&self.report).moved.push(moved);
    }

    pub(super) fn failed(&self, what: impl Into<String>, error: &dyn std::error::Error) {
        let (what, why) = (what.into(), crate::mirror::with_causes(error));
        tracing::warn!("sync: failed to fetch {what}: {why}");
        lock(&self.report).failed.push(Failed { what, why });
    }

    /// Notes the end, and says how it went.
    pub(super) fn end(&self, error: Option<String>) -> SyncStatus {
        let mut status = lock(&self.status);
        let mut report = lock(&self.report).clone();
        report.bytes = status.bytes_done;
        report.fetched.sort();
        status.state = if error.is_some() {
            SyncState::Failed
        } else {
            SyncState::Done
        };
        status.error = error;
        status.report = Some(report);
        status.clone()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
