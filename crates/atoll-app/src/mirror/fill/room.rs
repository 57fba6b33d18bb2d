//! Whether there is room for more.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use atoll_core::address::ModuleAddr;
use atoll_db::blobs;
use tokio::sync::Mutex;

use crate::failure::Failure;
use crate::mirror::error::MirrorError;
use crate::mirror::host::Host;

/// What is promised of an upstream's `max_bytes` to bytes that are on their way, and not held yet.
#[derive(Default)]
pub(in crate::mirror) struct Promised {
    bytes: Arc<AtomicU64>,
    /// Held while one looks whether there is room, and takes it.
    turn: Mutex<()>,
}

/// Room that was promised. Whoever has it lets go of it when the bytes count as held, or don't come.
#[must_use]
pub(in crate::mirror) struct Room {
    promised: Arc<AtomicU64>,
    bytes: u64,
}

impl Drop for Room {
    fn drop(&mut self) {
        self.promised.fetch_sub(self.bytes, Ordering::AcqRel);
    }
}

impl Host {
    /// Refuses what would take this upstream above its `max_bytes`, whatever else comes at the same time; each server that shares a
    /// database promises on its own. Of `min_free` nothing is promised: what would take the disk below it is refused, without what
    /// is on its way already.
    pub(in crate::mirror) async fn take_room(
        &self,
        what: &str,
        bytes: u64,
    ) -> Result<Room, MirrorError> {
        self.check_disk(what, bytes).await?;
        let Some(bytes_max) = self.policy.max_bytes else {
            return Ok(self.promised.promise(0));
        };
        let _turn = self.promised.turn.lock().await;
        self.check_share(what, bytes, bytes_max).await?;
        Ok(self.promised.promise(bytes))
    }

    /// Refuses where there is no room already, for what tells its size only once it is here. Nothing is promised, so nobody waits.
    pub(in crate::mirror) async fn check_room(&self, what: &str) -> Result<(), MirrorError> {
        self.check_disk(what, 0).await?;
        match self.policy.max_bytes {
            Some(bytes_max) => self.check_share(what, 0, bytes_max).await,
            None => Ok(()),
        }
    }

    async fn check_disk(&self, what: &str, bytes: u64) -> Result<(), MirrorError> {
        let space = self.store.blobs.free_space().await?;
        if self.limits.has_room(space, bytes) {
            Ok(())
        } else {
            Err(MirrorError::LowDisk { what: what.into() })
        }
    }

    async fn check_share(&self, what: &str, bytes: u64, bytes_max: u64) -> Result<(), MirrorError> {
        // Before what is held is read: what comes in between is counted twice then, and never not at all.
        let promised = self.promised.bytes.load(Ordering::Acquire);
        let modules = ModuleAddr::tree(&self.policy.hostname, []);
        let mut read = self.store.db.read().await?;
        let held = blobs::held_bytes_from(&mut read, self.label(), &modules)
            .await
            .map_err(Failure::from)?;
        if held.saturating_add(promised).saturating_add(bytes) > bytes_max {
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

impl Promised {
    fn promise(&self, bytes: u64) -> Room {
        self.bytes.fetch_add(bytes, Ordering::AcqRel);
        Room {
            promised: Arc::clone(&self.bytes),
            bytes,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_is_given_back() {
        let promised = Promised::default();
        let (one, other) = (promised.promise(3), promised.promise(4));
        assert_eq!(promised.bytes.load(Ordering::Acquire), 7);
        drop(one);
        assert_eq!(promised.bytes.load(Ordering::Acquire), 4);
        drop(other);
        assert_eq!(promised.bytes.load(Ordering::Acquire), 0);
    }
}
