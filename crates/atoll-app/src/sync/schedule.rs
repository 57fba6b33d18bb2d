//! Syncs at their times.

use std::time::Duration;

use atoll_core::address::Hostname;
use atoll_core::schedule::DailyTime;
use atoll_core::time_micros::Micros;
use tokio_util::sync::CancellationToken;

use super::error::SyncError;
use super::job::{SyncRequest, Syncs};

/// How long is slept at once: a clock that is put right is noticed that soon.
const NAP: Duration = Duration::from_secs(30);

impl Syncs {
    /// Starts what the configuration schedules, until the server stops. Of servers that share a database one does it.
    pub async fn keep_schedules(&self, stop: CancellationToken) {
        let mut last = crate::now();
        while stop
            .run_until_cancelled(tokio::time::sleep(NAP))
            .await
            .is_some()
        {
            let now = crate::now();
            for hostname in self.due(last, now) {
                self.start_scheduled(hostname).await;
            }
            last = now;
        }
    }

    /// The upstreams whose time came between two moments.
    fn due(&self, after: Micros, now: Micros) -> Vec<Hostname> {
        let scheduled = self.selecting().filter_map(|policy| {
            let schedule = policy.sync.as_ref()?.schedule?;
            is_due(schedule, after, now).then(|| policy.hostname.clone())
        });
        scheduled.collect()
    }

    async fn start_scheduled(&self, hostname: Hostname) {
        let request = SyncRequest {
            upstream: Some(hostname.clone()),
            ..SyncRequest::default()
        };
        match self.start(request).await {
            Ok(_) => {
                tracing::info!(upstream.label = %hostname, "began the scheduled sync of {hostname}");
            }
            Err(SyncError::Busy(_)) => {
                tracing::info!(upstream.label = %hostname, "{hostname} is being synced already");
            }
            Err(error) => {
                tracing::error!(upstream.label = %hostname, error = &error as &dyn std::error::Error, "failed to begin the scheduled sync of {hostname}");
            }
        }
    }
}

fn is_due(schedule: DailyTime, after: Micros, now: Micros) -> bool {
    schedule.next_after(after) <= now
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_comes_once() {
        let three: DailyTime = "03:00".parse().unwrap();
        let at = |secs: i64| Micros::from_secs(secs);
        let time = 3 * 3600;
        assert!(!is_due(three, at(time - 60), at(time - 30)));
        assert!(is_due(three, at(time - 30), at(time)));
        assert!(!is_due(three, at(time), at(time + 30)));
        assert!(is_due(three, at(time - 30), at(time + 3600)));
    }
}
