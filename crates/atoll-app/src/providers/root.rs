//! Which registry answers at the root of the server, where an address has no host.

use std::collections::HashSet;

use atoll_core::address::{Hostname, ProviderAddr, ProviderAddrError};
use atoll_core::kind::ErrorKind;
use atoll_core::pattern::{Match, Pattern};
use atoll_db::repositories;

use super::Providers;
use crate::failure::Failure;

/// An address at the root can't be resolved.
#[derive(Debug, thiserror::Error)]
pub enum RootError {
    /// It is no address.
    #[error("no such provider: {0}")]
    Address(#[from] ProviderAddrError),
    /// Our own parts failed.
    #[error(transparent)]
    Failed(#[from] Failure),
}

impl RootError {
    /// What kind of failure this is.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Address(_) => ErrorKind::NotFound,
            Self::Failed(failure) => failure.kind(),
        }
    }
}

/// What the operator said about addresses without a host.
#[derive(Clone, Debug, Default)]
pub struct RootRules {
    /// Namespaces that are ours even while nothing was published in them.
    pub claimed: HashSet<String>,
    /// The upstreams that answer at the root for some patterns, in the order in which they are asked.
    pub upstreams: Vec<(Hostname, Vec<Pattern>)>,
}

impl RootRules {
    fn find_upstream(&self, segments: &[&str]) -> Option<&Hostname> {
        let answers = |patterns: &[Pattern]| {
            patterns
                .iter()
                .any(|pattern| pattern.matches(segments, None) != Match::No)
        };
        self.upstreams
            .iter()
            .find(|(_, patterns)| answers(patterns))
            .map(|(hostname, _)| hostname)
    }
}

impl Providers {
    /// The provider that an address without a host means: ours, unless its namespace is nobody's here and an upstream answers at
    /// the root for it. A claimed namespace never falls through, so nobody outside can slip something into it.
    pub async fn at_root(
        &self,
        namespace: &str,
        type_name: &str,
    ) -> Result<ProviderAddr, RootError> {
        let own = ProviderAddr::new(Hostname::self_(), namespace, type_name)?;
        match self.root.find_upstream(&[own.namespace(), own.type_name()]) {
            Some(hostname) if !self.is_claimed(&own).await? => {
                Ok(ProviderAddr::new(hostname.clone(), namespace, type_name)?)
            }
            _ => Ok(own),
        }
    }

    async fn is_claimed(&self, own: &ProviderAddr) -> Result<bool, Failure> {
        if self.root.claimed.contains(own.namespace()) {
            return Ok(true);
        }
        let name = own.repository();
        let prefix = name
            .as_str()
            .rsplit_once('/')
            .map_or("", |(namespace, _)| namespace);
        let mut read = self.store.db.read().await?;
        Ok(
            !repositories::list(&mut read, &format!("{prefix}/"), None, 1)
                .await?
                .is_empty(),
        )
    }
}
