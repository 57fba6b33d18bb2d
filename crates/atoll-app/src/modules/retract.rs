//! Deleting a version.

use std::sync::Arc;

use atoll_core::address::ModuleAddr;
use atoll_core::reference::Reference;
use atoll_core::version::Version;

use super::{ModuleError, Modules};

impl Modules {
    /// Deletes a version. What was published leaves a tombstone: only the same bytes may come back.
    pub async fn delete(&self, module: &ModuleAddr, version: &Version) -> Result<(), ModuleError> {
        let reference = Reference::Tag(version.to_tag());
        let deleted = self
            .store
            .delete_manifest(&module.repository(), &reference)
            .await
            .map_err(Arc::new)?;
        if deleted {
            tracing::info!(module.address = %module, module.version = %version, "deleted {module} {version}");
            return Ok(());
        }
        Err(ModuleError::NotFound {
            what: format!("module {module} {version}"),
        })
    }
}
