//! Syncs at their times.

use std::time::Duration;

use atoll_core::address::Hostname;
use tokio_util::sync::CancellationToken;

use super::agenda::{Agenda, Due};
use super::error::SyncError;
use super::job::Syncs;
use super::lease::{ATTEMPTS_MAX, Left, claim, find, take_over};

/// How long after its start a server looks for the first time what was left unfinished: starting itself asks no upstream.
const FIRST_LOOK_AFTER: Duration = Duration::from_secs(5);

impl Syncs {
    /// Starts what the configuration schedules, until the server stops. Of servers that share a database one does it; where that one
    /// is gone before it is done, another one, or the same one once it is back, does it again.
    pub async fn keep_schedules(&self, stop: CancellationToken) {
        let schedules = self.selecting().filter_map(|policy| {
            let schedule = policy.sync.as_ref()?.schedule?;
            Some((policy.hostname.clone(), schedule))
        });
        let schedules: Vec<_> = schedules.collect();
        let mut agenda = Agenda::from(crate::now(), schedules.iter().cloned());
        let mut pause = agenda.pause(crate::now()).min(FIRST_LOOK_AFTER);
        loop {
            let sleep = tokio::time::sleep(pause);
            if stop.run_until_cancelled(sleep).await.is_none() {
                return;
            }
            for (hostname, _) in &schedules {
                let resumed = self.resume(hostname).await;
                if let Err(error @ SyncError::Busy(_)) = &resumed {
                    tell(hostname, error);
                } else if let Err(error) = resumed {
                    tracing::error!(upstream.label = %hostname, error = &error as &dyn std::error::Error, "failed to go on with what may be left of the scheduled sync of {hostname}: it is looked at again");
                }
            }
            for mut due in agenda.due(crate::now()) {
                if let Err(error) = self.start_due(&mut due).await {
                    tell(&due.hostname, &error);
                    agenda.put_off(due);
                }
            }
            pause = agenda.pause(crate::now());
        }
    }

    /// Begins again what was begun and left, some times.
    async fn resume(&self, hostname: &Hostname) -> Result<(), SyncError> {
        match take_over(self.db(), hostname).await? {
            Left::Nothing => Ok(()),
            Left::TakenOver(taken_at) => {
                tracing::warn!(upstream.label = %hostname, "the scheduled sync of {hostname} was not finished: it begins again");
                self.start_scheduled(hostname, taken_at).await.map(drop)
            }
            Left::GivenUp => {
                tracing::error!(upstream.label = %hostname, "the scheduled sync of {hostname} was begun {ATTEMPTS_MAX} times and never finished: it is given up until its next time");
                Ok(())
            }
        }
    }

    /// Claims a time that was not claimed yet, and begins its sync.
    async fn start_due(&self, due: &mut Due) -> Result<(), SyncError> {
        let hostname = &due.hostname;
        let taken_at = if let Some(schedule) = due.schedule {
            let Some(taken_at) = claim(self.db(), hostname, schedule).await? else {
                tracing::info!(upstream.label = %hostname, "another server does the scheduled sync of {hostname}");
                return Ok(());
            };
            due.schedule = None;
            taken_at
        } else {
            let Some(unfinished) = find(self.db(), hostname).await? else {
                tracing::info!(upstream.label = %hostname, "the scheduled sync of {hostname} was done meanwhile");
                return Ok(());
            };
            unfinished.taken_at
        };
        self.start_scheduled(hostname, taken_at).await?;
        tracing::info!(upstream.label = %hostname, "began the scheduled sync of {hostname}");
        Ok(())
    }
}

fn tell(hostname: &Hostname, error: &SyncError) {
    if let SyncError::Busy(_) = error {
        tracing::info!(upstream.label = %hostname, "{hostname} is being synced already: its scheduled sync waits");
    } else {
        tracing::error!(upstream.label = %hostname, error = error as &dyn std::error::Error, "failed to begin the scheduled sync of {hostname}: it is tried again");
    }
}
