//! Comma-separated constraints.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::comparison::Comparison;
use crate::excerpt::excerpt;
use crate::version::{Version, VersionRule};

/// The longest text of constraints, in bytes.
pub const CONSTRAINT_BYTES_MAX: usize = 1024;

/// A text that is no list of constraints.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not a version constraint: {rule}")]
pub struct ConstraintError {
    text: String,
    rule: ConstraintRule,
}

/// What a text that is no constraint did wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConstraintRule {
    /// More than [`CONSTRAINT_BYTES_MAX`].
    #[error("it has more than {CONSTRAINT_BYTES_MAX} bytes")]
    TooLong,
    /// `>= 1,`
    #[error("there is nothing before or after a comma")]
    EmptyItem,
    /// `=> 1`, `^1`, `>= 1 || < 0`
    #[error(
        "its operator must be one of =, !=, >, >=, <, <=, ~>, or be left out for an exact version"
    )]
    Operator,
    /// What follows the operator is no version.
    #[error("its version is none: {0}")]
    Version(VersionRule),
}

impl ConstraintError {
    /// The rule that was broken.
    pub const fn rule(&self) -> ConstraintRule {
        self.rule
    }
}

/// Version constraints such as `>= 1.2, != 1.4.1, < 2`; all must hold, and the empty list is met by every version.
///
/// The rules are Terraform's. Missing numbers are zeros (`>= 1` is `>= 1.0.0`); `~> 1.2.3` is `>= 1.2.3, < 1.3.0`, while both
/// `~> 1.2` and `~> 1` end before `2.0.0`, as they do for Terraform's providers (its modules never end the latter).
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct Constraints(Arc<[Comparison]>);

impl Constraints {
    /// The constraints that every version meets.
    pub fn any() -> Self {
        Self::default()
    }

    /// Whether these are met by every version because there are none.
    pub fn is_any(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a version meets all constraints, as Terraform decides: a pre-release meets an inequality only where the
    /// constraint names a pre-release of the same three numbers.
    pub fn matches(&self, version: &Version) -> bool {
        self.0
            .iter()
            .all(|comparison| comparison.admits(version) && comparison.covers(version))
    }

    /// Whether a version is within all constraints, a pre-release by its place in the order: `2.9.0-beta` and `3.0.0-rc.1` are
    /// covered by `< 3`, which they do not match.
    ///
    /// This is the question to ask where a constraint shuts something out: a pre-release is no way around it.
    pub fn covers(&self, version: &Version) -> bool {
        self.0.iter().all(|comparison| comparison.covers(version))
    }
}

impl FromStr for Constraints {
    type Err = ConstraintError;

    fn from_str(text: &str) -> Result<Self, ConstraintError> {
        let refused = |rule| ConstraintError {
            text: excerpt(text),
            rule,
        };
        if text.len() > CONSTRAINT_BYTES_MAX {
            return Err(refused(ConstraintRule::TooLong));
        }
        if text.trim_ascii().is_empty() {
            return Ok(Self::any());
        }
        let comparisons: Result<_, _> = text.split(',').map(Comparison::parse).collect();
        comparisons.map(Self).map_err(refused)
    }
}

impl fmt::Display for Constraints {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, comparison) in self.0.iter().enumerate() {
            let separator = if index == 0 { "" } else { ", " };
            write!(f, "{separator}{comparison}")?;
        }
        Ok(())
    }
}

impl TryFrom<String> for Constraints {
    type Error = ConstraintError;

    fn try_from(text: String) -> Result<Self, ConstraintError> {
        text.parse()
    }
}

impl From<Constraints> for String {
    fn from(constraints: Constraints) -> Self {
        constraints.to_string()
    }
}
