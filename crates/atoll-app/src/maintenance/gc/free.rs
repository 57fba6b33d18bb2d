//! The second look, and the end of a blob.

use atoll_core::digest::Digest;
use atoll_core::time_micros::Micros;
use atoll_db::blobs::BlobState;
use atoll_db::collect::{self, Condemned};

use super::options::Amount;
use crate::failure::Failure;
use crate::maintenance::{Maintenance, PAGE};

impl Maintenance {
    /// Removes blobs that were hidden for as long as the grace, if nothing has come to refer to them.
    pub(super) async fn finish_condemned(&self, grace_secs: i64) -> Result<Amount, Failure> {
        // The end of the grace counts as after it, so that no grace means at once.
        let before = Micros::from_micros(
            crate::now()
                .minus_secs(grace_secs)
                .as_micros()
                .saturating_add(1),
        );
        let mut freed = Amount::default();
        let mut after: Option<Digest> = None;
        loop {
            let mut read = self.store.db.read().await?;
            let page = collect::list_condemned(&mut read, before, after.as_ref(), PAGE).await?;
            drop(read);
            for blob in &page {
                if self.free(blob, before).await? {
                    freed.add(if blob.state == BlobState::Held {
                        blob.size
                    } else {
                        0
                    });
                }
            }
            after = match page.last() {
                Some(last) if page.len() == PAGE => Some(last.digest.clone()),
                _ => return Ok(freed),
            };
        }
    }

    /// The bytes go first and the row last, so that bytes without a row are never left; whoever commits the same blob waits for
    /// the lock and then writes bytes and row anew.
    async fn free(&self, blob: &Condemned, before: Micros) -> Result<bool, Failure> {
        let digest = &blob.digest;
        let guard = self.store.blobs.locks().lock(digest).await;
        let mut read = self.store.db.read().await?;
        let still_unwanted = collect::is_condemned(&mut read, digest, before).await?;
        drop(read);
        if !still_unwanted || self.store.blobs.is_filling(digest) {
            return Ok(false);
        }
        // A lazy blob may have bytes all the same, when a server stopped before it could note them.
        self.store.blobs.delete(&guard).await?;
        let work = self.store.db.transact("collect.forget", |tx| {
            Box::pin(async move { collect::forget_condemned(tx, digest, before).await })
        });
        let forgotten = work.await?;
        drop(guard);
        if forgotten {
            tracing::info!(blob.digest = %digest, size_bytes = blob.size, "removed blob {digest}");
        }
        Ok(forgotten)
    }
}
