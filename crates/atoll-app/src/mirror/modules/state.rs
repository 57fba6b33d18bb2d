//! What is remembered of the modules of one upstream.

use std::sync::Arc;
use std::time::Duration;

use atoll_core::address::ModuleAddr;
use atoll_core::version::Version;
use atoll_upstream::OnceMap;
use moka::future::Cache;
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::mirror::error::MirrorError;
use crate::mirror::known::KnownLists;
use crate::modules::{ListedModule, StoredModule, StoredModules};
use crate::registry::Registry;

/// How many versions are kept in memory in lists of one upstream; the rest is read from the database.
const ENTRIES_IN_MEMORY_MAX: u64 = 200_000;

/// How many versions that upstream does not have are remembered.
const ABSENT_MAX: u64 = 10_000;

/// How many repositories of one upstream are fetched at a time or wait for a turn of git: one more than has a turn.
const GIT_FETCHES_MAX: usize = 4;

/// The modules of one upstream. What upstream said is remembered for the spelling that it was asked in.
pub(in crate::mirror) struct ModuleMirror {
    pub(super) known: KnownLists<ModuleAddr, Arc<[ListedModule]>>,
    pub(super) stored: StoredModules,
    /// By spelling as well: upstream may know one and not the other.
    pub(super) captures: OnceMap<(ModuleAddr, Version), Result<StoredModule, MirrorError>>,
    /// Versions that upstream did not have when it was last asked.
    pub(super) absent: Cache<(ModuleAddr, Version), ()>,
    git_fetches: Semaphore,
}

impl ModuleMirror {
    pub(in crate::mirror) fn new(store: Registry, missed_period: Duration) -> Self {
        Self {
            known: KnownLists::new(ENTRIES_IN_MEMORY_MAX, |versions| {
                u32::try_from(versions.len()).unwrap_or(u32::MAX).max(1)
            }),
            stored: StoredModules::new(store),
            captures: OnceMap::default(),
            absent: Cache::builder()
                .max_capacity(ABSENT_MAX)
                .time_to_live(missed_period)
                .build(),
            git_fetches: Semaphore::new(GIT_FETCHES_MAX),
        }
    }

    /// Waits until a repository may be fetched. Whoever waits holds no right to capture: what comes from elsewhere is not
    /// kept waiting by repositories that are slow.
    pub(super) async fn begin_git_fetch(&self) -> Option<SemaphorePermit<'_>> {
        // It is never closed; without a permit the limit is all that is lost.
        self.git_fetches.acquire().await.ok()
    }
}
