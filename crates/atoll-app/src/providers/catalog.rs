//! What there is of a provider, wherever it comes from.
//!
//! Asking a mirror is boxed: the room for all that it may have to do, several KiB, would be moved about with each request for what
//! is ours.

use std::sync::Arc;

use atoll_core::address::{Hostname, ProviderAddr};
use atoll_core::platform::Platform;
use atoll_core::repository::RepositoryName;
use atoll_core::version::Version;
use atoll_db::providers;
use atoll_db::repositories;

use super::{ProviderError, Providers};
use crate::failure::Failure;
use crate::generations::ByGeneration;
use crate::mirror::{
    FetchRight, Freshness, ProviderList, ProviderVersion, ServedFrom, ServedVersion,
};

/// How many lists are kept in memory.
const LISTS_IN_MEMORY_MAX: u64 = 10_000;

/// Lists that were read from the store, each good for one generation of its repository.
pub(super) struct StoredLists {
    memory: ByGeneration<RepositoryName, Arc<[ProviderVersion]>>,
}

impl Default for StoredLists {
    fn default() -> Self {
        Self {
            memory: ByGeneration::new(LISTS_IN_MEMORY_MAX),
        }
    }
}

impl Providers {
    /// Whether anything of a host may be here: it is this server's own, or mirrored, or something of it was imported.
    pub async fn knows_host(&self, hostname: &Hostname) -> Result<bool, Failure> {
        if hostname.is_self() || self.mirrors.has(hostname) {
            return Ok(true);
        }
        let tree = format!("providers/{}/", hostname.component());
        let mut read = self.store.db.read().await?;
        Ok(!repositories::list(&mut read, &tree, None, 1)
            .await?
            .is_empty())
    }

    /// All versions that can be served of a provider.
    pub async fn list(
        &self,
        provider: &ProviderAddr,
        right: &FetchRight,
    ) -> Result<ProviderList, ProviderError> {
        if self.mirrors.has(provider.hostname()) {
            return Ok(Box::pin(self.mirrors.list(provider, right)).await?);
        }
        let versions = self.stored_list(provider).await?;
        if versions.is_empty() {
            return Err(ProviderError::NotFound {
                what: format!("provider {provider}"),
            });
        }
        Ok(ProviderList {
            versions,
            warnings: Arc::from([]),
            freshness: Freshness::new(ServedFrom::Hit, None),
        })
    }

    /// A version with all its platforms.
    pub async fn version(
        &self,
        provider: &ProviderAddr,
        version: &Version,
        right: &FetchRight,
    ) -> Result<ServedVersion, ProviderError> {
        if self.mirrors.has(provider.hostname()) {
            return Ok(Box::pin(self.mirrors.version(provider, version, right)).await?);
        }
        self.stored_version(provider, version).await
    }

    /// As [`Self::version`], but an upstream is asked again where the version has no package for the platform.
    pub async fn platform(
        &self,
        provider: &ProviderAddr,
        version: &Version,
        platform: &Platform,
        right: &FetchRight,
    ) -> Result<ServedVersion, ProviderError> {
        if self.mirrors.has(provider.hostname()) {
            let mirrored = self.mirrors.platform(provider, version, platform, right);
            return Ok(Box::pin(mirrored).await?);
        }
        self.stored_version(provider, version).await
    }

    async fn stored_version(
        &self,
        provider: &ProviderAddr,
        version: &Version,
    ) -> Result<ServedVersion, ProviderError> {
        let found = self.versions.find(&provider.repository(), version).await?;
        let captured = found.ok_or_else(|| ProviderError::NotFound {
            what: format!("provider {provider} {version}"),
        })?;
        Ok(ServedVersion {
            captured,
            freshness: Freshness::new(ServedFrom::Hit, None),
        })
    }

    async fn stored_list(
        &self,
        provider: &ProviderAddr,
    ) -> Result<Arc<[ProviderVersion]>, Failure> {
        let name = provider.repository();
        let Some(repository) = self.store.db.find_repository(&name).await? else {
            return Ok(Arc::from([]));
        };
        if let Some(known) = self.lists.memory.get(&name, repository.generation) {
            return Ok(known);
        }
        let mut read = self.store.db.read().await?;
        let rows = providers::versions(&mut read, repository.id).await?;
        drop(read);
        let mut listed: Vec<ProviderVersion> = rows
            .into_iter()
            .filter_map(ProviderVersion::servable)
            .collect();
        listed.sort_by(|one, other| one.version.cmp(&other.version));
        let listed: Arc<[ProviderVersion]> = listed.into();
        self.lists
            .memory
            .keep(name, repository.generation, Arc::clone(&listed));
        Ok(listed)
    }
}
