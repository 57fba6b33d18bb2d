//! Points in time as the database keeps them.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

const MICROS_PER_SEC: i64 = 1_000_000;
const NANOS_PER_MICRO: i128 = 1_000;

/// 9999-12-31T23:59:59Z, the last second that RFC 3339 can write.
const WRITABLE_SECS_MAX: i64 = 253_402_300_799;
/// 0000-01-01T00:00:00Z, the first.
const WRITABLE_SECS_MIN: i64 = -62_167_219_200;

/// A point in time, in microseconds since 1970: exact, totally ordered, and a `BIGINT` in both databases.
///
/// There is no clock here. Arithmetic saturates: a lifetime of ten thousand years is as good as for ever.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize, Serialize,
)]
#[serde(transparent)]
pub struct Micros(i64);

/// A text that is no point in time.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("a time is written as in RFC 3339, such as 2026-03-01T12:00:00Z, not {0:?}")]
pub struct TimeError(Box<str>);

impl Micros {
    /// 1970-01-01T00:00:00Z.
    pub const EPOCH: Self = Self(0);

    /// So many microseconds after 1970, or before.
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// Microseconds since 1970.
    pub const fn as_micros(self) -> i64 {
        self.0
    }

    /// So many seconds after 1970, or before.
    pub const fn from_secs(secs: i64) -> Self {
        Self(secs.saturating_mul(MICROS_PER_SEC))
    }

    /// Whole seconds since 1970, rounded down.
    pub const fn as_secs(self) -> i64 {
        self.0.div_euclid(MICROS_PER_SEC)
    }

    /// This long afterwards.
    #[must_use]
    pub fn saturating_add(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(micros_of(duration)))
    }

    /// This long before.
    #[must_use]
    pub fn saturating_sub(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(micros_of(duration)))
    }

    /// How long after `earlier` this is; nothing where it is before.
    pub fn saturating_since(self, earlier: Self) -> Duration {
        let micros = i128::from(self.0) - i128::from(earlier.0);
        Duration::from_micros(u64::try_from(micros).unwrap_or(0))
    }

    /// The moment so many seconds later; the end of time where there is none.
    #[must_use]
    pub const fn plus_secs(self, secs: i64) -> Self {
        Self(self.0.saturating_add(secs.saturating_mul(1_000_000)))
    }

    /// The moment so many seconds earlier; the beginning of time where there is none.
    #[must_use]
    pub const fn minus_secs(self, secs: i64) -> Self {
        Self(self.0.saturating_sub(secs.saturating_mul(1_000_000)))
    }

    /// Whole seconds from an earlier moment to this one; less than nothing where it was later.
    pub const fn secs_since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0).div_euclid(1_000_000)
    }

    /// As in RFC 3339, in UTC. Years that it can't write become its first or last second.
    pub fn to_rfc3339(self) -> String {
        let latest = WRITABLE_SECS_MAX * MICROS_PER_SEC;
        let earliest = WRITABLE_SECS_MIN * MICROS_PER_SEC;
        let micros = self.0.clamp(earliest, latest);
        written(i128::from(micros) * NANOS_PER_MICRO)
    }

    /// Reads RFC 3339; finer parts than microseconds are cut off.
    pub fn from_rfc3339(text: &str) -> Result<Self, TimeError> {
        let parsed = OffsetDateTime::parse(text, &Rfc3339).map_err(|_| TimeError(quote(text)))?;
        let micros = parsed.unix_timestamp_nanos().div_euclid(NANOS_PER_MICRO);
        Ok(Self(saturate(micros)))
    }
}

impl From<SystemTime> for Micros {
    fn from(time: SystemTime) -> Self {
        match time.duration_since(UNIX_EPOCH) {
            Ok(after) => Self(micros_of(after)),
            Err(before) => Self(micros_of(before.duration()).saturating_neg()),
        }
    }
}

