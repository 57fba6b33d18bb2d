//! One pass over everything.

use atoll_core::digest::Digest;
use atoll_core::manifest;
use atoll_db::fsck;

use super::report::{Problem, ReindexReport};
use crate::failure::Failure;
use crate::maintenance::fsck::Named;
use crate::maintenance::{MANIFEST_PAGE, Maintenance};

impl Maintenance {
    /// Makes everything anew that is derived from the store. What is right already stays as it is.
    ///
    /// # Cancellation
    ///
    /// It may stop anywhere: each version is written by one transaction.
    pub async fn reindex(&self) -> Result<ReindexReport, Failure> {
        let mut report = ReindexReport::default();
        self.restore_all_edges(&mut report).await?;
        let mut walk = self.version_tags();
        while let Some((repository, tag)) = walk.next().await? {
            report.versions += 1;
            match self.reindex_version(&repository, &tag).await? {
                Ok(outcome) => {
                    report.rows_changed += u64::from(outcome.changed);
                    report.hashes_computed += outcome.hashes_computed;
                }
                Err(why) => report.add(Problem {
                    repository: repository.name,
                    tag,
                    why,
                }),
            }
        }
        Ok(report)
    }

    async fn restore_all_edges(&self, report: &mut ReindexReport) -> Result<(), Failure> {
        let mut after: Option<Digest> = None;
        loop {
            let mut read = self.store.db.read().await?;
            let page = fsck::list_manifests(&mut read, after.as_ref(), MANIFEST_PAGE).await?;
            drop(read);
            for stored in &page {
                report.manifests += 1;
                // Whether its bytes are damaged is for fsck to say.
                if let Ok(parsed) = manifest::parse(Some(&stored.media_type), &stored.body) {
                    report.edges_restored += self
                        .restore_edges(&stored.digest, &Named::by(&parsed))
                        .await?;
                }
            }
            after = match page.last() {
                Some(last) if page.len() == MANIFEST_PAGE => Some(last.digest.clone()),
                _ => return Ok(()),
            };
        }
    }
}
