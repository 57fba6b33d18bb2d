//! Bringing back a version of another registry that was deleted here.

use atoll_core::address::ModuleAddr;
use atoll_core::version::Version;
use atoll_db::tombstones;

use super::{ModuleError, Modules};
use crate::failure::Failure;

impl Modules {
    /// Lifts the tombstone of a version that was captured from an upstream, by bringing the version back as it was: from what is
    /// still here of it, or else from upstream. Another package than the one that was deleted is refused: that is what a tombstone
    /// is.
    ///
    /// What was published here comes back when its publisher hands in the same bytes, and in no other way.
    ///
    /// # Cancellation
    ///
    /// A fetch that has started goes on.
    pub async fn undelete(
        &self,
        module: &ModuleAddr,
        version: &Version,
    ) -> Result<(), ModuleError> {
        if !self.is_deleted(module, version).await? {
            return Err(ModuleError::NotFound {
                what: format!("deleted version {version} of module {module}"),
            });
        }
        if module.hostname().is_self() {
            return Err(ModuleError::OwnTombstone {
                what: format!("module {module} {version}"),
            });
        }
        self.mirrors.undelete_module(module, version).await?;
        tracing::info!(module.address = %module, module.version = %version, "undeleted {module} {version}");
        Ok(())
    }

    async fn is_deleted(&self, module: &ModuleAddr, version: &Version) -> Result<bool, Failure> {
        let repository = self.store.db.find_repository(&module.repository()).await?;
        let Some(repository) = repository else {
            return Ok(false);
        };
        let mut read = self.store.db.read().await?;
        let tombstone = tombstones::find(&mut read, repository.id, &version.to_tag()).await?;
        Ok(tombstone.is_some())
    }
}
