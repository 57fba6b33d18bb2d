//! One sync of an upstream at a time, whichever server does it.

use std::future::Future;
use std::time::Duration;

use atoll_core::address::Hostname;
use atoll_core::schedule::DailyTime;
use atoll_core::time_micros::Micros;
use atoll_db::scheduled_syncs::Unfinished;
use atoll_db::{Db, DbError, leases, scheduled_syncs};
use tokio::time::{Instant, sleep, timeout_at};
use uuid::Uuid;

use super::error::SyncError;
use crate::failure::Failure;
use crate::mirror::with_causes;

/// How long a lease lasts, in seconds: that long after a server is gone another one may begin.
const LEASE_SECS: i64 = 120;

/// How a lease is kept.
const PACE: Pace = Pace {
    every: Duration::from_secs(30),
    again: Duration::from_secs(5),
    // The work ends a little before somebody else may begin.
    ends_after: Duration::from_secs(LEASE_SECS.unsigned_abs() - 10),
};

/// How often a lease is prolonged, and for how long it may fail to be.
#[derive(Clone, Copy)]
struct Pace {
    /// After the last time that it was.
    every: Duration,
    /// After it could not be.
    again: Duration,
    /// How long after it was prolonged the work ends.
    ends_after: Duration,
}

/// For how long one server does what is scheduled, in seconds: more than clocks and naps of servers differ, and less than a day.
const CLAIM_SECS: i64 = 600;

/// How often a scheduled sync is begun that does not come to its end: one that takes its server down must not do so for ever.
pub(super) const ATTEMPTS_MAX: u64 = 3;

/// What became of a scheduled sync that may have been left unfinished.
pub(super) enum Left {
    /// It was not, or somebody else goes on with it.
    Nothing,
    /// This server goes on with it, from this moment.
    TakenOver(Micros),
    /// It was begun too often.
    GivenUp,
}

/// Whether it is this server that does what is scheduled for now, and from when on: of those that share a database, the first to
/// ask. That it is not finished is noted until [`finish`].
pub(super) async fn claim(
    db: &Db,
    hostname: &Hostname,
    schedule: DailyTime,
) -> Result<Option<Micros>, Failure> {
    let now = crate::now();
    let until = now.plus_secs(CLAIM_SECS);
    let (name, holder) = (
        format!("sync:{hostname}@{schedule}"),
        Uuid::new_v4().to_string(),
    );
    let (name, holder) = (name.as_str(), holder.as_str());
    let claimed = db.transact("sync.claim", |tx| {
        Box::pin(async move {
            let is_ours = leases::take(tx, name, holder, until, now).await?;
            if is_ours {
                scheduled_syncs::put(tx, hostname.as_str(), now).await?;
            }
            Ok(is_ours.then_some(now))
        })
    });
    claimed.await.map_err(|error: DbError| error.into())
}

/// Whether this server goes on with a scheduled sync that another one, or this one before, began and will not finish: it was taken on
/// so long ago that whoever did had begun it by now, and nobody syncs the upstream. One that was begun too often is forgotten until
/// its next time. Nothing is written where there is nothing to do, which is nearly always.
pub(super) async fn take_over(db: &Db, hostname: &Hostname) -> Result<Left, Failure> {
    let now = crate::now();
    let before = now.plus_secs(-CLAIM_SECS);
    let found = find(db, hostname).await?;
    let Some(found) = found.filter(|found| found.taken_at <= before) else {
        return Ok(Left::Nothing);
    };
    let is_too_often = found.attempts >= ATTEMPTS_MAX;
    let (upstream, lease) = (hostname.as_str(), lease_name(hostname));
    let lease = lease.as_str();
    let changed = db.transact("sync.take_over", |tx| {
        Box::pin(async move {
            if is_too_often {
                scheduled_syncs::give_up(tx, upstream, lease, before, now).await
            } else {
                scheduled_syncs::take_over(tx, upstream, lease, before, now).await
            }
        })
    });
    let changed: Result<bool, DbError> = changed.await;
    Ok(match changed? {
        false => Left::Nothing,
        true if is_too_often => Left::GivenUp,
        true => Left::TakenOver(now),
    })
}

/// A scheduled sync that is still to be done: somebody else may have done it meanwhile.
pub(super) async fn find(db: &Db, hostname: &Hostname) -> Result<Option<Unfinished>, Failure> {
    let mut read = db.read().await?;
    Ok(scheduled_syncs::find(&mut read, hostname.as_str()).await?)
}

