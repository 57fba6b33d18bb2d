//! A Terraform registry as an upstream.

use std::sync::Arc;

use atoll_core::address::ProviderAddr;
use atoll_core::platform::Platform;
use atoll_core::version::Version;
use bytes::Bytes;
use url::Url;

use super::discovery::{Discovery, MODULES, PROVIDERS};
use super::{PackageDoc, VersionList};
use crate::{Ask, Document, DocumentLimits, FetchError, Upstream};

/// A client for the provider and module registry protocols. Cheap to clone; clones share what was discovered.
///
/// Spec: <https://developer.hashicorp.com/terraform/internals/provider-registry-protocol>
#[derive(Clone)]
pub struct Registry {
    upstream: Upstream,
    discovery: Arc<Discovery>,
}

impl Registry {
    /// Wraps an upstream. Asks nothing yet.
    pub fn new(upstream: Upstream) -> Self {
        Self {
            upstream,
            discovery: Arc::default(),
        }
    }

    /// The upstream underneath, for the bytes.
    pub fn upstream(&self) -> &Upstream {
        &self.upstream
    }

    /// Base address of the provider service.
    pub async fn providers_url(&self) -> Result<Url, FetchError> {
        self.discovery.service(&self.upstream, PROVIDERS).await
    }

    /// Base address of the module service.
    pub async fn modules_url(&self) -> Result<Url, FetchError> {
        self.discovery.service(&self.upstream, MODULES).await
    }

    /// Lists the versions of a provider.
    pub async fn versions(&self, provider: &ProviderAddr) -> Result<VersionList, FetchError> {
        let url = self.provider_url(provider, &["versions"]).await?;
        VersionList::parse(&self.json(url, DocumentLimits::LIST).await?)
    }

    /// Finds out about one package of a version.
    pub async fn package(
        &self,
        provider: &ProviderAddr,
        version: &Version,
        platform: &Platform,
    ) -> Result<PackageDoc, FetchError> {
        let version = version.to_string();
        let tail = [version.as_str(), "download", platform.os(), platform.arch()];
        let url = self.provider_url(provider, &tail).await?;
        PackageDoc::parse(&self.json(url, DocumentLimits::PACKAGE).await?, platform)
    }

    /// Fetches the bytes of a SHA256SUMS file.
    pub async fn sums(&self, url: &Url) -> Result<Bytes, FetchError> {
        Ok(self
            .upstream
            .document(url, DocumentLimits::SUMS)
            .await?
            .body)
    }

    /// Fetches the bytes of a detached signature.
    pub async fn signature(&self, url: &Url) -> Result<Bytes, FetchError> {
        Ok(self
            .upstream
            .document(url, DocumentLimits::SIGNATURE)
            .await?
            .body)
    }

    async fn provider_url(
        &self,
        provider: &ProviderAddr,
        tail: &[&str],
    ) -> Result<Url, FetchError> {
        let base = self.providers_url().await?;
        let head = [provider.namespace(), provider.type_name()];
        Ok(append(base, head.iter().chain(tail)))
    }

    async fn json(&self, url: Url, limits: DocumentLimits) -> Result<Document, FetchError> {
        self.upstream
            .document_for(&Ask::get(url).accept("application/json"), limits)
            .await
    }
}

/// Appends path segments, each escaped, so that none of them can change what is asked.
pub(crate) fn append<'a, S: AsRef<str> + 'a>(
    mut base: Url,
    segments: impl IntoIterator<Item = &'a S>,
) -> Url {
    if let Ok(mut path) = base.path_segments_mut() {
        path.pop_if_empty().extend(segments);
    }
    base
}
