//! What there is of a provider, wherever it comes from.

use std::sync::Arc;

use atoll_core::address::{Hostname, ProviderAddr};
use atoll_core::platform::Platform;
use atoll_core::repository::RepositoryName;
use atoll_core::version::Version;
use atoll_db::blobs::BlobState;
use atoll_db::providers::{self, VersionWithPlatforms};
use atoll_db::repositories;
use moka::future::Cache;

use super::{ProviderError, Providers};
use crate::failure::Failure;
use crate::mirror::{
    FetchRight, Freshness, ProviderList, ProviderVersion, ServedFrom, ServedVersion,
};

/// How many lists are kept in memory.
const LISTS_IN_MEMORY_MAX: u64 = 10_000;

/// Lists that were read from the store, each good for one generation of its repository.
pub(super) struct StoredLists {
    memory: Cache<RepositoryName, (i64, Arc<[ProviderVersion]>)>,
}

impl Default for StoredLists {
    fn default() -> Self {
        Self {
            memory: Cache::new(LISTS_IN_MEMORY_MAX),
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
            return Ok(self.mirrors.list(provider, right).await?);
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
            return Ok(self.mirrors.version(provider, version, right).await?);
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
            return Ok(self
                .mirrors
                .platform(provider, version, platform, right)
                .await?);
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
        if let Some((generation, known)) = self.lists.memory.get(&name).await
            && generation == repository.generation
        {
            return Ok(known);
        }
        let mut read = self.store.db.read().await?;
        let rows = providers::versions(&mut read, repository.id).await?;
        drop(read);
        let mut listed: Vec<ProviderVersion> = rows.into_iter().filter_map(servable).collect();
        listed.sort_by(|one, other| one.version.cmp(&other.version));
        let listed: Arc<[ProviderVersion]> = listed.into();
        self.lists
            .memory
            .insert(name, (repository.generation, Arc::clone(&listed)))
            .await;
        Ok(listed)
    }
}

/// What can be served of a version: the platforms whose bytes are here; none where there are none.
fn servable(row: VersionWithPlatforms) -> Option<ProviderVersion> {
    let held = row
        .archives
        .into_iter()
        .filter(|archive| archive.state == Some(BlobState::Held));
    let mut platforms: Vec<Platform> = held.map(|archive| archive.package.platform).collect();
    platforms.sort();
    let version = row.version;
    (!platforms.is_empty()).then_some(ProviderVersion {
        version: version.version,
        protocols: version.protocols,
        platforms,
    })
}
