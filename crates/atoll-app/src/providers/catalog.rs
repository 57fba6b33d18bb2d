//! What there is of a provider, wherever it comes from.
//!
//! Asking a mirror is boxed: the room for all that it may have to do, several KiB, would be moved about with each request for what
//! is ours.

use std::sync::Arc;

use atoll_core::address::{Hostname, ProviderAddr};
use atoll_core::platform::Platform;
use atoll_core::repository::Family;
use atoll_core::version::Version;

use super::{ProviderError, Providers};
use crate::failure::Failure;
use crate::mirror::{FetchRight, Freshness, ProviderList, ServedFrom, ServedVersion};

impl Providers {
    /// Whether anything of a host may be here.
    pub async fn knows_host(&self, hostname: &Hostname) -> Result<bool, Failure> {
        self.mirrors.knows_host(Family::Providers, hostname).await
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
        let versions = self.lists.list(&provider.repository(), |_| true).await?;
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
}
