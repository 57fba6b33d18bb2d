//! What there is of a module, wherever it comes from.
//!
//! Asking a mirror is boxed: the room for all that it may have to do, several KiB, would be moved about with each request for what
//! is ours.

use std::sync::Arc;

use atoll_core::address::{Hostname, ModuleAddr};
use atoll_core::repository::Family;
use atoll_core::version::Version;

use super::stored::{ListedModule, StoredModule};
use super::{ModuleError, Modules};
use crate::failure::Failure;
use crate::mirror::{FetchRight, Freshness, Patience, ServedFrom};

/// The versions of a module that a client may have.
#[derive(Clone, Debug)]
pub struct ModuleList {
    /// In order of precedence.
    pub versions: Arc<[ListedModule]>,
    /// Where the list comes from.
    pub freshness: Freshness,
}

/// A version, and where the answer comes from.
#[derive(Clone, Debug)]
pub struct ServedModule {
    /// The version.
    pub module: StoredModule,
    /// Where from.
    pub freshness: Freshness,
}

impl Modules {
    /// Whether anything of a host may be here.
    pub async fn knows_host(&self, hostname: &Hostname) -> Result<bool, Failure> {
        self.mirrors.knows_host(Family::Modules, hostname).await
    }

    /// All versions that can be served of a module.
    pub async fn list(
        &self,
        module: &ModuleAddr,
        right: &FetchRight,
    ) -> Result<ModuleList, ModuleError> {
        self.list_within(module, right, self.mirrors.patience())
            .await
    }

    pub(super) async fn list_within(
        &self,
        module: &ModuleAddr,
        right: &FetchRight,
        patience: Patience,
    ) -> Result<ModuleList, ModuleError> {
        if self.mirrors.has(module.hostname()) {
            let list = self.mirrors.list_modules(module, right, patience);
            return Ok(Box::pin(list).await?);
        }
        let stored = self.stored.list(&module.repository()).await?;
        if stored.modules.is_empty() {
            return Err(ModuleError::NotFound {
                what: format!("module {module}"),
            });
        }
        Ok(ModuleList {
            versions: Arc::clone(&stored.listed),
            freshness: Freshness::new(ServedFrom::Hit, None),
        })
    }

    /// A version with its package, fetched now if it is a mirrored one that is not here.
    pub async fn version(
        &self,
        module: &ModuleAddr,
        version: &Version,
        right: &FetchRight,
    ) -> Result<ServedModule, ModuleError> {
        self.version_within(module, version, right, self.mirrors.patience())
            .await
    }

    pub(super) async fn version_within(
        &self,
        module: &ModuleAddr,
        version: &Version,
        right: &FetchRight,
        patience: Patience,
    ) -> Result<ServedModule, ModuleError> {
        if self.mirrors.has(module.hostname()) {
            let served = self.mirrors.module(module, version, right, patience);
            return Ok(Box::pin(served).await?);
        }
        let found = self.stored.find(&module.repository(), version).await?;
        let module = found.ok_or_else(|| ModuleError::NotFound {
            what: format!("module {module} {version}"),
        })?;
        Ok(ServedModule {
            module,
            freshness: Freshness::new(ServedFrom::Hit, None),
        })
    }
}
