//! Syncs that go on while somebody watches.

use std::collections::{HashMap, VecDeque};
use std::ops::RangeInclusive;
use std::sync::{Arc, Mutex, PoisonError};

use atoll_core::address::Hostname;
use atoll_core::pattern::Selection;
use atoll_core::platform::Platform;
use atoll_core::time_micros::Micros;
use atoll_db::Db;
use futures_util::future::join_all;
use uuid::Uuid;

use super::error::SyncError;
use super::lease::{Lease, finish};
use super::progress::{Progress, SyncState, SyncStatus};
use super::run::Run;
use crate::failure::Failure;
use crate::mirror::{Mirrors, with_causes};
use crate::registry::Registry;
use crate::upstreams::UpstreamPolicy;

/// How many syncs are remembered once they are over.
const REMEMBERED_MAX: usize = 100;

/// How many segments addresses have: those of providers two, those of modules three.
const SEGMENTS: RangeInclusive<usize> = 2..=3;

/// Names a sync.
pub type SyncId = String;

/// What to sync.
#[derive(Clone, Debug, Default)]
pub struct SyncRequest {
    /// From which upstream; none for all that have a `sync` block.
    pub upstream: Option<Hostname>,
    /// What of it; nothing for what its `sync` block selects.
    pub select: Vec<Selection>,
    /// For which platforms; none for those of the `sync` block.
    pub platforms: Vec<Platform>,
    /// Only says what would be fetched.
    pub dry_run: bool,
}

/// The syncs of this server. A cheap clone.
#[derive(Clone)]
pub struct Syncs {
    store: Registry,
    mirrors: Mirrors,
    jobs: Arc<Mutex<Jobs>>,
}

/// A run, and the right to it; a dry one needs none.
type LeasedRun = (Run, Option<Lease>);

#[derive(Default)]
struct Jobs {
    by_id: HashMap<SyncId, Arc<Progress>>,
    order: VecDeque<SyncId>,
}

impl Syncs {
    /// Syncs of these mirrors.
    pub fn new(store: Registry, mirrors: Mirrors) -> Self {
        Self {
            store,
            mirrors,
            jobs: Arc::default(),
        }
    }

    /// Begins a sync, which goes on without the caller.
    ///
    /// # Cancellation
    ///
    /// Dropping this future does not stop what was begun: leases that were taken go to the sync, which gives them back.
    pub async fn start(&self, request: SyncRequest) -> Result<SyncId, SyncError> {
        self.start_as(request, None).await
    }

    /// Begins what the configuration schedules of an upstream, and what was taken on at this moment.
    pub(super) async fn start_scheduled(
        &self,
        hostname: &Hostname,
        taken_at: Micros,
    ) -> Result<SyncId, SyncError> {
        let request = SyncRequest {
            upstream: Some(hostname.clone()),
            ..SyncRequest::default()
        };
        self.start_as(request, Some(taken_at)).await
    }

    async fn start_as(
        &self,
        request: SyncRequest,
        taken_at: Option<Micros>,
    ) -> Result<SyncId, SyncError> {
        let this = self.clone();
        let work = async move { this.begin(request, taken_at).await };
        let begun = self.store.tasks.run_to_completion("sync.start", work).await;
        begun.map_err(Failure::from)?
    }

    async fn begin(
        &self,
        request: SyncRequest,
        taken_at: Option<Micros>,
    ) -> Result<SyncId, SyncError> {
        let progress = Arc::new(Progress::default());
        let mut leased = self.leased(request, &progress).await?;
        for (run, _) in &mut leased {
            run.taken_at = taken_at;
        }
        let id = Uuid::new_v4().to_string();
        self.remember(id.clone(), Arc::clone(&progress));
        self.store.tasks.start(async move {
            // All at once: a lease is prolonged only while its run goes on.
            let runs = leased.into_iter().map(run_leased);
            let results = join_all(runs).await;
            let error = results.into_iter().find_map(Result::err);
            let status = progress.end(error);
            log(&status);
        });
        Ok(id)
    }

    /// The runs of a request with their leases: all of them, or none.
    async fn leased(
        &self,
        request: SyncRequest,
        progress: &Arc<Progress>,
    ) -> Result<Vec<LeasedRun>, SyncError> {
        let mut leased: Vec<LeasedRun> = Vec::new();
        for (hostname, select, platforms, is_dry) in self.runs(request)? {
            // Looking is free for everybody.
            let lease = if is_dry {
                Ok(None)
            } else {
                Lease::take(&self.store.db, &hostname).await.map(Some)
            };
            let lease = match lease {
                Ok(lease) => lease,
                Err(error) => {
                    for taken in leased.into_iter().filter_map(|(_, lease)| lease) {
                        taken.give_back().await;
                    }
                    return Err(error);
                }
            };
            let run = Run {
                store: self.store.clone(),
                mirrors: self.mirrors.clone(),
                hostname,
                select,
                platforms,
                is_dry,
                taken_at: None,
                progress: Arc::clone(progress),
            };
            leased.push((run, lease));
        }
        Ok(leased)
    }

