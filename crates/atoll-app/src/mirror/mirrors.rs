//! All mirrors, by the host that they mirror.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use atoll_core::address::{Hostname, ModuleAddr, ProviderAddr};
use atoll_core::digest::Digest;
use atoll_core::platform::Platform;
use atoll_core::repository::Family;
use atoll_core::version::Version;
use atoll_db::{blobs, repositories};
use atoll_upstream::{OnceMap, Upstream};
use metrics::counter;

use super::answers::{FetchRight, ProviderList, ServedFrom, ServedVersion};
use super::error::MirrorError;
use super::fill::{Locator, Opened};
use super::host::Host;
use super::limits::{Limits, MirrorLimits};
use super::patience::Patience;
use crate::failure::Failure;
use crate::modules::{ModuleList, ServedModule};
use crate::registry::{BlobSource, Registry};
use crate::upstreams::UpstreamPolicy;

/// The mirrors of all upstreams. A cheap clone.
#[derive(Clone)]
pub struct Mirrors {
    inner: Arc<Inner>,
}

struct Inner {
    store: Registry,
    hosts: HashMap<Hostname, Arc<Host>>,
    beginnings: OnceMap<Digest, Result<Opened, MirrorError>>,
    /// How long a client waits for an answer.
    patience: Duration,
}

impl Mirrors {
    /// Mirrors of the given upstreams. Asks nothing yet.
    pub fn new(
        store: Registry,
        upstreams: impl IntoIterator<Item = (UpstreamPolicy, Upstream)>,
        limits: MirrorLimits,
    ) -> Self {
        let patience = limits.patience;
        let limits = Arc::new(Limits::new(limits));
        let hosts = upstreams.into_iter().map(|(policy, upstream)| {
            let hostname = policy.hostname.clone();
            (
                hostname,
                Arc::new(Host::new(
                    policy,
                    upstream,
                    store.clone(),
                    Arc::clone(&limits),
                )),
            )
        });
        let hosts = hosts.collect();
        Self {
            inner: Arc::new(Inner {
                store,
                hosts,
                beginnings: OnceMap::default(),
                patience,
            }),
        }
    }

    /// Whether there is an upstream of that name.
    pub fn has(&self, hostname: &Hostname) -> bool {
        self.inner.hosts.contains_key(hostname)
    }

    /// Whether anything of a host may be here: it is this server's own, or mirrored, or something of it was imported.
    pub(crate) async fn knows_host(
        &self,
        family: Family,
        hostname: &Hostname,
    ) -> Result<bool, Failure> {
        if hostname.is_self() || self.has(hostname) {
            return Ok(true);
        }
        let tree = format!("{}/{}/", family.as_str(), hostname.component());
        let mut read = self.inner.store.db.read().await?;
        let first = repositories::list(&mut read, &tree, None, 1).await?;
        Ok(!first.is_empty())
    }

    /// What the operator said about an upstream.
    pub fn find_policy(&self, hostname: &Hostname) -> Option<&UpstreamPolicy> {
        self.inner.hosts.get(hostname).map(|host| &host.policy)
    }

    /// What the operator said about every upstream, in no order.
    pub fn policies(&self) -> impl Iterator<Item = &UpstreamPolicy> {
        self.inner.hosts.values().map(|host| &host.policy)
    }

    /// Refuses a version that the operator does not serve. Everything here does that by itself; it is for those who read the
    /// store without asking a mirror.
    pub fn check(&self, provider: &ProviderAddr, version: &Version) -> Result<(), MirrorError> {
        self.host(provider)?.check_version(provider, version)
    }

    /// The versions of a provider that this client may have now, within [`super::LIST_BUDGET`].
    pub async fn list(
        &self,
        provider: &ProviderAddr,
        may_fetch: &FetchRight,
    ) -> Result<ProviderList, MirrorError> {
        let answer = self.host(provider)?.list(provider, may_fetch).await;
        count(answer.as_ref().map(|list| list.freshness.served_from));
        answer
    }

    /// A version with all its platforms, captured now if it was not before, within [`super::LIST_BUDGET`]. No package's
    /// bytes are fetched for it, unless nothing less tells their digests. Where nothing can be fetched for this client
    /// it has only the platforms that are held.
    pub async fn version(
        &self,
        provider: &ProviderAddr,
        version: &Version,
        may_fetch: &FetchRight,
    ) -> Result<ServedVersion, MirrorError> {
        let host = self.host(provider)?;
        let answer = host
            .version(provider, version, may_fetch, host.patience())
            .await;
        count(answer.as_ref().map(|served| served.freshness.served_from));
        answer
    }

    /// As [`Self::version`], but upstream is asked again where the version has no package for the platform.
    pub async fn platform(
        &self,
        provider: &ProviderAddr,
        version: &Version,
        platform: &Platform,
        may_fetch: &FetchRight,
    ) -> Result<ServedVersion, MirrorError> {
        let answer = self
            .host(provider)?
            .platform(provider, version, platform, may_fetch)
            .await;
        count(answer.as_ref().map(|served| served.freshness.served_from));
        answer
    }

