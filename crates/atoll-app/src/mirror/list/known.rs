//! What upstream said about its providers.

use std::sync::Arc;

use atoll_core::address::ProviderAddr;

use crate::failure::Failure;
use crate::mirror::answers::{ProviderVersion, ServedFrom};
use crate::mirror::error::MirrorError;
use crate::mirror::host::Host;
use crate::mirror::known::{Asked, Known};
use crate::mirror::policy;
use crate::mirror::source::UpstreamList;

/// The entries of a list that the policy lets through.
#[derive(Debug)]
pub(in crate::mirror) struct PermittedList {
    pub(in crate::mirror) versions: Arc<[ProviderVersion]>,
    pub(in crate::mirror) warnings: Arc<[String]>,
}

impl Host {
    /// What upstream said about a provider, if that is fresh.
    pub(in crate::mirror) async fn fresh_list(
        &self,
        provider: &ProviderAddr,
    ) -> Result<Option<Arc<Known<PermittedList>>>, Failure> {
        let permit = |list| self.permitted(provider, list);
        self.recall(&self.known, provider, &path(provider), permit)
            .await
    }

    /// What upstream says about a provider, asked now unless somebody just did.
    pub(in crate::mirror) async fn current_list(
        self: &Arc<Self>,
        provider: &ProviderAddr,
    ) -> Asked<PermittedList> {
        let work = || async {
            if let Some(known) = self.fresh_list(provider).await? {
                return Ok((known, ServedFrom::Hit));
            }
            Ok((self.ask_list(provider).await?, ServedFrom::Fetched))
        };
        self.known.asking.run(provider, work).await
    }

    async fn ask_list(
        &self,
        provider: &ProviderAddr,
    ) -> Result<Arc<Known<PermittedList>>, MirrorError> {
        let answer = self.source.list(provider).await;
        let answer = self.noted(&provider.to_string(), answer);
        let permit = |list| self.permitted(provider, list);
        self.remember(&self.known, provider, &path(provider), answer, permit)
            .await
    }

    fn permitted(&self, provider: &ProviderAddr, list: UpstreamList) -> PermittedList {
        let UpstreamList {
            mut versions,
            warnings,
        } = list;
        versions.retain(|listed| policy::permits(&self.policy.patterns, provider, &listed.version));
        PermittedList {
            versions: versions.into(),
            warnings: warnings.into(),
        }
    }
}

fn path(provider: &ProviderAddr) -> String {
    format!(
        "providers/{}/{}/versions",
        provider.namespace(),
        provider.type_name()
    )
}
