//! Version texts that may leave numbers out, as constraints and foreign lists do.

use semver::{BuildMetadata, Prerelease};

use super::canonical::{VERSION_BYTES_MAX, Version, VersionRule};

/// The most digits of a number in a version: clients hold them in signed 64 bits.
pub(super) const NUMBER_DIGITS_MAX: usize = 18;

/// How many numbers a text spelled out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Precision {
    /// `1`
    Major,
    /// `1.2`
    Minor,
    /// `1.2.3`
    Patch,
}

/// A version text whose missing numbers were filled with zeros.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Partial {
    /// The filled version.
    pub(crate) version: Version,
    /// How much of it was written.
    pub(crate) precision: Precision,
}

impl Partial {
    /// Reads one, two or three numbers with an optional pre-release and build metadata.
    pub(crate) fn parse(text: &str) -> Result<Self, VersionRule> {
        if text.is_empty() {
            return Err(VersionRule::Empty);
        }
        if text.len() > VERSION_BYTES_MAX {
            return Err(VersionRule::TooLong);
        }
        if text.starts_with(['v', 'V']) {
            return Err(VersionRule::LeadingV);
        }
        let (rest, build) = split_at_marker(text, '+');
        let (core, pre) = split_at_marker(rest, '-');
        let (numbers, precision) = parse_numbers(core)?;
        let [major, minor, patch] = numbers;
        let version = semver::Version {
            major,
            minor,
            patch,
            pre: parse_extra(pre, Prerelease::new, VersionRule::Prerelease)?,
            build: parse_extra(build, BuildMetadata::new, VersionRule::Build)?,
        };
        // Two characters a missing number may have been added.
        if precision != Precision::Patch && version.to_string().len() > VERSION_BYTES_MAX {
            return Err(VersionRule::TooLong);
        }
        Ok(Self {
            version: Version::from_checked(version),
            precision,
        })
    }
}

fn split_at_marker(text: &str, marker: char) -> (&str, Option<&str>) {
    match text.split_once(marker) {
        Some((before, after)) => (before, Some(after)),
        None => (text, None),
    }
}

fn parse_extra<T: Default>(
    text: Option<&str>,
    parse: impl Fn(&str) -> Result<T, semver::Error>,
    rule: VersionRule,
) -> Result<T, VersionRule> {
    match text {
        None => Ok(T::default()),
        // The parser takes it for absent, but then the text would not be what is displayed.
        Some("") => Err(rule),
        Some(text) => parse(text).map_err(|_| rule),
    }
}

fn parse_numbers(core: &str) -> Result<([u64; 3], Precision), VersionRule> {
    let mut parts = core.split('.');
    let mut next = || parts.next().map(parse_number).transpose();
    let numbers = (next()?, next()?, next()?);
    if next().is_ok_and(|fourth| fourth.is_none()) {
        match numbers {
            (Some(major), Some(minor), Some(patch)) => {
                return Ok(([major, minor, patch], Precision::Patch));
            }
            (Some(major), Some(minor), None) => return Ok(([major, minor, 0], Precision::Minor)),
            (Some(major), None, _) => return Ok(([major, 0, 0], Precision::Major)),
            (None, ..) => {}
        }
    }
    Err(VersionRule::NumberCount)
}

fn parse_number(text: &str) -> Result<u64, VersionRule> {
    let digits =
        (1..=NUMBER_DIGITS_MAX).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    let leading_zero = text.len() > 1 && text.starts_with('0');
    if !digits || leading_zero {
        return Err(VersionRule::Number);
    }
    text.parse().map_err(|_| VersionRule::Number)
}
