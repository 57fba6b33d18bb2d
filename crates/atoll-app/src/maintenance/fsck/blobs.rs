//! Whether the bytes are what the rows promise.

use atoll_blobs::{BlobError, DigestGuard};
use atoll_core::digest::Digest;
use atoll_db::blobs::{self, BlobState};
use atoll_db::fsck;

use super::report::{Fault, FsckOptions, FsckReport, Repair};
use crate::failure::Failure;
use crate::maintenance::{Maintenance, PAGE};

impl Maintenance {
    /// Compares every row with its file.
    pub(super) async fn check_blobs(
        &self,
        options: FsckOptions,
        report: &mut FsckReport,
    ) -> Result<(), Failure> {
        let mut after: Option<Digest> = None;
        loop {
            let mut read = self.store.db.read().await?;
            let page = fsck::list_blobs(&mut read, after.as_ref(), PAGE).await?;
            drop(read);
            // The bytes of hidden ones may be gone already.
            for blob in page.iter().filter(|blob| !blob.condemned) {
                if blob.state == BlobState::Lazy {
                    report.counts.lazy_blobs += 1;
                    continue;
                }
                report.counts.held_blobs += 1;
                report.counts.held_bytes += blob.size;
                if self
                    .find_fault(&blob.digest, blob.size, options)
                    .await?
                    .is_some()
                {
                    self.confirm_fault(&blob.digest, options, report).await?;
                }
            }
            after = match page.last() {
                Some(last) if page.len() == PAGE => Some(last.digest.clone()),
                _ => return Ok(()),
            };
        }
    }

    /// What is wrong with a blob's bytes, going by what is on disk now.
    async fn find_fault(
        &self,
        digest: &Digest,
        size: u64,
        options: FsckOptions,
    ) -> Result<Option<Fault>, Failure> {
        let digest = digest.clone();
        let actual = match self.store.blobs.look_at(&digest).await {
            Ok(Some(file)) => file.size,
            Ok(None) => return Ok(Some(Fault::BlobMissing { digest })),
            Err(error) => {
                return Ok(Some(Fault::BlobUnreadable {
                    digest,
                    why: error.to_string(),
                }));
            }
        };
        if actual != size {
            return Ok(Some(Fault::BlobSize {
                digest,
                expected: size,
                actual,
            }));
        }
        if !options.verify_content {
            return Ok(None);
        }
        match self.store.blobs.verify(&digest).await {
            Ok(_) => Ok(None),
            Err(BlobError::DigestMismatch { actual, .. }) => {
                Ok(Some(Fault::BlobContent { digest, actual }))
            }
            Err(error @ BlobError::Io { .. }) => Ok(Some(Fault::BlobUnreadable {
                digest,
                why: error.to_string(),
            })),
            Err(BlobError::NotFound { .. }) => Ok(Some(Fault::BlobMissing { digest })),
            Err(other) => Err(other.into()),
        }
    }

    /// Looks again under the digest's lock, where neither a collection nor a push can change the blob.
    async fn confirm_fault(
        &self,
        digest: &Digest,
        options: FsckOptions,
        report: &mut FsckReport,
    ) -> Result<(), Failure> {
        let guard = self.store.blobs.locks().lock(digest).await;
        let mut read = self.store.db.read().await?;
        let row = blobs::find(&mut read, digest).await?;
        drop(read);
        let Some(row) = row.filter(blobs::BlobRow::is_held) else {
            return Ok(());
        };
        let Some(fault) = self.find_fault(digest, row.size, options).await? else {
            return Ok(());
        };
        let repair = if options.repair {
            self.repair_blob(&guard, &fault).await?
        } else {
            Repair::None
        };
        report.add(fault, repair);
        Ok(())
    }

    /// Takes damaged bytes out of the way, and lets good ones come again.
    async fn repair_blob(&self, guard: &DigestGuard, fault: &Fault) -> Result<Repair, Failure> {
        let digest = guard.digest();
        if !matches!(fault, Fault::BlobMissing { .. }) {
            let kept = self.store.blobs.quarantine(guard).await?;
            tracing::warn!(blob.digest = %digest, "moved damaged blob {digest} to {}", kept.display());
        }
        let work = self.store.db.transact("fsck.blob", |tx| {
            Box::pin(async move {
                if blobs::mark_lazy(tx, digest).await? {
                    return Ok(Repair::Refetched);
                }
                fsck::hide_lost(tx, digest, crate::now()).await?;
                Ok::<_, Failure>(Repair::Hidden)
            })
        });
        work.await
    }

    /// Counts the files that no row knows of.
    pub(super) async fn count_orphans(&self, report: &mut FsckReport) -> Result<(), Failure> {
        let mut after: Option<Digest> = None;
        loop {
            let page = self.store.blobs.list(after.as_ref(), PAGE).await?;
            for file in self.without_row(&page).await? {
                // Whoever commits it right now holds the lock until the row is there.
                let _guard = self.store.blobs.locks().lock(&file.digest).await;
                if !self
                    .without_row(std::slice::from_ref(file))
                    .await?
                    .is_empty()
                {
                    report.counts.orphans += 1;
                    report.counts.orphan_bytes += file.size;
                }
            }
            after = match page.last() {
                Some(last) if page.len() == PAGE => Some(last.digest.clone()),
                _ => return Ok(()),
            };
        }
    }
}
