//! When something happens again and again.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::excerpt::excerpt;
use crate::time_micros::Micros;

const MINUTES_PER_HOUR: u16 = 60;
const HOURS_PER_DAY: u16 = 24;
const SECS_PER_MINUTE: i64 = 60;
const SECS_PER_DAY: i64 = 24 * 60 * 60;

/// A minute of every day in UTC, such as `03:00`.
///
/// UTC has no hour that is missing or there twice, so it comes exactly once a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct DailyTime {
    minute_of_day: u16,
}

/// A text that is no time of day.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a time of day is HH:MM in UTC, from 00:00 to 23:59, not {0:?}")]
pub struct DailyTimeError(String);

impl DailyTime {
    /// The first time after a moment; never the moment itself, so that what ran at it is not begun anew. The end of time where
    /// there is none.
    pub fn next_after(self, moment: Micros) -> Micros {
        let secs = moment.as_secs();
        let midnight = secs.saturating_sub(secs.rem_euclid(SECS_PER_DAY));
        let today = midnight.saturating_add(i64::from(self.minute_of_day) * SECS_PER_MINUTE);
        let next = if Micros::from_secs(today) > moment {
            today
        } else {
            today.saturating_add(SECS_PER_DAY)
        };
        Micros::from_secs(next)
    }
}

impl FromStr for DailyTime {
    type Err = DailyTimeError;

    fn from_str(text: &str) -> Result<Self, DailyTimeError> {
        let refused = || DailyTimeError(excerpt(text));
        let (hour, minute) = text.split_once(':').ok_or_else(refused)?;
        let hour = parse_below(hour, HOURS_PER_DAY).ok_or_else(refused)?;
        let minute = parse_below(minute, MINUTES_PER_HOUR).ok_or_else(refused)?;
        Ok(Self {
            minute_of_day: hour * MINUTES_PER_HOUR + minute,
        })
    }
}

/// Two digits. The standard parser takes a sign.
fn parse_below(text: &str, limit: u16) -> Option<u16> {
    if text.len() != 2 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    text.parse().ok().filter(|number| *number < limit)
}

impl fmt::Display for DailyTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (hour, minute) = (
            self.minute_of_day / MINUTES_PER_HOUR,
            self.minute_of_day % MINUTES_PER_HOUR,
        );
        write!(f, "{hour:02}:{minute:02}")
    }
}

impl TryFrom<String> for DailyTime {
    type Error = DailyTimeError;

    fn try_from(text: String) -> Result<Self, DailyTimeError> {
        text.parse()
    }
}

impl From<DailyTime> for String {
    fn from(time: DailyTime) -> Self {
        time.to_string()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn next(time: &str, moment: &str) -> String {
        let time: DailyTime = time.parse().unwrap();
        time.next_after(Micros::from_rfc3339(moment).unwrap())
            .to_rfc3339()
    }

    #[test]
    fn a_time_comes_once_a_day() {
        for (time, moment, expected) in [
            (
                "03:00",
                "2026-03-01T02:59:59.999999Z",
                "2026-03-01T03:00:00Z",
            ),
            ("03:00", "2026-03-01T03:00:00Z", "2026-03-02T03:00:00Z"),
            (
                "03:00",
                "2026-03-01T03:00:00.000001Z",
                "2026-03-02T03:00:00Z",
            ),
            ("00:00", "2026-12-31T23:59:00Z", "2027-01-01T00:00:00Z"),
            ("23:59", "2028-02-28T23:59:30Z", "2028-02-29T23:59:00Z"),
            ("12:30", "1969-12-31T13:00:00Z", "1970-01-01T12:30:00Z"),
        ] {
            assert_eq!(next(time, moment), expected, "{time} after {moment}");
        }
    }

    #[test]
    fn what_is_no_time_of_day_is_refused() {
        for text in [
            "",
            ":",
            "3:00",
            "03:0",
            "24:00",
            "12:60",
            "03-00",
            "+3:00",
            "03:00:00",
            " 03:00",
            "03:00Z",
            "noon",
            "٠٣:٠٠",
        ] {
            let refused = Err(DailyTimeError(text.to_owned()));
            assert_eq!(text.parse::<DailyTime>(), refused, "{text:?}");
        }
        let long = "0".repeat(1 << 20).parse::<DailyTime>().unwrap_err();
        assert!(long.to_string().len() < 300);
        assert!(serde_json::from_str::<DailyTime>("\"25:00\"").is_err());
    }

    proptest! {
        #[test]
        fn display_parses_back(hour in 0_u16..24, minute in 0_u16..60) {
            let text = format!("{hour:02}:{minute:02}");
            prop_assert_eq!(text.parse::<DailyTime>().unwrap().to_string(), text);
        }

        #[test]
        fn the_next_time_is_within_a_day(hour in 0_u16..24, minute in 0_u16..60, micros: i64) {
            let time: DailyTime = format!("{hour:02}:{minute:02}").parse().unwrap();
            let moment = Micros::from_micros(micros);
            let next = time.next_after(moment);
            prop_assert!(next > moment || next == Micros::from_micros(i64::MAX));
            prop_assert!(next.saturating_since(moment).as_secs() <= 24 * 60 * 60);
        }
    }
}
