//! Whether there is room for more.

use atoll_core::address::ModuleAddr;
use atoll_db::blobs;

use crate::failure::Failure;
use crate::mirror::error::MirrorError;
use crate::mirror::host::Host;

impl Host {
    /// Refuses what would take the disk below `min_free`, or this upstream above its `max_bytes`.
    pub(in crate::mirror) async fn check_room(
        &self,
        what: &str,
        bytes: u64,
    ) -> Result<(), MirrorError> {
        let space = self.store.blobs.free_space().await?;
        if !self.limits.has_room(space, bytes) {
            return Err(MirrorError::LowDisk { what: what.into() });
        }
        let Some(bytes_max) = self.policy.max_bytes else {
            return Ok(());
        };
        let modules = ModuleAddr::tree(&self.policy.hostname, []);
        let mut read = self.store.db.read().await?;
        let held = blobs::held_bytes_from(&mut read, self.label(), &modules)
            .await
            .map_err(Failure::from)?;
        if held.saturating_add(bytes) > bytes_max {
            let hostname = self.policy.hostname.clone();
            return Err(MirrorError::OverLimit {
                what: what.into(),
                hostname,
                bytes_max,
            });
        }
        Ok(())
    }
}
