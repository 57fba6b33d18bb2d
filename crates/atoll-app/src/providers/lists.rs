//! Lists as the store has them, kept in memory while nothing changes.

use std::sync::Arc;

use atoll_core::repository::RepositoryName;
use atoll_db::providers::{self, ListedVersion};

use crate::failure::Failure;
use crate::generations::ByGeneration;
use crate::mirror::ProviderVersion;
use crate::registry::Registry;

/// How many versions and platforms are kept in memory; the rest is read from the database.
const ENTRIES_IN_MEMORY_MAX: u64 = 500_000;

/// The stored versions of providers, each list good for one generation of its repository.
pub(crate) struct StoredLists {
    store: Registry,
    memory: ByGeneration<RepositoryName, Arc<[ProviderVersion]>>,
}

impl StoredLists {
    pub(crate) fn new(store: Registry) -> Self {
        let weigh = |list: &Arc<[_]>| ProviderVersion::weight(list);
        Self {
            store,
            memory: ByGeneration::weighed(ENTRIES_IN_MEMORY_MAX, weigh),
        }
    }

    /// The versions of a provider that can be served, with the platforms whose zips are here, in order of precedence. What is
    /// not permitted is left out; whoever owns these lists permits the same for as long as it lives.
    pub(crate) async fn list(
        &self,
        name: &RepositoryName,
        permits: impl Fn(&ListedVersion) -> bool,
    ) -> Result<Arc<[ProviderVersion]>, Failure> {
        let Some(repository) = self.store.db.find_repository(name).await? else {
            return Ok(Arc::default());
        };
        if let Some(known) = self.memory.get(name, repository.generation) {
            return Ok(known);
        }
        let mut read = self.store.db.read().await?;
        let rows = providers::versions(&mut read, repository.id).await?;
        drop(read);
        let mut listed: Vec<ProviderVersion> = rows
            .into_iter()
            .filter(permits)
            .filter_map(ProviderVersion::servable)
            .collect();
        listed.sort_by(|one, other| one.version.cmp(&other.version));
        let listed: Arc<[ProviderVersion]> = listed.into();
        self.memory
            .keep(name.clone(), repository.generation, Arc::clone(&listed));
        Ok(listed)
    }
}
