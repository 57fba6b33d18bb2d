//! The canonical version type.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::partial::{NUMBER_DIGITS_MAX, Partial, Precision};
use crate::excerpt::excerpt;
use crate::reference::{TAG_BYTES_MAX, Tag};

/// The longest version, in bytes: every version has to fit into a tag.
pub const VERSION_BYTES_MAX: usize = TAG_BYTES_MAX;

/// A text that is no version.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not a version: {rule}")]
pub struct VersionError {
    text: String,
    rule: VersionRule,
}

/// What a text that is no version did wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VersionRule {
    /// There is nothing.
    #[error("it is empty")]
    Empty,
    /// Too long for a tag.
    #[error("it has more than {VERSION_BYTES_MAX} characters")]
    TooLong,
    /// `v1.2.3`.
    #[error("it must not begin with `v`")]
    LeadingV,
    /// `1.2`, or `1.2.3.4`.
    #[error("it must have three numbers, as in 1.2.3")]
    NumberCount,
    /// `1.02.3`, `1.x.3`, or a number that clients can't hold.
    #[error("its numbers must have 1 to {NUMBER_DIGITS_MAX} digits and no leading zeros")]
    Number,
    /// `1.2.3-`, `1.2.3-a..b`, `1.2.3-01`.
    #[error(
        "its pre-release must be identifiers of letters, digits and dashes with dots between, and numbers without leading zeros"
    )]
    Prerelease,
    /// `1.2.3+`, `1.2.3+a_b`.
    #[error(
        "its build metadata must be identifiers of letters, digits and dashes with dots between"
    )]
    Build,
}

impl VersionError {
    pub(super) fn new(text: &str, rule: VersionRule) -> Self {
        Self {
            text: excerpt(text),
            rule,
        }
    }

    /// The rule that was broken.
    pub const fn rule(&self) -> VersionRule {
        self.rule
    }
}

/// A version such as `1.2.3-rc.1+build.5`, in canonical form.
///
/// Versions are ordered by precedence and then, so that the order is total and agrees with equality, by the text of their
/// build metadata.
///
/// Spec: <https://semver.org/spec/v2.0.0.html>
#[derive(Clone, PartialEq, Eq, Hash, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct Version(semver::Version);

impl Version {
    /// Reads what another registry lists: a leading `v` is dropped and missing numbers are zeros, as Terraform does.
    pub fn parse_lenient(text: &str) -> Result<Self, VersionError> {
        let bare = text.strip_prefix('v').unwrap_or(text);
        let partial = Partial::parse(bare).map_err(|rule| VersionError::new(text, rule))?;
        Ok(partial.version)
    }

    /// Reads a version back from a tag. Tags of another shape (`latest`, `v1.0.0`, `sha256-…`) are errors.
    pub fn from_tag(tag: &Tag) -> Result<Self, VersionError> {
        tag.as_str().replace('_', "+").parse()
    }

    /// The tag that names this version: a tag can't hold `+`, so build metadata follows `_`.
    #[expect(
        clippy::missing_panics_doc,
        reason = "never: a version has no more characters than a tag may, all of its alphabet, and begins with a digit"
    )]
    pub fn to_tag(&self) -> Tag {
        let text = self.0.to_string().replace('+', "_");
        text.parse()
            .expect("the parser admits only versions that make a tag")
    }

    /// The first number.
    pub const fn major(&self) -> u64 {
        self.0.major
    }

    /// The second number.
    pub const fn minor(&self) -> u64 {
        self.0.minor
    }

    /// The third number.
    pub const fn patch(&self) -> u64 {
        self.0.patch
    }

    /// What follows the dash; empty for a release.
    pub fn prerelease(&self) -> &str {
        self.0.pre.as_str()
    }

    /// What follows the plus; empty for most.
    pub fn build(&self) -> &str {
        self.0.build.as_str()
    }

    /// Whether this is a pre-release, which clients install only when asked for exactly.
    pub fn is_prerelease(&self) -> bool {
        !self.0.pre.is_empty()
    }

    /// Compares as clients do, who know no order among builds of one version.
    pub fn cmp_precedence(&self, other: &Self) -> Ordering {
        self.0.cmp_precedence(&other.0)
    }

    /// Whether the two differ at most in build metadata.
    pub fn precedence_eq(&self, other: &Self) -> bool {
        self.cmp_precedence(other).is_eq()
    }

    /// The three numbers.
    pub(crate) const fn numbers(&self) -> [u64; 3] {
        [self.0.major, self.0.minor, self.0.patch]
    }

    /// Wraps what [`Partial`] has checked.
    pub(super) const fn from_checked(version: semver::Version) -> Self {
        Self(version)
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        self.cmp_precedence(other)
            .then_with(|| self.build().cmp(other.build()))
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl FromStr for Version {
    type Err = VersionError;

    fn from_str(text: &str) -> Result<Self, VersionError> {
        let partial = Partial::parse(text).map_err(|rule| VersionError::new(text, rule))?;
        match partial.precision {
            Precision::Patch => Ok(partial.version),
            Precision::Major | Precision::Minor => {
                Err(VersionError::new(text, VersionRule::NumberCount))
            }
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl TryFrom<String> for Version {
    type Error = VersionError;

    fn try_from(text: String) -> Result<Self, VersionError> {
        text.parse()
    }
}

impl From<Version> for String {
    fn from(version: Version) -> Self {
        version.0.to_string()
    }
}
