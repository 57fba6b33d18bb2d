//! From a request for a version to its capture.

use std::sync::Arc;

use atoll_core::address::ProviderAddr;
use atoll_core::proof::Proof;
use atoll_core::release::Release;
use atoll_core::version::Version;

use super::packages::Learnt;
use super::verify::{Misfit, Verified};
use crate::failure::Failure;
use crate::mirror::ahead::{Package, Size};
use crate::mirror::answers::{CapturedVersion, FetchRight, Freshness, ServedFrom, ServedVersion};
use crate::mirror::error::MirrorError;
use crate::mirror::host::Host;
use crate::mirror::patience::Patience;
use crate::mirror::words::version_name;
use crate::tasks::TaskFailed;

impl Host {
    /// A version, captured now if it was not before.
    pub(in crate::mirror) async fn version(
        self: &Arc<Self>,
        provider: &ProviderAddr,
        version: &Version,
        may_fetch: &FetchRight,
        patience: Patience,
    ) -> Result<ServedVersion, MirrorError> {
        self.check_version(provider, version)?;
        let what = version_name(provider, version);
        if let Some(captured) = self.find_captured(provider, version).await? {
            self.check_proof(&what, captured.proof)?;
            let servable = self
                .servable(provider.repository(), captured, &what, may_fetch)
                .await?;
            return Ok(served(servable, ServedFrom::Hit));
        }
        self.check_asking(&what, may_fetch)?;
        self.count_miss(may_fetch)?;
        let work = {
            let (this, provider, version) = (Arc::clone(self), provider.clone(), version.clone());
            Box::pin(async move { this.capture_once(&provider, &version).await })
        };
        let captured = patience
            .wait_for(&self.store.tasks, "mirror.capture", work)
            .await;
        Ok(served(
            captured.unwrap_or_else(|| Err(self.too_slow(&what)))?,
            ServedFrom::Fetched,
        ))
    }

    /// A version for a sync, captured now if it was not before, however long that takes.
    pub(in crate::mirror) async fn captured_ahead(
        self: &Arc<Self>,
        provider: &ProviderAddr,
        version: &Version,
    ) -> Result<Arc<CapturedVersion>, MirrorError> {
        self.check_version(provider, version)?;
        let captured = self.capture_once(provider, version).await?;
        self.check_proof(&version_name(provider, version), captured.proof)?;
        Ok(captured)
    }

    /// The packages of a version that is not here, and their sizes; nothing is written.
    pub(in crate::mirror) async fn packages_ahead(
        self: &Arc<Self>,
        provider: &ProviderAddr,
        version: &Version,
    ) -> Result<Vec<Package>, MirrorError> {
        let learnt = self.learn(provider, version).await?;
        if learnt.packages.is_empty() {
            return Err(self.not_found(&version_name(provider, version)));
        }
        let packages = learnt.packages.into_iter();
        Ok(packages
            .map(|(platform, package)| Package {
                platform,
                size: Size::Lazy {
                    size: package.size,
                    digest: package.digest,
                },
            })
            .collect())
    }

    /// However many ask, a version is captured once.
    async fn capture_once(
        self: &Arc<Self>,
        provider: &ProviderAddr,
        version: &Version,
    ) -> Result<Arc<CapturedVersion>, MirrorError> {
        let key = (provider.repository(), version.clone());
        let work = || async {
            if let Some(captured) = self.find_captured(provider, version).await? {
                return Ok(captured);
            }
            let _permit = self.limits.begin_capture().await;
            Box::pin(self.capture(provider, version)).await
        };
        self.captures.run(&key, work).await
    }

    async fn capture(
        self: &Arc<Self>,
        provider: &ProviderAddr,
        version: &Version,
    ) -> Result<Arc<CapturedVersion>, MirrorError> {
        let mut verified = self.learn_verified(provider, version).await?;
        let mut rooms = Vec::new();
        if !verified.learnt.has_complete() {
            rooms = self
                .measure_open(provider, version, &mut verified, None)
                .await?;
        }
        let captured = self
            .store_version(provider, version, &verified, None)
            .await?;
        drop(rooms);
        if verified.learnt.has_open() {
            self.start_joining(provider, version, verified);
        }
        Ok(captured)
    }

    /// What upstream says about a version, once it fits together and somebody vouches for it.
    pub(super) async fn learn_verified(
        self: &Arc<Self>,
        provider: &ProviderAddr,
        version: &Version,
    ) -> Result<Verified, MirrorError> {
        let what = version_name(provider, version);
        let learnt = self.learn(provider, version).await?;
        if learnt.packages.is_empty() {
            return Err(self.not_found(&what));
        }
        let verified = self.verify(provider, version, learnt).await?;
        self.check_proof(&what, verified.proof)?;
        self.meet_signer(provider, &what, &verified).await?;
        Ok(verified)
    }

    async fn verify(
        &self,
        provider: &ProviderAddr,
        version: &Version,
        learnt: Learnt,
    ) -> Result<Verified, MirrorError> {
        let what = &*version_name(provider, version);
        let (type_name, version) = (provider.type_name().to_owned(), version.clone());
        let check = move || {
            let release = Release {
                type_: &type_name,
                version: &version,
            };
            Verified::check(release, learnt)
        };
        // Public-key arithmetic and parsing of keys: milliseconds.
        let checked = tokio::task::spawn_blocking(check).await;
        let checked =
            checked.map_err(|source| Failure::from(TaskFailed::new("mirror.verify", source)))?;
        let refused = checked.map_err(|misfit| match misfit {
            Misfit::Signature(why) => MirrorError::SignatureRefused {
                what: what.into(),
                why: why.into(),
            },
            Misfit::Sums(how) => self.inconsistent(what, how),
        });
        let verified = refused?;
        if verified.proof == Proof::Unsigned {
            tracing::info!(
                "{what} is not signed: {} publishes no key for it",
                self.label()
            );
        }
        Ok(verified)
    }
}

/// What is captured does not change, so its age is that of the capture.
pub(super) fn served(captured: Arc<CapturedVersion>, served_from: ServedFrom) -> ServedVersion {
    let age_secs = crate::now().secs_since(captured.captured_at).max(0);
    ServedVersion {
        captured,
        freshness: Freshness::new(served_from, Some(age_secs)),
    }
}