    /// The patience of a client whose request begins now: what is asked of a mirror for one answer shares it.
    pub(crate) fn patience(&self) -> Patience {
        Patience::begin(self.inner.patience)
    }

    /// The versions of a module that this client may have now, as long as its patience lasts.
    pub(crate) async fn list_modules(
        &self,
        module: &ModuleAddr,
        may_fetch: &FetchRight,
        patience: Patience,
    ) -> Result<ModuleList, MirrorError> {
        let answer = self
            .host_of(module.hostname())?
            .list_modules(module, may_fetch, patience)
            .await;
        count(answer.as_ref().map(|list| list.freshness.served_from));
        answer
    }

    /// A version of a module, fetched and kept now if it was not before, as long as the client's patience lasts.
    pub(crate) async fn module(
        &self,
        module: &ModuleAddr,
        version: &Version,
        may_fetch: &FetchRight,
        patience: Patience,
    ) -> Result<ServedModule, MirrorError> {
        let host = self.host_of(module.hostname())?;
        let answer = host.module(module, version, may_fetch, patience).await;
        count(answer.as_ref().map(|served| served.freshness.served_from));
        answer
    }

    /// Brings back a version that was deleted here, with the package that it had.
    pub(crate) async fn undelete_module(
        &self,
        module: &ModuleAddr,
        version: &Version,
    ) -> Result<(), MirrorError> {
        let host = self.host_of(module.hostname())?;
        let back = host.undelete_module(module, version, self.patience());
        back.await.map(drop)
    }

    /// Opens a blob, whose bytes are fetched now if they are not here. Whether the caller may read it is for them to know.
    ///
    /// It waits for upstream's first bytes, so that an upstream which has none is an error and not a broken answer.
    ///
    /// # Cancellation
    ///
    /// A fetch that has started goes on.
    pub async fn open(
        &self,
        digest: &Digest,
        may_fetch: &FetchRight,
    ) -> Result<BlobSource, MirrorError> {
        let mut read = self.inner.store.db.read().await?;
        let row = blobs::find(&mut read, digest).await?;
        let Some(row) = row else {
            return Err(unreachable(digest));
        };
        if row.is_held() {
            drop(read);
            count(Ok(ServedFrom::Hit));
            return Ok(self.inner.store.open_held(&row).await?);
        }
        let origins = blobs::origins(&mut read, digest).await?;
        drop(read);
        let opened = match self.choose(digest, &origins, may_fetch) {
            Ok((host, locator)) => self.begin(host, digest, row.size, locator).await,
            Err(refused) => Err(refused),
        };
        count(opened.as_ref().map(|_| ServedFrom::Fetched));
        Ok(opened?.into())
    }

    /// The first origin that may be asked; else why the last one may not.
    fn choose(
        &self,
        digest: &Digest,
        origins: &[blobs::BlobOrigin],
        may_fetch: &FetchRight,
    ) -> Result<(Arc<Host>, Locator), MirrorError> {
        let mut refused = unreachable(digest);
        for origin in origins {
            let hostname = origin.upstream.parse::<Hostname>().ok();
            let host = hostname.and_then(|hostname| self.inner.hosts.get(&hostname));
            let (Some(host), Some(locator)) = (host, Locator::from_json(&origin.locator)) else {
                continue;
            };
            match host.check_fill(&locator, may_fetch) {
                Ok(()) => {
                    host.count_miss(may_fetch)?;
                    return Ok((Arc::clone(host), locator));
                }
                Err(error) => refused = error,
            }
        }
        Err(refused)
    }

    /// Clients that come together wait for one beginning.
    async fn begin(
        &self,
        host: Arc<Host>,
        digest: &Digest,
        size: u64,
        locator: Locator,
    ) -> Result<Opened, MirrorError> {
        let (inner, digest) = (Arc::clone(&self.inner), digest.clone());
        let work = async move {
            inner
                .beginnings
                .run(&digest, || host.open(&digest, size, locator))
                .await
        };
        let begun = self
            .inner
            .store
            .tasks
            .run_to_completion("mirror.open", work)
            .await;
        begun?
    }

    fn host(&self, provider: &ProviderAddr) -> Result<&Arc<Host>, MirrorError> {
        self.host_of(provider.hostname())
    }

    pub(super) fn host_of(&self, hostname: &Hostname) -> Result<&Arc<Host>, MirrorError> {
        let host = self.inner.hosts.get(hostname);
        host.ok_or_else(|| MirrorError::UnknownHost(hostname.clone()))
    }
}

fn unreachable(digest: &Digest) -> MirrorError {
    let why = "no upstream of this server's configuration has it";
    MirrorError::Offline {
        what: digest.to_string().into(),
        why: why.into(),
    }
}

fn count(answer: Result<ServedFrom, &MirrorError>) {
    let result = answer.map_or("error", ServedFrom::as_str);
    counter!("atoll_mirror_requests_total", "result" => result).increment(1);
}
