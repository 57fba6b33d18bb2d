//! Files that no row knows of: a server stopped between the two.

use std::time::{Duration, SystemTime};

use atoll_blobs::Listed;
use atoll_core::digest::Digest;
use atoll_db::fsck;

use super::options::{Amount, GcOptions};
use crate::failure::Failure;
use crate::maintenance::{Maintenance, PAGE};

impl Maintenance {
    /// Removes files without a row that were last written before the grace, or only counts them.
    pub(super) async fn remove_orphans(&self, options: &GcOptions) -> Result<Amount, Failure> {
        let grace = Duration::from_secs(u64::try_from(options.grace_secs).unwrap_or_default());
        let mut removed = Amount::default();
        let mut after: Option<Digest> = None;
        loop {
            let page = self.store.blobs.list(after.as_ref(), PAGE).await?;
            for file in self.without_row(&page).await? {
                if self.is_older(&file.digest, grace).await?
                    && self.remove_orphan(&file.digest, options.dry_run).await?
                {
                    removed.add(file.size);
                }
            }
            after = match page.last() {
                Some(last) if page.len() == PAGE => Some(last.digest.clone()),
                _ => return Ok(removed),
            };
        }
    }

    /// Those of the files that no row knows of.
    pub(in crate::maintenance) async fn without_row<'f>(
        &self,
        files: &'f [Listed],
    ) -> Result<Vec<&'f Listed>, Failure> {
        let digests: Vec<Digest> = files.iter().map(|file| file.digest.clone()).collect();
        let mut read = self.store.db.read().await?;
        let known = fsck::known_blobs(&mut read, &digests).await?;
        Ok(files
            .iter()
            .filter(|file| !known.contains(&file.digest))
            .collect())
    }

    /// Whether a file was last written longer ago than that.
    pub(in crate::maintenance) async fn is_older(
        &self,
        digest: &Digest,
        age: Duration,
    ) -> Result<bool, Failure> {
        let file = self.store.blobs.look_at(digest).await?;
        let before = SystemTime::now().checked_sub(age);
        Ok(file
            .zip(before)
            .is_some_and(|(file, before)| file.modified <= before))
    }

    async fn remove_orphan(&self, digest: &Digest, dry_run: bool) -> Result<bool, Failure> {
        if dry_run {
            return Ok(true);
        }
        // Whoever commits the blob holds the lock until its row is there.
        let guard = self.store.blobs.locks().lock(digest).await;
        let mut read = self.store.db.read().await?;
        let known = fsck::known_blobs(&mut read, std::slice::from_ref(digest)).await?;
        drop(read);
        if !known.is_empty() || self.store.blobs.is_filling(digest) {
            return Ok(false);
        }
        Ok(self.store.blobs.delete(&guard).await?)
    }
}
