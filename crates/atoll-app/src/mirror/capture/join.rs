//! Packages that join a version after its first capture: those whose size or digest nobody tells are fetched whole first,
//! and upstream may add others. A version's index never changes; a new one with all platforms takes its tag.

use std::sync::Arc;

use atoll_core::address::ProviderAddr;
use atoll_core::platform::Platform;
use atoll_core::version::Version;

use super::run::served;
use super::verify::Verified;
use crate::mirror::answers::{CapturedVersion, FetchRight, ServedFrom, ServedVersion};
use crate::mirror::error::MirrorError;
use crate::mirror::host::Host;
use crate::mirror::words::{Chain, package_name};

impl Host {
    /// A version that has the platform's package, if upstream has it.
    pub(in crate::mirror) async fn platform(
        self: &Arc<Self>,
        provider: &ProviderAddr,
        version: &Version,
        platform: &Platform,
        may_fetch: &FetchRight,
    ) -> Result<ServedVersion, MirrorError> {
        let patience = self.patience();
        let answer = self.version(provider, version, may_fetch, patience).await?;
        if answer.captured.find_platform(platform).is_some() {
            return Ok(answer);
        }
        let what = package_name(provider, version, platform);
        self.check_asking(&what, may_fetch)?;
        self.count_miss(may_fetch)?;
        let work = {
            let (this, provider, version) = (Arc::clone(self), provider.clone(), version.clone());
            let platform = platform.clone();
            Box::pin(async move { this.join_once(&provider, &version, &platform).await })
        };
        let joined = patience
            .wait_for(&self.store.tasks, "mirror.join", work)
            .await;
        Ok(served(
            joined.unwrap_or_else(|| Err(self.too_slow(&what)))?,
            ServedFrom::Fetched,
        ))
    }

    /// However many ask for a platform that is missing, upstream is asked once.
    async fn join_once(
        self: &Arc<Self>,
        provider: &ProviderAddr,
        version: &Version,
        platform: &Platform,
    ) -> Result<Arc<CapturedVersion>, MirrorError> {
        let key = (provider.repository(), version.clone(), platform.clone());
        let work = || async {
            let missing = self.not_found(&package_name(provider, version, platform));
            if self.absent.get(&key).await.is_some() {
                return Err(missing);
            }
            let mut verified = self.learn_verified(provider, version).await?;
            verified
                .learnt
                .packages
                .retain(|candidate, package| candidate == platform || package.is_complete());
            if !verified.learnt.packages.contains_key(platform) {
                self.absent.insert(key.clone(), ()).await;
                return Err(missing);
            }
            let _rooms = self
                .measure_open(provider, version, &mut verified, Some(platform))
                .await?;
            self.store_joined(provider, version, &verified).await
        };
        self.joins.run(&key, work).await
    }

    /// Fetches whole, in the background, what a version lacks.
    pub(super) fn start_joining(
        self: &Arc<Self>,
        provider: &ProviderAddr,
        version: &Version,
        mut verified: Verified,
    ) {
        let (this, provider, version) = (Arc::clone(self), provider.clone(), version.clone());
        let open = verified
            .learnt
            .packages
            .iter()
            .filter(|(_, package)| !package.is_complete());
        let open: Vec<Platform> = open.map(|(platform, _)| platform.clone()).collect();
        self.store.tasks.start(async move {
            for platform in open {
                let joined = async {
                    let _rooms = this
                        .measure_open(&provider, &version, &mut verified, Some(&platform))
                        .await?;
                    this.store_joined(&provider, &version, &verified).await
                };
                if let Err(error) = joined.await {
                    let what = package_name(&provider, &version, &platform);
                    tracing::warn!(error = %Chain(&error), "{what} can't join its version yet");
                }
            }
        });
    }

    /// Writes the version anew, with what was captured before and what is known now.
    async fn store_joined(
        self: &Arc<Self>,
        provider: &ProviderAddr,
        version: &Version,
        verified: &Verified,
    ) -> Result<Arc<CapturedVersion>, MirrorError> {
        // Two that join at once would each take the other for a change.
        let _one_at_a_time = self.joining.lock().await;
        let before = self.find_captured(provider, version).await?;
        self.store_version(provider, version, verified, before.as_deref())
            .await
    }
}
