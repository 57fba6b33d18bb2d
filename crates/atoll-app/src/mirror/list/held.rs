//! Lists of what is held.

use std::sync::Arc;

use atoll_core::address::ProviderAddr;
use atoll_core::repository::RepositoryName;
use atoll_db::blobs::BlobState;
use atoll_db::providers::{self, VersionWithPlatforms};
use moka::future::Cache;

use super::known::weight;
use crate::failure::Failure;
use crate::mirror::answers::ProviderVersion;
use crate::mirror::host::Host;
use crate::mirror::policy;

/// How many versions and platforms are kept in memory for one upstream.
const ENTRIES_IN_MEMORY_MAX: u64 = 500_000;

/// Lists that were read, each good for one generation of its repository.
pub(in crate::mirror) struct HeldLists {
    memory: Cache<RepositoryName, (i64, Arc<[ProviderVersion]>)>,
}

impl Default for HeldLists {
    fn default() -> Self {
        Self {
            memory: Cache::builder()
                .weigher(|_, (_, held): &(i64, Arc<[ProviderVersion]>)| weight(held))
                .max_capacity(ENTRIES_IN_MEMORY_MAX)
                .build(),
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
        if let Some((generation, held)) = self.held.memory.get(&name).await
            && generation == repository.generation
        {
            return Ok(held);
        }
        let found = providers::versions(&mut *self.store.db.read().await?, repository.id).await?;
        let mut held: Vec<ProviderVersion> = found
            .into_iter()
            .filter(|found| self.is_visible(provider, found))
            .filter_map(held_part)
            .collect();
        held.sort_by(|one, other| one.version.cmp(&other.version));
        let held: Arc<[ProviderVersion]> = held.into();
        self.held
            .memory
            .insert(name, (repository.generation, Arc::clone(&held)))
            .await;
        Ok(held)
    }

    fn is_visible(&self, provider: &ProviderAddr, found: &VersionWithPlatforms) -> bool {
        let version = &found.version;
        policy::permits(&self.policy.patterns, provider, &version.version)
            && version.proof >= self.policy.require_proof
    }
}

/// A version with the platforms whose bytes are here, if any.
fn held_part(found: VersionWithPlatforms) -> Option<ProviderVersion> {
    let archives = found
        .archives
        .into_iter()
        .filter(|archive| archive.state == Some(BlobState::Held));
    let mut platforms: Vec<_> = archives.map(|archive| archive.package.platform).collect();
    platforms.sort();
    let version = found.version;
    (!platforms.is_empty()).then_some(ProviderVersion {
        version: version.version,
        protocols: version.protocols,
        platforms,
    })
}