    /// How far a sync is.
    pub fn status(&self, id: &str) -> Result<SyncStatus, SyncError> {
        let jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        let found = jobs.by_id.get(id);
        found
            .map(|progress| progress.status())
            .ok_or_else(|| SyncError::Unknown(id.chars().take(64).collect()))
    }

    /// The database that the leases are in.
    pub(super) fn db(&self) -> &Db {
        &self.store.db
    }

    /// The upstreams that have a selection of their own.
    pub(super) fn selecting(&self) -> impl Iterator<Item = &UpstreamPolicy> {
        self.mirrors
            .policies()
            .filter(|policy| policy.sync.is_some())
    }

    fn remember(&self, id: SyncId, progress: Arc<Progress>) {
        let mut jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        jobs.by_id.insert(id.clone(), progress);
        jobs.order.push_back(id);
        while jobs.order.len() > REMEMBERED_MAX {
            if let Some(oldest) = jobs.order.pop_front() {
                jobs.by_id.remove(&oldest);
            }
        }
    }

    #[expect(clippy::type_complexity, reason = "what each run is made of, once")]
    fn runs(
        &self,
        request: SyncRequest,
    ) -> Result<Vec<(Hostname, Vec<Selection>, Vec<Platform>, bool)>, SyncError> {
        let SyncRequest {
            upstream,
            select,
            platforms,
            dry_run,
        } = request;
        let is_one =
            |selection: &Selection| SEGMENTS.contains(&selection.pattern().segment_count());
        if let Some(none) = select.iter().find(|selection| !is_one(selection)) {
            return Err(SyncError::NoAddress(none.to_string()));
        }
        let of_policy = |policy: &UpstreamPolicy| {
            let sync = policy.sync.clone()?;
            let chosen = if select.is_empty() {
                sync.select
            } else {
                select.clone()
            };
            let platforms = if platforms.is_empty() {
                sync.platforms
            } else {
                platforms.clone()
            };
            (!chosen.is_empty()).then(|| (policy.hostname.clone(), chosen, platforms, dry_run))
        };
        let runs: Vec<_> = match upstream {
            Some(hostname) => {
                let policy = self.mirrors.find_policy(&hostname);
                let policy = policy.ok_or_else(|| SyncError::UnknownUpstream(hostname.clone()))?;
                let given = || {
                    let (select, platforms) = (select.clone(), platforms.clone());
                    (!select.is_empty()).then_some((hostname, select, platforms, dry_run))
                };
                of_policy(policy).or_else(given).into_iter().collect()
            }
            None if !select.is_empty() => return Err(SyncError::NoUpstream),
            None => self.selecting().filter_map(of_policy).collect(),
        };
        if runs.is_empty() {
            return Err(SyncError::NothingSelected);
        }
        Ok(runs)
    }
}

/// Runs while the lease holds. Why it ended early is text, for whoever watches.
async fn run_leased((run, lease): LeasedRun) -> Result<(), String> {
    let words = |failure: &Failure| with_causes(failure);
    let Some(lease) = lease else {
        return run.run().await.map_err(|failure| words(&failure));
    };
    // Both go on side by side: work that is not polled may hold what prolonging the lease waits for.
    let result = tokio::select! {
        result = run.run() => result.map_err(|failure| words(&failure)),
        why = lease.keep() => Err(why),
    };
    if let (Some(taken_at), Ok(())) = (run.taken_at, &result) {
        finish(&run.store.db, &run.hostname, taken_at).await;
    }
    lease.give_back().await;
    result
}

fn log(status: &SyncStatus) {
    let report = status.report.clone().unwrap_or_default();
    let (fetched, failed) = (report.fetched.len(), report.failed.len());
    if status.state == SyncState::Done && failed == 0 && report.moved.is_empty() {
        tracing::info!(
            fetched,
            present = report.present,
            size_bytes = report.bytes,
            "synced: {fetched} fetched, {} here already",
            report.present
        );
        return;
    }
    tracing::warn!(
        fetched,
        failed,
        moved = report.moved.len(),
        error = status.error.as_deref().unwrap_or_default(),
        "the sync left something to do: {failed} failed, {} moved upstream",
        report.moved.len()
    );
}
