//! One check of everything.

use super::report::{FsckOptions, FsckReport};
use crate::failure::Failure;
use crate::maintenance::Maintenance;

impl Maintenance {
    /// Checks the whole store.
    ///
    /// # Cancellation
    ///
    /// A check may stop anywhere.
    pub async fn check(&self, options: FsckOptions) -> Result<FsckReport, Failure> {
        let mut report = FsckReport::default();
        self.check_manifests(options, &mut report).await?;
        self.check_tags(&mut report).await?;
        // Before the blobs: one that is found to be lost is hidden, and would be reported again.
        self.check_links(options, &mut report).await?;
        self.check_blobs(options, &mut report).await?;
        self.count_orphans(&mut report).await?;
        self.check_versions(options, &mut report).await?;
        Ok(report)
    }
}
