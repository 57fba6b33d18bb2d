//! One collection.

use std::time::Duration;

use atoll_core::digest::Digest;
use atoll_db::collect::{self, Cutoffs};

use super::options::{Amount, GcOptions, GcReport};
use crate::failure::Failure;
use crate::maintenance::{Maintenance, PAGE};
use crate::registry::SESSION_IDLE_SECS;

impl Maintenance {
    /// Takes away what nobody wants any more, or works out what that would be.
    ///
    /// # Cancellation
    ///
    /// A collection may stop anywhere; the next one goes on where it stopped.
    pub async fn collect(&self, options: GcOptions) -> Result<GcReport, Failure> {
        let _one_at_a_time = self.collecting.lock().await;
        let cutoffs = options.cutoffs(crate::now());
        if options.dry_run {
            return self.forecast(&options, &cutoffs).await;
        }
        let mut report = GcReport {
            uploads_reaped: self.reap_uploads().await?,
            ..GcReport::default()
        };
        if let Some(pushed_before) = cutoffs.untagged_before {
            report.untagged_manifests = self.unlink_untagged(pushed_before).await?;
        }
        self.drop_unlinked(&cutoffs).await?;
        report.condemned = self.condemn(&cutoffs).await?;
        report.freed = self.finish_condemned(options.grace_secs.max(0)).await?;
        report.orphans = self.remove_orphans(&options).await?;
        Ok(report)
    }

    /// A collection with the usual grace, for the background: nobody waits for it, so it says itself how it went.
    pub async fn sweep(&self) {
        match self.collect(GcOptions::default()).await {
            Ok(report) if report == GcReport::default() => {
                tracing::debug!("there was nothing to collect");
            }
            Ok(report) => tracing::info!(
                condemned.count = report.condemned.count,
                condemned.bytes = report.condemned.bytes,
                freed.count = report.freed.count,
                freed.bytes = report.freed.bytes,
                orphans.bytes = report.orphans.bytes,
                uploads.reaped = report.uploads_reaped,
                "collected {} blobs, {} more in a while",
                report.freed.count,
                report.condemned.count
            ),
            Err(error) => tracing::warn!(
                error = &error as &dyn std::error::Error,
                "the collection stopped; the next one goes on"
            ),
        }
    }

    async fn forecast(&self, options: &GcOptions, cutoffs: &Cutoffs) -> Result<GcReport, Failure> {
        let mut read = self.store.db.read().await?;
        let forecast = collect::forecast(&mut read, cutoffs).await?;
        drop(read);
        let (condemned, mut freed) = (
            Amount::from(forecast.condemned),
            Amount::from(forecast.freed),
        );
        if options.grace_secs <= 0 {
            // What is hidden now goes now.
            freed = freed.plus(condemned);
        }
        let idle = self
            .store
            .blobs
            .count_idle_uploads(Duration::from_secs(SESSION_IDLE_SECS))
            .await?;
        Ok(GcReport {
            dry_run: true,
            untagged_manifests: forecast.untagged_manifests,
            condemned,
            freed,
            orphans: self.remove_orphans(options).await?,
            uploads_reaped: idle as u64,
        })
    }

    async fn reap_uploads(&self) -> Result<u64, Failure> {
        let mut count = 0;
        loop {
            let reaped = self
                .store
                .blobs
                .reap_uploads(Duration::from_secs(SESSION_IDLE_SECS), PAGE)
                .await?;
            count += reaped.len() as u64;
            if reaped.len() < PAGE {
                return Ok(count);
            }
        }
    }

    /// Ends links that no manifest accounts for, and removes manifests that no repository links.
    async fn drop_unlinked(&self, cutoffs: &Cutoffs) -> Result<(), Failure> {
        let Cutoffs { now, before, .. } = *cutoffs;
        loop {
            let work = self.store.db.transact("collect.unlink", |tx| {
                Box::pin(async move {
                    Ok::<_, Failure>(collect::unlink_stale_blobs(tx, before, now, PAGE).await?)
                })
            });
            if work.await? < PAGE {
                break;
            }
        }
        loop {
            let work = self.store.db.transact("collect.manifests", |tx| {
                Box::pin(async move {
                    Ok::<_, Failure>(collect::delete_unlinked_manifests(tx, before, PAGE).await?)
                })
            });
            if work.await?.len() < PAGE {
                return Ok(());
            }
        }
    }

    /// Hides blobs that nothing refers to.
    async fn condemn(&self, cutoffs: &Cutoffs) -> Result<Amount, Failure> {
        let mut hidden = Amount::default();
        let mut after: Option<Digest> = None;
        loop {
            let mut read = self.store.db.read().await?;
            let page = collect::list_unreferenced_blobs(
                &mut read,
                cutoffs.before,
                cutoffs.now,
                after.as_ref(),
                PAGE,
            )
            .await?;
            drop(read);
            let condemned = collect::condemn(&self.store.db, &page, cutoffs.now).await?;
            hidden = hidden.plus(self.held_amount(&condemned).await?);
            after = match page.last() {
                Some(last) if page.len() == PAGE => Some(last.clone()),
                _ => return Ok(hidden),
            };
        }
    }

    async fn held_amount(&self, condemned: &[Digest]) -> Result<Amount, Failure> {
        let mut read = self.store.db.read().await?;
        Ok(collect::amount_condemned(&mut read, condemned)
            .await?
            .into())
    }
}
