//! Lists of what is held.

use std::sync::Arc;

use atoll_core::address::ProviderAddr;
use atoll_core::repository::RepositoryName;
use atoll_db::providers::{self, ListedVersion};

use super::known::weight;
use crate::failure::Failure;
use crate::generations::ByGeneration;
use crate::mirror::answers::ProviderVersion;
use crate::mirror::host::Host;
use crate::mirror::policy;

/// How many versions and platforms are kept in memory for one upstream.
const ENTRIES_IN_MEMORY_MAX: u64 = 500_000;

/// Lists that were read, each good for one generation of its repository.
pub(in crate::mirror) struct HeldLists {
    memory: ByGeneration<RepositoryName, Arc<[ProviderVersion]>>,
}

impl Default for HeldLists {
    fn default() -> Self {
        Self {
            memory: ByGeneration::weighed(ENTRIES_IN_MEMORY_MAX, |held: &Arc<[_]>| weight(held)),
        }
    }
}

impl Host {
    /// The versions and platforms that can be served without upstream, in order of precedence.
    pub(super) async fn held_versions(
        &self,
        provider: &ProviderAddr,
    ) -> Result<Arc<[ProviderVersion]>, Failure> {
        let name = provider.repository();
        let Some(repository) = self.store.db.find_repository(&name).await? else {
            return Ok(Arc::default());
        };
        if let Some(held) = self.held.memory.get(&name, repository.generation) {
            return Ok(held);
        }
        let found = providers::versions(&mut *self.store.db.read().await?, repository.id).await?;
        let mut held: Vec<ProviderVersion> = found
            .into_iter()
            .filter(|found| self.is_visible(provider, found))
            .filter_map(ProviderVersion::servable)
            .collect();
        held.sort_by(|one, other| one.version.cmp(&other.version));
        let held: Arc<[ProviderVersion]> = held.into();
        self.held
            .memory
            .keep(name, repository.generation, Arc::clone(&held));
        Ok(held)
    }

    fn is_visible(&self, provider: &ProviderAddr, found: &ListedVersion) -> bool {
        policy::permits(&self.policy.patterns, provider, &found.version)
            && found.proof >= self.policy.require_proof
    }
}
