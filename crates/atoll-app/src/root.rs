//! Which registry answers at the root of the server, where an address has no host.

use std::collections::HashSet;

use atoll_core::address::{Hostname, ModuleAddr, ModuleAddrError, ProviderAddr, ProviderAddrError};
use atoll_core::kind::ErrorKind;
use atoll_core::pattern::{Match, Pattern};
use atoll_core::repository::Family;
use atoll_db::{Db, repositories};

use crate::failure::Failure;

/// An address at the root can't be resolved.
#[derive(Debug, thiserror::Error)]
pub enum RootError {
    /// It is no provider's address.
    #[error("no such provider: {0}")]
    Provider(#[from] ProviderAddrError),
    /// It is no module's address.
    #[error("no such module: {0}")]
    Module(#[from] ModuleAddrError),
    /// Our own parts failed.
    #[error(transparent)]
    Failed(#[from] Failure),
}

impl RootError {
    /// What kind of failure this is.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Provider(_) | Self::Module(_) => ErrorKind::NotFound,
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
    /// The first upstream with a pattern for an address of so many segments: two for a provider, three for a module.
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

/// Addresses without a host: ours, unless the namespace is nobody's here and an upstream answers at the root for it. A claimed
/// namespace never falls through, so nobody outside can slip something into it.
pub struct Root {
    rules: RootRules,
    db: Db,
}

impl Root {
    /// The root by these rules.
    pub fn new(rules: RootRules, db: Db) -> Self {
        Self { rules, db }
    }

    /// The provider that is meant.
    pub async fn provider(
        &self,
        namespace: &str,
        type_name: &str,
    ) -> Result<ProviderAddr, RootError> {
        let own = ProviderAddr::new(Hostname::self_(), namespace, type_name)?;
        match self
            .rules
            .find_upstream(&[own.namespace(), own.type_name()])
        {
            Some(hostname) if !self.is_claimed(own.namespace()).await? => {
                Ok(ProviderAddr::new(hostname.clone(), namespace, type_name)?)
            }
            _ => Ok(own),
        }
    }

    /// The module that is meant.
    pub async fn module(
        &self,
        namespace: &str,
        name: &str,
        system: &str,
    ) -> Result<ModuleAddr, RootError> {
        let own = ModuleAddr::new(Hostname::self_(), namespace, name, system)?;
        match self.rules.find_upstream(&[namespace, name, system]) {
            Some(hostname) if !self.is_claimed(namespace).await? => Ok(own.on(hostname.clone())?),
            _ => Ok(own),
        }
    }

    /// Whether a namespace is ours: configured, or anything was ever published in it, provider or module.
    async fn is_claimed(&self, namespace: &str) -> Result<bool, Failure> {
        let namespace = namespace.to_ascii_lowercase();
        if self.rules.claimed.contains(&namespace) {
            return Ok(true);
        }
        let mut read = self.db.read().await?;
        for family in [Family::Providers, Family::Modules] {
            let tree = format!(
                "{}/{}/{}/",
                family.as_str(),
                Hostname::SELF,
                atoll_core::address::component::escape(&namespace)
            );
            if !repositories::list(&mut read, &tree, None, 1)
                .await?
                .is_empty()
            {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
