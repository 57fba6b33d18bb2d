//! One sync of an upstream at a time, whichever server does it.

use std::time::Duration;

use atoll_core::address::Hostname;
use atoll_core::schedule::DailyTime;
use atoll_db::{Db, leases};
use uuid::Uuid;

use super::error::SyncError;
use crate::failure::Failure;

/// How long a lease lasts, in seconds: that long after a server is gone another one may begin.
const LEASE_SECS: i64 = 120;

/// How often it is prolonged.
pub(super) const PROLONG_EVERY: Duration = Duration::from_secs(30);

/// For how long one server does what is scheduled, in seconds: more than clocks and naps of servers differ, and less than a day.
const CLAIM_SECS: i64 = 600;

/// Whether it is this server that does what is scheduled for now: of those that share a database, the first to ask.
pub(super) async fn claim(
    db: &Db,
    hostname: &Hostname,
    schedule: DailyTime,
) -> Result<bool, Failure> {
    let now = crate::now();
    let until = now.plus_secs(CLAIM_SECS);
    let (name, holder) = (
        format!("sync:{hostname}@{schedule}"),
        Uuid::new_v4().to_string(),
    );
    let (name, holder) = (name.as_str(), holder.as_str());
    let claimed = db.transact("sync.claim", |tx| {
        Box::pin(async move { leases::take(tx, name, holder, until, now).await })
    });
    claimed.await.map_err(Failure::from)
}

/// The right to sync an upstream.
pub(super) struct Lease {
    db: Db,
    name: String,
    holder: String,
}

impl Lease {
    /// Takes the lease, which nobody else may have.
    pub(super) async fn take(db: &Db, hostname: &Hostname) -> Result<Self, SyncError> {
        let lease = Self {
            db: db.clone(),
            name: format!("sync:{hostname}"),
            holder: Uuid::new_v4().to_string(),
        };
        if lease.prolong().await? {
            Ok(lease)
        } else {
            Err(SyncError::Busy(hostname.clone()))
        }
    }

    /// Keeps it; `false` where somebody else has it by now.
    pub(super) async fn prolong(&self) -> Result<bool, Failure> {
        let now = crate::now();
        let until = now.plus_secs(LEASE_SECS);
        let (name, holder) = (self.name.as_str(), self.holder.as_str());
        let taken = self.db.transact("sync.lease", |tx| {
            Box::pin(async move { leases::take(tx, name, holder, until, now).await })
        });
        taken.await.map_err(Failure::from)
    }

    /// Lets others have it at once. Whoever does not come to this leaves it until it ends.
    pub(super) async fn give_back(self) {
        let (name, holder) = (self.name.as_str(), self.holder.as_str());
        let given = self.db.transact("sync.lease", |tx| {
            Box::pin(async move { leases::give_back(tx, name, holder).await })
        });
        let given: Result<(), atoll_db::DbError> = given.await;
        if let Err(error) = given {
            tracing::warn!(error = %error, "failed to give the lease {name} back; it ends by itself");
        }
    }
}