impl From<Micros> for SystemTime {
    fn from(micros: Micros) -> Self {
        let distance = Duration::from_micros(micros.0.unsigned_abs());
        if micros.0 >= 0 {
            UNIX_EPOCH + distance
        } else {
            UNIX_EPOCH - distance
        }
    }
}

impl fmt::Display for Micros {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_rfc3339())
    }
}

/// Writes a time within four-digit years.
fn written(nanos: i128) -> String {
    OffsetDateTime::from_unix_timestamp_nanos(nanos)
        .expect("the caller clamped the time to four-digit years")
        .format(&Rfc3339)
        .expect("four-digit years can be written")
}

fn micros_of(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

fn saturate(micros: i128) -> i64 {
    i64::try_from(micros).unwrap_or(if micros < 0 { i64::MIN } else { i64::MAX })
}

/// The beginning of a text, for an error.
fn quote(text: &str) -> Box<str> {
    text.chars().take(64).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn times_are_written_in_utc() {
        assert_eq!(Micros::EPOCH.to_rfc3339(), "1970-01-01T00:00:00Z");
        assert_eq!(
            Micros::from_micros(1_500_000).to_string(),
            "1970-01-01T00:00:01.5Z"
        );
        assert_eq!(Micros::from_secs(-1).to_string(), "1969-12-31T23:59:59Z");
    }

    #[test]
    fn years_that_nobody_can_write_are_clamped() {
        assert_eq!(
            Micros::from_micros(i64::MAX).to_rfc3339(),
            "9999-12-31T23:59:59Z"
        );
        assert_eq!(
            Micros::from_micros(i64::MIN).to_rfc3339(),
            "0000-01-01T00:00:00Z"
        );
    }

    #[test]
    fn other_zones_are_understood() {
        let read = Micros::from_rfc3339("2026-03-01T12:00:00.0000019+02:00").unwrap();
        assert_eq!(read.to_rfc3339(), "2026-03-01T10:00:00.000001Z");
    }

    #[test]
    fn what_is_no_time_is_refused_and_quoted_in_part() {
        for text in [
            "",
            "now",
            "2026-03-01",
            "2026-03-01 12:00",
            "2026-13-01T00:00:00Z",
            "1772366400",
        ] {
            assert_eq!(Micros::from_rfc3339(text), Err(TimeError(text.into())));
        }
        let long = "9".repeat(1 << 20);
        assert!(Micros::from_rfc3339(&long).unwrap_err().to_string().len() < 200);
    }

    #[test]
    fn arithmetic_saturates() {
        let end = Micros::from_micros(i64::MAX);
        assert_eq!(end.saturating_add(Duration::MAX), end);
        assert_eq!(Micros::from_secs(i64::MAX), end);
        let start = Micros::from_micros(-5).saturating_sub(Duration::MAX);
        assert_eq!(start, Micros::from_micros(i64::MIN));
        assert_eq!(Micros::EPOCH.saturating_since(end), Duration::ZERO);
        let whole = end.saturating_since(Micros::from_micros(i64::MIN));
        assert_eq!(whole, Duration::from_micros(u64::MAX));
    }

    #[test]
    fn seconds_round_down_on_both_sides_of_1970() {
        assert_eq!(Micros::from_micros(1_999_999).as_secs(), 1);
        assert_eq!(Micros::from_micros(-1).as_secs(), -1);
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(micros in -62_167_219_200_000_000_i64..=253_402_300_799_000_000) {
            let time = Micros::from_micros(micros);
            prop_assert_eq!(Micros::from_rfc3339(&time.to_rfc3339()), Ok(time));
        }

        #[test]
        fn system_times_keep_microseconds(micros: i64) {
            let time = Micros::from_micros(micros);
            prop_assert_eq!(Micros::from(SystemTime::from(time)), time);
        }

        #[test]
        fn reading_never_panics(text in "\\PC{0,40}") {
            let _ = Micros::from_rfc3339(&text);
        }
    }
}