/// Notes that a scheduled sync that was taken on at a moment came to its end, while its lease still keeps others away.
pub(super) async fn finish(db: &Db, hostname: &Hostname, taken_at: Micros) {
    let upstream = hostname.as_str();
    let finished = db.transact("sync.finish", |tx| {
        Box::pin(async move { scheduled_syncs::finish(tx, upstream, taken_at).await })
    });
    let finished: Result<(), DbError> = finished.await;
    if let Err(error) = finished {
        tracing::warn!(error = %error, "failed to note that the scheduled sync of {hostname} is done; it is done once more");
    }
}

fn lease_name(hostname: &Hostname) -> String {
    format!("sync:{hostname}")
}

/// The right to sync an upstream.
pub(super) struct Lease {
    db: Db,
    name: String,
    holder: String,
    taken: Instant,
}

impl Lease {
    /// Takes the lease, which nobody else may have.
    pub(super) async fn take(db: &Db, hostname: &Hostname) -> Result<Self, SyncError> {
        let lease = Self {
            db: db.clone(),
            name: lease_name(hostname),
            holder: Uuid::new_v4().to_string(),
            taken: Instant::now(),
        };
        if lease.prolong().await? {
            Ok(lease)
        } else {
            Err(SyncError::Busy(hostname.clone()))
        }
    }

    /// Prolongs it again and again until that can't be done, and says why. A database that fails for a while is no reason: nobody
    /// else may begin before the lease ends.
    pub(super) async fn keep(&self) -> String {
        keep(&self.name, self.taken, PACE, || self.prolong()).await
    }

    /// Prolongs it; `false` where somebody else has it by now.
    async fn prolong(&self) -> Result<bool, Failure> {
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
        let given: Result<(), DbError> = given.await;
        if let Err(error) = given {
            tracing::warn!(error = %error, "failed to give the lease {name} back; it ends by itself");
        }
    }
}

async fn keep<F>(name: &str, taken: Instant, pace: Pace, prolong: impl Fn() -> F) -> String
where
    F: Future<Output = Result<bool, Failure>>,
{
    let mut end = taken + pace.ends_after;
    let mut pause = pace.every;
    loop {
        sleep(pause).await;
        let now = Instant::now();
        match timeout_at(end, prolong()).await {
            Ok(Ok(true)) => {
                end = now + pace.ends_after;
                pause = pace.every;
            }
            Ok(Ok(false)) => return format!("the lease {name} went to another server"),
            Ok(Err(failure)) => {
                let why = with_causes(&failure);
                if Instant::now() + pace.again >= end {
                    return format!("failed to prolong the lease {name} until it ended: {why}");
                }
                tracing::warn!("failed to prolong the lease {name}, which is tried again: {why}");
                pause = pace.again;
            }
            Err(_) => {
                return format!("the lease {name} ended while the database did not answer");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::io;

    use super::*;

    fn full() -> Failure {
        Failure::Scratch(io::Error::from(io::ErrorKind::StorageFull))
    }

    #[tokio::test]
    async fn what_fails_for_a_while_is_tried_again() {
        let (soon, late) = (Duration::from_millis(1), Duration::from_mins(5));
        let pace = Pace {
            every: soon,
            again: soon,
            ends_after: late,
        };
        let answers = [Err(full()), Err(full()), Ok(true), Err(full()), Ok(false)];
        let answers = RefCell::new(answers.into_iter());
        let prolong = || {
            let next = answers.borrow_mut().next().unwrap();
            async { next }
        };
        let why = keep("sync:a", Instant::now(), pace, prolong).await;
        assert_eq!(why, "the lease sync:a went to another server");
        assert!(answers.borrow().as_slice().is_empty());
    }

    #[tokio::test]
    async fn the_work_ends_with_its_lease() {
        let pace = Pace {
            every: Duration::from_millis(1),
            again: Duration::from_millis(1),
            ends_after: Duration::from_millis(50),
        };
        let begun = Instant::now();
        let why = keep("sync:a", begun, pace, || async { Err(full()) }).await;
        assert!(why.contains("the server's disk is full"), "{why}");
        let why = keep("sync:a", Instant::now(), pace, std::future::pending).await;
        assert!(why.contains("did not answer"), "{why}");
        assert!(begun.elapsed() >= Duration::from_millis(50));
    }
}
