//! Fetching before anybody asks for it: what a sync does, on the operator's account.

use std::collections::BTreeSet;

use atoll_core::address::{Hostname, ModuleAddr, ProviderAddr};
use atoll_core::digest::Digest;
use atoll_core::platform::Platform;
use atoll_core::version::Version;

use super::answers::FetchRight;
use super::error::MirrorError;
use super::mirrors::Mirrors;
use super::modules::Moved;
use super::policy;
use crate::registry::BlobSource;

/// One package of a version.
#[derive(Clone, Debug)]
pub(crate) struct Package {
    pub(crate) platform: Platform,
    pub(crate) size: Size,
}

/// Whether a package is here, and what it would cost to have it.
#[derive(Clone, Debug)]
pub(crate) enum Size {
    Held,
    Lazy {
        /// Its length in bytes, where upstream tells.
        size: Option<u64>,
        /// Its digest, where that is known before it is fetched.
        digest: Option<Digest>,
    },
}

impl Mirrors {
    /// What a registry lists of a namespace: names and systems of modules.
    pub(crate) async fn modules_of(
        &self,
        hostname: &Hostname,
        namespace: &str,
    ) -> Result<BTreeSet<(String, String)>, MirrorError> {
        let what = format!("list of the modules of {namespace}");
        let host = self.host_of(hostname)?;
        host.check_asking(&what, &FetchRight::Operator)?;
        let registry = host.module_registry(&what)?;
        host.noted(&what, registry.modules_of(namespace).await)
    }

    /// What a registry lists of a namespace: types of providers.
    pub(crate) async fn providers_of(
        &self,
        hostname: &Hostname,
        namespace: &str,
    ) -> Result<BTreeSet<String>, MirrorError> {
        let what = format!("list of the providers of {namespace}");
        let host = self.host_of(hostname)?;
        host.check_asking(&what, &FetchRight::Operator)?;
        let registry = host.module_registry(&what)?;
        host.noted(&what, registry.providers_of(namespace).await)
    }

    /// The versions of a module that upstream has now and that are served here.
    pub(crate) async fn ask_modules(
        &self,
        module: &ModuleAddr,
    ) -> Result<Vec<Version>, MirrorError> {
        let host = self.host_of(module.hostname())?;
        host.check_module(module)?;
        host.check_asking(&module.to_string(), &FetchRight::Operator)?;
        host.versions_now(module).await
    }

    /// The versions of a provider that upstream has now and that are served here.
    pub(crate) async fn ask_providers(
        &self,
        provider: &ProviderAddr,
    ) -> Result<Vec<Version>, MirrorError> {
        let host = self.host_of(provider.hostname())?;
        host.check_provider(provider)?;
        host.check_asking(&provider.to_string(), &FetchRight::Operator)?;
        let what = provider.to_string();
        let list = host.noted(&what, host.source.list(provider).await)?;
        let versions = list.versions.into_iter().map(|listed| listed.version);
        Ok(versions
            .filter(|version| policy::permits(&host.policy.patterns, provider, version))
            .collect())
    }

    /// Whether a version's package is here.
    pub(crate) async fn holds_module(
        &self,
        module: &ModuleAddr,
        version: &Version,
    ) -> Result<bool, MirrorError> {
        let host = self.host_of(module.hostname())?;
        Ok(host.find_module(module, version).await?.is_some())
    }

    /// Fetches a version; the bytes of its package.
    pub(crate) async fn fetch_module(
        &self,
        module: &ModuleAddr,
        version: &Version,
    ) -> Result<u64, MirrorError> {
        let host = self.host_of(module.hostname())?;
        let captured = host.capture_module_once(module, version).await?;
        Ok(captured.size)
    }

    /// How long the archive of a version is, where upstream tells without giving it.
    pub(crate) async fn size_of_module(
        &self,
        module: &ModuleAddr,
        version: &Version,
    ) -> Result<Option<u64>, MirrorError> {
        let host = self.host_of(module.hostname())?;
        host.size_of_module(module, version).await
    }

    /// Whether upstream's reference names another commit than the one that was captured.
    pub(crate) async fn recheck_module(
        &self,
        module: &ModuleAddr,
        version: &Version,
    ) -> Result<Option<Moved>, MirrorError> {
        let host = self.host_of(module.hostname())?;
        host.recheck_module(module, version).await
    }

    /// The packages of a version, which is captured now if it was not before.
    pub(crate) async fn packages_of_provider(
        &self,
        provider: &ProviderAddr,
        version: &Version,
    ) -> Result<Vec<Package>, MirrorError> {
        let host = self.host_of(provider.hostname())?;
        let captured = host.captured_ahead(provider, version).await?;
        let packages = captured.platforms.iter().map(|package| Package {
            platform: package.platform.clone(),
            size: if package.held {
                Size::Held
            } else {
                Size::Lazy {
                    size: Some(package.size),
                    digest: Some(package.digest.clone()),
                }
            },
        });
        Ok(packages.collect())
    }

    /// The packages of a version and their sizes; nothing is written.
    pub(crate) async fn sizes_of_provider(
        &self,
        provider: &ProviderAddr,
        version: &Version,
    ) -> Result<Vec<Package>, MirrorError> {
        let host = self.host_of(provider.hostname())?;
        if host.find_captured(provider, version).await?.is_some() {
            return self.packages_of_provider(provider, version).await;
        }
        host.check_version(provider, version)?;
        host.packages_ahead(provider, version).await
    }

    /// Fetches a package to its end; how many bytes it has.
    pub(crate) async fn fetch_package(&self, digest: &Digest) -> Result<u64, MirrorError> {
        match self.open(digest, &FetchRight::Operator).await? {
            BlobSource::Held(blob) => Ok(blob.size()),
            BlobSource::Filling { reader, .. } => Ok(reader.committed().await?),
        }
    }
}
