//! What a schedule fetches ahead.

use std::fmt;
use std::num::NonZeroU16;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::single::{Match, Pattern, PatternError};
use crate::constraint::Constraints;
use crate::excerpt::excerpt;
use crate::version::Version;

/// The most versions that `latest:N` can ask for.
pub const LATEST_MAX: u16 = 1_000;

/// What `latest:N` begins with. No version begins so, so it is no constraint.
const LATEST: &str = "latest";

/// A text that is no selection.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SelectionError {
    /// The pattern, or the constraint after it.
    #[error(transparent)]
    Pattern(#[from] PatternError),
    /// `latest`, `latest:0`, `latest:many`
    #[error(
        "{0:?} does not say how many versions: it must be latest:N with N from 1 to {LATEST_MAX}"
    )]
    Latest(String),
}

/// Which versions of the selected addresses.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Choice {
    /// Those that match.
    Matching(Constraints),
    /// The highest so many releases.
    Latest(NonZeroU16),
}

/// A selection such as `hashicorp/aws ~> 5.90` or `hashicorp/random latest:3`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct Selection {
    pattern: Pattern,
    choice: Choice,
}

impl Selection {
    /// The addresses, without a constraint.
    pub const fn pattern(&self) -> &Pattern {
        &self.pattern
    }

    /// Which of their versions.
    pub const fn choice(&self) -> &Choice {
        &self.choice
    }

    /// Whether it has an artifact: `[namespace, type]` of a provider, or `[namespace, name, system]` of a module. Whole namespaces,
    /// such as `coder/*`, are of both.
    pub fn selects(&self, segments: &[&str]) -> bool {
        self.pattern.matches(self.pattern.compared(segments), None) == Match::Yes
    }

    /// The selected ones of an address's versions, highest first.
    pub fn choose<'a>(&self, versions: impl IntoIterator<Item = &'a Version>) -> Vec<&'a Version> {
        let wanted = |version: &&Version| match &self.choice {
            Choice::Matching(constraints) => constraints.matches(version),
            Choice::Latest(_) => !version.is_prerelease(),
        };
        let mut chosen: Vec<&Version> = versions.into_iter().filter(wanted).collect();
        chosen.sort_unstable_by(|a, b| b.cmp(a));
        chosen.dedup();
        if let Choice::Latest(count) = self.choice {
            chosen.truncate(count.get().into());
        }
        chosen
    }
}

impl FromStr for Selection {
    type Err = SelectionError;

    fn from_str(text: &str) -> Result<Self, SelectionError> {
        let (pattern, rest) = Pattern::parse_segments(text)?;
        let choice = match rest.strip_prefix(LATEST) {
            Some(count) => Choice::Latest(
                parse_count(count).ok_or_else(|| SelectionError::Latest(excerpt(rest)))?,
            ),
            None => Choice::Matching(pattern.parse_constraints(rest)?),
        };
        Ok(Self { pattern, choice })
    }
}

fn parse_count(text: &str) -> Option<NonZeroU16> {
    let digits = text.strip_prefix(':')?;
    // The standard parser takes a sign.
    if !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    digits
        .parse()
        .ok()
        .filter(|count: &NonZeroU16| count.get() <= LATEST_MAX)
}

impl fmt::Display for Selection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.pattern)?;
        match &self.choice {
            Choice::Matching(constraints) if constraints.is_any() => Ok(()),
            Choice::Matching(constraints) => write!(f, " {constraints}"),
            Choice::Latest(count) => write!(f, " {LATEST}:{count}"),
        }
    }
}

impl TryFrom<String> for Selection {
    type Error = SelectionError;

    fn try_from(text: String) -> Result<Self, SelectionError> {
        text.parse()
    }
}

impl From<Selection> for String {
    fn from(selection: Selection) -> Self {
        selection.to_string()
    }
}
