//! Whether what is named can be read through the repository that names it.

use atoll_core::digest::Digest;
use atoll_db::blobs;
use atoll_db::fsck::{self, DanglingTag, UnreadableBlob};
use atoll_db::repositories::Repository;

use super::report::{Fault, FsckOptions, FsckReport, Repair};
use crate::failure::Failure;
use crate::maintenance::{Maintenance, PAGE};

impl Maintenance {
    /// Finds tags that point at nothing.
    pub(super) async fn check_tags(&self, report: &mut FsckReport) -> Result<(), Failure> {
        let mut after: Option<DanglingTag> = None;
        loop {
            let mut read = self.store.db.read().await?;
            let page = fsck::list_dangling_tags(&mut read, after.as_ref(), PAGE).await?;
            drop(read);
            for DanglingTag {
                repository,
                tag,
                digest,
            } in page.iter().cloned()
            {
                report.add(
                    Fault::TagDangling {
                        repository,
                        tag,
                        digest,
                    },
                    Repair::None,
                );
            }
            after = match page.last() {
                Some(last) if page.len() == PAGE => Some(last.clone()),
                _ => return Ok(()),
            };
        }
    }

    /// Finds blobs that can't be read through the repositories whose manifests name them.
    pub(super) async fn check_links(
        &self,
        options: FsckOptions,
        report: &mut FsckReport,
    ) -> Result<(), Failure> {
        let mut after: Option<Digest> = None;
        loop {
            let mut read = self.store.db.read().await?;
            let mut page = fsck::list_unreadable_blobs(&mut read, after.as_ref(), PAGE).await?;
            drop(read);
            let is_last = page.len() < PAGE;
            if !is_last {
                drop_cut_off(&mut page);
            }
            for unreadable in &page {
                self.check_link(unreadable, options, report).await?;
            }
            after = match page.pop() {
                Some(last) if !is_last => Some(last.manifest),
                _ => return Ok(()),
            };
        }
    }

    async fn check_link(
        &self,
        unreadable: &UnreadableBlob,
        options: FsckOptions,
        report: &mut FsckReport,
    ) -> Result<(), Failure> {
        let UnreadableBlob {
            repository,
            manifest,
            blob,
        } = unreadable.clone();
        let Some(row) = self.store.db.find_repository(&repository).await? else {
            return Ok(());
        };
        let repair = if options.repair && self.link(&row, &blob).await? {
            Repair::Restored
        } else {
            Repair::None
        };
        report.add(
            Fault::Unlinked {
                repository,
                manifest,
                blob,
            },
            repair,
        );
        Ok(())
    }

    /// A blob that is hidden is not linked: its bytes are lost, or on their way out.
    async fn link(&self, repository: &Repository, blob: &Digest) -> Result<bool, Failure> {
        let work = self.store.db.transact("fsck.link", |tx| {
            Box::pin(async move {
                Ok::<_, Failure>(blobs::link(tx, repository.id, blob, crate::now()).await?)
            })
        });
        work.await
    }
}

/// A page goes on after a manifest, so the one that it may have cut off is left to the next, unless it is the only one.
fn drop_cut_off(page: &mut Vec<UnreadableBlob>) {
    let Some(last) = page.last().map(|last| last.manifest.clone()) else {
        return;
    };
    let whole = page
        .iter()
        .take_while(|entry| entry.manifest != last)
        .count();
    if whole > 0 {
        page.truncate(whole);
    }
}
