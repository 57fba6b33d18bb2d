//! Whether an upstream is worth asking.

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use atoll_core::time_micros::Micros;
use atoll_upstream::FetchError;

/// Remembers that an upstream could not be reached, so that not every client waits for it again.
#[derive(Debug)]
pub(super) struct Reach {
    /// `assumed_offline_period_seconds`.
    period_secs: i64,
    /// Microseconds since 1970.
    assumed_offline_until: AtomicI64,
    /// Whether the log knows already that answers come from what is held.
    is_reported: AtomicBool,
}

impl Reach {
    pub(super) fn new(period_secs: i64) -> Self {
        Self {
            period_secs,
            assumed_offline_until: AtomicI64::new(i64::MIN),
            is_reported: AtomicBool::new(false),
        }
    }

    /// Until when the upstream is assumed to be offline, if it is.
    pub(super) fn assumed_offline_until(&self, now: Micros) -> Option<Micros> {
        let until = Micros::from_micros(self.assumed_offline_until.load(Ordering::Relaxed));
        (now < until).then_some(until)
    }

    /// Takes note of how a request to the registry itself went.
    pub(super) fn note<T>(&self, now: Micros, result: &Result<T, FetchError>) {
        match result {
            Ok(_) => {
                self.assumed_offline_until
                    .store(i64::MIN, Ordering::Relaxed);
                self.is_reported.store(false, Ordering::Relaxed);
            }
            Err(error) if error.is_connection_failure() => {
                let until = now.plus_secs(self.period_secs).as_micros();
                self.assumed_offline_until.store(until, Ordering::Relaxed);
            }
            Err(_) => {}
        }
    }

    /// Whether this failure is the first one since upstream last answered: the one to log.
    pub(super) fn is_news(&self) -> bool {
        !self.is_reported.swap(true, Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn timeout() -> Result<(), FetchError> {
        let url: url::Url = "https://tf.example/".parse().unwrap();
        Err(FetchError::Timeout {
            url: (&url).into(),
            after: Duration::from_secs(1),
        })
    }

    #[test]
    fn a_connection_failure_counts_for_its_period() {
        let reach = Reach::new(300);
        let now = Micros::from_secs(1000);
        assert_eq!(reach.assumed_offline_until(now), None);
        reach.note(now, &timeout());
        assert_eq!(
            reach.assumed_offline_until(now.plus_secs(299)),
            Some(Micros::from_secs(1300))
        );
        assert_eq!(reach.assumed_offline_until(now.plus_secs(300)), None);
        reach.note(now, &Ok(()));
        assert_eq!(reach.assumed_offline_until(now), None);
    }

    #[test]
    fn an_outage_is_reported_once() {
        let reach = Reach::new(300);
        assert!(reach.is_news());
        assert!(!reach.is_news());
        reach.note(Micros::from_secs(1), &Ok(()));
        assert!(reach.is_news());
    }
}
