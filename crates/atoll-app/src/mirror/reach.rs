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
    /// Whether the last request that could tell found it away.
    is_away: AtomicBool,
    /// Whether the log knows already that answers come from what is held.
    is_reported: AtomicBool,
}

/// A change of whether an upstream can be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// It can't be, from now on.
    WentAway,
    /// It can be again.
    CameBack,
}

impl Reach {
    pub(super) fn new(period_secs: i64) -> Self {
        Self {
            period_secs,
            assumed_offline_until: AtomicI64::new(i64::MIN),
            is_away: AtomicBool::new(false),
            is_reported: AtomicBool::new(false),
        }
    }

    /// Until when the upstream is assumed to be offline, if it is.
    pub(super) fn assumed_offline_until(&self, now: Micros) -> Option<Micros> {
        let until = Micros::from_micros(self.assumed_offline_until.load(Ordering::Relaxed));
        (now < until).then_some(until)
    }

    /// Takes note of how a request to the registry itself went, and says whether that is a change.
    pub(super) fn note<T>(&self, now: Micros, result: &Result<T, FetchError>) -> Option<Change> {
        match result {
            Ok(_) => {
                self.assumed_offline_until
                    .store(i64::MIN, Ordering::Relaxed);
                self.is_reported.store(false, Ordering::Relaxed);
                let was_away = self.is_away.swap(false, Ordering::Relaxed);
                was_away.then_some(Change::CameBack)
            }
            Err(error) if error.is_connection_failure() => {
                let until = now.plus_secs(self.period_secs).as_micros();
                self.assumed_offline_until.store(until, Ordering::Relaxed);
                let was_away = self.is_away.swap(true, Ordering::Relaxed);
                (!was_away).then_some(Change::WentAway)
            }
            Err(_) => None,
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
    fn a_change_is_told_once() {
        let reach = Reach::new(300);
        let at = |secs| Micros::from_secs(secs);
        assert_eq!(reach.note(at(0), &Ok(())), None);
        assert_eq!(reach.note(at(1), &timeout()), Some(Change::WentAway));
        // It was asked again when the period was over.
        assert_eq!(reach.note(at(400), &timeout()), None);
        assert_eq!(reach.note(at(800), &Ok(())), Some(Change::CameBack));
        assert_eq!(reach.note(at(801), &Ok(())), None);
        assert_eq!(reach.note(at(802), &timeout()), Some(Change::WentAway));
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
