//! When what is scheduled is due.

use std::collections::BTreeMap;
use std::time::Duration;

use atoll_core::address::Hostname;
use atoll_core::schedule::DailyTime;
use atoll_core::time_micros::Micros;

/// After how long it is tried again where a sync could not begin, in seconds.
const RETRY_SECS: i64 = 300;

/// The longest pause between two looks: a clock that is put right is noticed that soon.
const PAUSE_MAX: Duration = Duration::from_secs(30);

/// The daily times of upstreams, and what has to be tried again.
pub(super) struct Agenda {
    schedules: BTreeMap<Hostname, DailyTime>,
    looked_at: Micros,
    again: BTreeMap<Hostname, Again>,
}

/// What has to be tried again.
struct Again {
    at: Micros,
    due: Due,
}

/// An upstream whose time has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Due {
    pub(super) hostname: Hostname,
    /// The time that came; none where it was claimed before, and only the sync could not begin.
    pub(super) schedule: Option<DailyTime>,
}

impl Agenda {
    /// What comes after this moment.
    pub(super) fn from(
        now: Micros,
        schedules: impl IntoIterator<Item = (Hostname, DailyTime)>,
    ) -> Self {
        Self {
            schedules: schedules.into_iter().collect(),
            looked_at: now,
            again: BTreeMap::new(),
        }
    }

    /// What came since the last look.
    pub(super) fn due(&mut self, now: Micros) -> Vec<Due> {
        let mut due = Vec::new();
        for (hostname, schedule) in &self.schedules {
            let comes = schedule.next_after(self.looked_at) <= now;
            // A moment further away than the longest wait was set by a clock that was put right since.
            let is_now = |again: &Again| again.at <= now || again.at > now.plus_secs(RETRY_SECS);
            if comes {
                self.again.remove(hostname);
                due.push(Due {
                    hostname: hostname.clone(),
                    schedule: Some(*schedule),
                });
            } else if self.again.get(hostname).is_some_and(is_now)
                && let Some(again) = self.again.remove(hostname)
            {
                due.push(again.due);
            }
        }
        self.looked_at = now;
        due
    }

    /// Has it tried again a little later.
    pub(super) fn put_off(&mut self, due: Due) {
        let at = self.looked_at.plus_secs(RETRY_SECS);
        self.again.insert(due.hostname.clone(), Again { at, due });
    }

    /// How long nothing can come.
    pub(super) fn pause(&self, now: Micros) -> Duration {
        let daily = self.schedules.values();
        let daily = daily.map(|schedule| schedule.next_after(self.looked_at));
        let next = daily.chain(self.again.values().map(|again| again.at)).min();
        let until = next.map_or(i64::MAX, |next| {
            next.as_micros().saturating_sub(now.as_micros())
        });
        Duration::from_micros(until.try_into().unwrap_or_default()).min(PAUSE_MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const THREE: i64 = 3 * 3600;
    const DAY: i64 = 24 * 3600;

    fn at(secs: i64) -> Micros {
        Micros::from_secs(secs)
    }

    fn agenda(now: i64) -> Agenda {
        let hostname = "tf.example".parse().unwrap();
        Agenda::from(at(now), [(hostname, "03:00".parse().unwrap())])
    }

    /// Due, and claimed before.
    fn claimed() -> Due {
        Due {
            hostname: "tf.example".parse().unwrap(),
            schedule: None,
        }
    }

    /// Whether it is due, and whether it is still to be claimed.
    fn look(agenda: &mut Agenda, now: i64) -> Option<bool> {
        let due = agenda.due(at(now));
        assert!(due.len() <= 1, "{due:?}");
        due.first().map(|due| due.schedule.is_some())
    }

    #[test]
    fn a_time_comes_once_a_day() {
        let mut agenda = agenda(THREE - 60);
        assert_eq!(look(&mut agenda, THREE - 30), None);
        assert_eq!(look(&mut agenda, THREE), Some(true));
        assert_eq!(look(&mut agenda, THREE + 30), None);
        // However late one looks.
        assert_eq!(look(&mut agenda, THREE + DAY + 3600), Some(true));
        assert_eq!(look(&mut agenda, THREE + DAY + 3700), None);
    }

    #[test]
    fn what_could_not_begin_is_tried_again_soon() {
        let mut agenda = agenda(THREE - 30);
        assert_eq!(look(&mut agenda, THREE), Some(true));
        agenda.put_off(claimed());
        assert_eq!(look(&mut agenda, THREE + RETRY_SECS - 1), None);
        assert_eq!(look(&mut agenda, THREE + RETRY_SECS), Some(false));
        agenda.put_off(claimed());
        assert_eq!(look(&mut agenda, THREE + 2 * RETRY_SECS), Some(false));
        assert_eq!(look(&mut agenda, THREE + 3 * RETRY_SECS), None);
        // The clock was a year ahead.
        agenda.due(at(THREE + 365 * DAY + 60));
        agenda.put_off(claimed());
        assert_eq!(look(&mut agenda, THREE + 60), Some(false));
        assert_eq!(look(&mut agenda, THREE + DAY), Some(true));
    }

    #[test]
    fn what_could_not_be_claimed_is_still_to_be_claimed() {
        let mut agenda = agenda(THREE - 30);
        let due = agenda.due(at(THREE)).remove(0);
        agenda.put_off(due.clone());
        assert!(due.schedule.is_some());
        assert_eq!(agenda.due(at(THREE + RETRY_SECS)), [due]);
    }

    #[test]
    fn nobody_sleeps_through_a_time() {
        let mut agenda = agenda(THREE - 100);
        assert_eq!(agenda.pause(at(THREE - 100)), PAUSE_MAX);
        assert_eq!(agenda.pause(at(THREE - 7)), Duration::from_secs(7));
        // It came while one looked elsewhere.
        assert_eq!(agenda.pause(at(THREE + 7)), Duration::ZERO);
        assert_eq!(look(&mut agenda, THREE), Some(true));
        agenda.put_off(claimed());
        let now = at(THREE + RETRY_SECS - 5);
        assert_eq!(agenda.pause(now), Duration::from_secs(5));
    }
}
