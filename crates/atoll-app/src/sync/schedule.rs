//! Syncs at their times.

use atoll_core::address::Hostname;
use tokio_util::sync::CancellationToken;

use super::agenda::{Agenda, Due};
use super::error::SyncError;
use super::job::{SyncRequest, Syncs};
use super::lease::claim;

impl Syncs {
    /// Starts what the configuration schedules, until the server stops. Of servers that share a database one does it.
    pub async fn keep_schedules(&self, stop: CancellationToken) {
        let schedules = self.selecting().filter_map(|policy| {
            let schedule = policy.sync.as_ref()?.schedule?;
            Some((policy.hostname.clone(), schedule))
        });
        let mut agenda = Agenda::from(crate::now(), schedules);
        loop {
            let pause = tokio::time::sleep(agenda.pause(crate::now()));
            if stop.run_until_cancelled(pause).await.is_none() {
                return;
            }
            for mut due in agenda.due(crate::now()) {
                if let Err(error) = self.start_due(&mut due).await {
                    tell(&due.hostname, &error);
                    agenda.put_off(due);
                }
            }
        }
    }

    /// Claims a time that was not claimed yet, and begins its sync.
    async fn start_due(&self, due: &mut Due) -> Result<(), SyncError> {
        let hostname = &due.hostname;
        if let Some(schedule) = due.schedule {
            if !claim(self.db(), hostname, schedule).await? {
                tracing::info!(upstream.label = %hostname, "another server does the scheduled sync of {hostname}");
                return Ok(());
            }
            due.schedule = None;
        }
        let request = SyncRequest {
            upstream: Some(hostname.clone()),
            ..SyncRequest::default()
        };
        self.start(request).await?;
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
