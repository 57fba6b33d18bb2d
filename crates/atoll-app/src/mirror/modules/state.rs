//! What is remembered of the modules of one upstream.

use std::sync::Arc;
use std::time::Duration;

use atoll_core::address::ModuleAddr;
use atoll_core::repository::RepositoryName;
use atoll_core::version::Version;
use atoll_upstream::OnceMap;
use moka::future::Cache;

use super::known::KnownModules;
use crate::mirror::error::MirrorError;
use crate::mirror::list::Asked;
use crate::modules::{StoredModule, StoredModules};
use crate::registry::Registry;

/// How many versions are kept in memory in lists of one upstream; the rest is read from the database.
const ENTRIES_IN_MEMORY_MAX: u64 = 200_000;

/// How many versions that upstream does not have are remembered.
const ABSENT_MAX: u64 = 10_000;

/// The modules of one upstream. What upstream said is remembered for the spelling that it was asked in.
pub(in crate::mirror) struct ModuleMirror {
    pub(super) known: Cache<ModuleAddr, Arc<KnownModules>>,
    pub(super) asking: OnceMap<ModuleAddr, Result<(Arc<KnownModules>, Asked), MirrorError>>,
    pub(super) stored: StoredModules,
    pub(super) captures: OnceMap<(RepositoryName, Version), Result<StoredModule, MirrorError>>,
    /// Versions that upstream did not have when it was last asked.
    pub(super) absent: Cache<(ModuleAddr, Version), ()>,
}

impl ModuleMirror {
    pub(in crate::mirror) fn new(store: Registry, missed_period: Duration) -> Self {
        Self {
            known: Cache::builder()
                .weigher(|_, known: &Arc<KnownModules>| known.weight())
                .max_capacity(ENTRIES_IN_MEMORY_MAX)
                .build(),
            asking: OnceMap::default(),
            stored: StoredModules::new(store),
            captures: OnceMap::default(),
            absent: Cache::builder()
                .max_capacity(ABSENT_MAX)
                .time_to_live(missed_period)
                .build(),
        }
    }
}
