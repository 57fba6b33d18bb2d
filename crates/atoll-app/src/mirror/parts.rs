//! What of a version is read by its digest: manifests, packages and proofs.

use atoll_core::address::{Hostname, ModuleAddr, ProviderAddr};
use atoll_core::digest::Digest;
use atoll_core::proof::Proof;
use atoll_core::repository::RepositoryName;
use atoll_core::version::Version;
use atoll_db::{modules, providers};

use super::error::MirrorError;
use super::host::Host;
use super::mirrors::Mirrors;
use super::policy;
use super::words::{module_version_name, version_name};

/// What a repository in an upstream's tree holds.
pub(crate) enum Mirrored {
    Provider(ProviderAddr),
    Module(ModuleAddr),
}

impl Mirrored {
    /// The upstream.
    pub(crate) const fn hostname(&self) -> &Hostname {
        match self {
            Self::Provider(provider) => provider.hostname(),
            Self::Module(module) => module.hostname(),
        }
    }

    fn repository(&self) -> RepositoryName {
        match self {
            Self::Provider(provider) => provider.repository(),
            Self::Module(module) => module.repository(),
        }
    }
}

impl Mirrors {
    /// What a repository holds, where it is in the tree of an upstream of ours.
    pub(crate) fn find_mirrored(&self, repository: &RepositoryName) -> Option<Mirrored> {
        let provider = ProviderAddr::from_repository(repository).map(Mirrored::Provider);
        provider
            .or_else(|| ModuleAddr::from_repository(repository).map(Mirrored::Module))
            .filter(|mirrored| self.has(mirrored.hostname()))
    }

    /// Refuses what the operator does not serve at all, held or not.
    pub(crate) fn check_mirrored(&self, mirrored: &Mirrored) -> Result<(), MirrorError> {
        let host = self.host_of(mirrored.hostname())?;
        match mirrored {
            Mirrored::Provider(provider) => host.check_provider(provider),
            Mirrored::Module(module) => host.check_module(module),
        }
    }

    /// Whether a version of a module that is here is served; where it is not mirrored, it is.
    pub(crate) fn serves_module(
        &self,
        module: &ModuleAddr,
        version: &Version,
        proof: Proof,
    ) -> bool {
        let Ok(host) = self.host_of(module.hostname()) else {
            return true;
        };
        let mirrored = Mirrored::Module(module.clone());
        host.check_module(module).is_ok() && host.check_known(&mirrored, version, proof).is_ok()
    }

    /// Refuses a digest that is a part of versions which the operator does not serve, and of no other. What is a part of none,
    /// such as an empty configuration, tells nobody anything.
    pub(crate) async fn check_part(
        &self,
        mirrored: &Mirrored,
        digest: &Digest,
    ) -> Result<(), MirrorError> {
        self.check_mirrored(mirrored)?;
        let host = self.host_of(mirrored.hostname())?;
        if !host.tells_versions_apart() {
            return Ok(());
        }
        let Some(found) = host
            .store
            .db
            .find_repository(&mirrored.repository())
            .await?
        else {
            return Ok(());
        };
        let mut read = host.store.db.read().await?;
        let versions = match mirrored {
            Mirrored::Provider(_) => providers::versions_with(&mut read, found.id, digest).await?,
            Mirrored::Module(_) => modules::versions_with(&mut read, found.id, digest).await?,
        };
        let mut refused = Ok(());
        for (version, proof) in versions {
            refused = host.check_known(mirrored, &version, proof);
            if refused.is_ok() {
                break;
            }
        }
        refused
    }
}

impl Host {
    /// Whether one version may be served and another one of the same address not.
    fn tells_versions_apart(&self) -> bool {
        self.policy.require_proof > Proof::Hashed || self.policy.patterns.tells_versions_apart()
    }

    /// Refuses a version that the operator does not serve, or not by such a proof.
    fn check_known(
        &self,
        mirrored: &Mirrored,
        version: &Version,
        proof: Proof,
    ) -> Result<(), MirrorError> {
        let patterns = &self.policy.patterns;
        let what = match mirrored {
            Mirrored::Provider(provider) => {
                policy::check_version(patterns, provider, version)?;
                version_name(provider, version)
            }
            Mirrored::Module(module) => {
                policy::check_module(patterns, module, Some(version))?;
                module_version_name(module, version)
            }
        };
        self.check_proof(&what, proof)
    }
}
