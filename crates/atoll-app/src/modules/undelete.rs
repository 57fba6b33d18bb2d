//! Bringing back a version of another registry that was deleted here.

use atoll_core::address::ModuleAddr;
use atoll_core::layout::module::ModulePackage;
use atoll_core::manifest;
use atoll_core::origin::Origin;
use atoll_core::proof::Proof;
use atoll_core::reference::Tag;
use atoll_core::version::Version;
use atoll_db::{blobs, manifests, tombstones};

use super::{ModuleError, Modules};
use crate::failure::Failure;
use crate::registry::Plan;

impl Modules {
    /// Lifts the tombstone of a version that was captured from an upstream, by bringing the version back as it was: from what is
    /// still here of it, or else from upstream. Other bytes than those that were deleted are refused: that is what a tombstone is.
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
        if module.hostname().is_self() {
            return Err(ModuleError::OwnTombstone {
                what: format!("module {module} {version}"),
            });
        }
        let Some(deleted) = self.deleted(module, &version.to_tag()).await? else {
            return Err(ModuleError::NotFound {
                what: format!("deleted version {version} of module {module}"),
            });
        };
        match deleted {
            Deleted::Here(plan) => {
                let restored = self.store.apply(*plan).await;
                restored.map_err(|error| ModuleError::Mirror(error.into()))?;
            }
            Deleted::Gone => self.mirrors.recapture_module(module, version).await?,
        }
        tracing::info!(module.address = %module, module.version = %version, "undeleted {module} {version}");
        Ok(())
    }

    async fn deleted(&self, module: &ModuleAddr, tag: &Tag) -> Result<Option<Deleted>, Failure> {
        let name = module.repository();
        let Some(repository) = self.store.db.find_repository(&name).await? else {
            return Ok(None);
        };
        let mut read = self.store.db.read().await?;
        let Some(tombstone) = tombstones::find(&mut read, repository.id, tag).await? else {
            return Ok(None);
        };
        let stored = manifests::find(&mut read, repository.id, &tombstone.digest).await?;
        let package = stored.and_then(|stored| {
            let parsed = manifest::parse(Some(&stored.media_type), &stored.body).ok()?;
            ModulePackage::read(&parsed).ok()
        });
        let Some(package) = package else {
            return Ok(Some(Deleted::Gone));
        };
        let blob = blobs::find(&mut read, &package.digest).await?;
        if !blob.is_some_and(|row| row.is_held()) {
            return Ok(Some(Deleted::Gone));
        }
        let mut plan = Plan::new(name, Origin::Mirrored);
        plan.visibility_when_new = repository.visibility;
        plan.proof = Proof::Unsigned;
        plan.tags.push((tag.clone(), tombstone.digest));
        Ok(Some(Deleted::Here(Box::new(plan))))
    }
}

/// A version that was deleted.
enum Deleted {
    /// Its manifest and package are still here: all that is missing is its tag.
    Here(Box<Plan>),
    /// Nothing is left of it but its digest.
    Gone,
}
