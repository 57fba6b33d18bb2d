//! Manifests that no tag leads to, where their owner wants them gone.

use atoll_core::time_micros::Micros;
use atoll_db::collect::{self, UntaggedCursor};

use crate::failure::Failure;
use crate::maintenance::{Maintenance, PAGE};

impl Maintenance {
    /// Takes untagged manifests out of their repositories, and then what nothing but they led to.
    pub(super) async fn unlink_untagged(&self, pushed_before: Micros) -> Result<u64, Failure> {
        let mut total = 0;
        loop {
            let unlinked = self.unlink_untagged_once(pushed_before).await?;
            total += unlinked;
            // An index goes before its children can, and those may have passed already.
            if unlinked == 0 {
                return Ok(total);
            }
        }
    }

    async fn unlink_untagged_once(&self, pushed_before: Micros) -> Result<u64, Failure> {
        let mut unlinked = 0;
        let mut after: Option<UntaggedCursor> = None;
        loop {
            let mut read = self.store.db.read().await?;
            let page =
                collect::list_untagged_manifests(&mut read, pushed_before, after.as_ref(), PAGE)
                    .await?;
            drop(read);
            for manifest in &page {
                let cursor = &manifest.cursor();
                // Somebody may have tagged it since, so it is looked at again where nobody can.
                let work = self.store.db.transact("collect.untagged", |tx| {
                    Box::pin(async move {
                        collect::unlink_untagged_manifest(tx, cursor, pushed_before).await
                    })
                });
                if work.await? {
                    unlinked += 1;
                    tracing::info!(
                        repository.name = %manifest.repository,
                        manifest.digest = %manifest.digest,
                        "removed untagged manifest {} from {}",
                        manifest.digest,
                        manifest.repository
                    );
                }
            }
            after = match page.last() {
                Some(last) if page.len() == PAGE => Some(last.cursor()),
                _ => return Ok(unlinked),
            };
        }
    }
}
