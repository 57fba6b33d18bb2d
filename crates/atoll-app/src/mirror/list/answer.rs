//! Answering with a list.

use std::sync::Arc;

use atoll_core::address::ProviderAddr;
use atoll_db::providers::ListedVersion;

use super::known::PermittedList;
use crate::mirror::answers::{FetchRight, Freshness, ProviderList, ServedFrom};
use crate::mirror::error::MirrorError;
use crate::mirror::host::Host;
use crate::mirror::known::Known;
use crate::mirror::policy;

impl Host {
    /// The versions of a provider that this client may have now.
    pub(in crate::mirror) async fn list(
        self: &Arc<Self>,
        provider: &ProviderAddr,
        may_fetch: &FetchRight,
    ) -> Result<ProviderList, MirrorError> {
        self.check_provider(provider)?;
        let what = provider.to_string();
        if let Err(obstacle) = self.check_asking(&what, may_fetch) {
            let served_from = obstacle.served_from();
            return self.held_list_or(provider, served_from, obstacle).await;
        }
        if let Some(known) = self.fresh_list(provider).await? {
            return self.known_list(provider, &known, ServedFrom::Hit).await;
        }
        self.count_miss(may_fetch)?;
        let work = {
            let (this, provider) = (Arc::clone(self), provider.clone());
            Box::pin(async move { this.current_list(&provider).await })
        };
        let waited = self
            .patience()
            .wait_for(&self.store.tasks, "mirror.list", work)
            .await;
        match waited.unwrap_or_else(|| Err(self.too_slow(&what))) {
            Ok((known, served_from)) => self.known_list(provider, &known, served_from).await,
            Err(error) if error.is_upstreams_fault() => {
                self.report_outage(&error);
                self.held_list_or(provider, ServedFrom::Stale, error).await
            }
            Err(error) => Err(error),
        }
    }

    async fn known_list(
        &self,
        provider: &ProviderAddr,
        known: &Known<PermittedList>,
        served_from: ServedFrom,
    ) -> Result<ProviderList, MirrorError> {
        let Some(list) = &known.list else {
            let not_found = self.not_found(&provider.to_string());
            return self
                .held_list_or(provider, ServedFrom::Stale, not_found)
                .await;
        };
        let age_secs = crate::now().secs_since(known.fetched_at).max(0);
        Ok(ProviderList {
            versions: Arc::clone(&list.versions),
            warnings: Arc::clone(&list.warnings),
            freshness: Freshness::new(served_from, Some(age_secs)),
        })
    }

    /// What is held, or the error where that is nothing.
    async fn held_list_or(
        &self,
        provider: &ProviderAddr,
        served_from: ServedFrom,
        error: MirrorError,
    ) -> Result<ProviderList, MirrorError> {
        let patterns = &self.policy.patterns;
        let permits = |held: &ListedVersion| {
            policy::permits(patterns, provider, &held.version)
                && held.proof >= self.policy.require_proof
        };
        let versions = self.held.list(&provider.repository(), permits).await?;
        if versions.is_empty() {
            return Err(error);
        }
        Ok(ProviderList {
            versions,
            warnings: Arc::default(),
            freshness: Freshness::new(served_from, None),
        })
    }

    /// Says in the log, once, that answers come from what is held.
    pub(in crate::mirror) fn report_outage(&self, error: &MirrorError) {
        if self.reach.is_news() {
            tracing::warn!(
                upstream.label = self.label(),
                error = %crate::mirror::words::Chain(error),
                "serving what is held, because {} failed",
                self.label()
            );
        }
    }
}
