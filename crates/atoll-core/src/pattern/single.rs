//! Patterns over addresses.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::glob::Glob;
use crate::constraint::{ConstraintError, Constraints};
use crate::excerpt::excerpt;
use crate::version::Version;

/// The longest pattern without its constraint, in bytes.
pub const PATTERN_BYTES_MAX: usize = 512;

/// The most segments of a pattern: a module's address with its host has four.
pub const SEGMENTS_MAX: usize = 8;

/// A text that is no pattern.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// The part before the space.
    #[error("{text:?} is not a pattern: {rule}")]
    Segments {
        /// The beginning of what was given.
        text: String,
        /// The rule that was broken.
        rule: PatternRule,
    },
    /// The part after the space.
    #[error("the pattern {pattern:?} has a bad constraint")]
    Constraint {
        /// The part before the space.
        pattern: String,
        /// What is wrong with the rest.
        #[source]
        source: ConstraintError,
    },
}

/// What a text that is no pattern did wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PatternRule {
    /// More than [`PATTERN_BYTES_MAX`].
    #[error("it has more than {PATTERN_BYTES_MAX} bytes")]
    TooLong,
    /// More than [`SEGMENTS_MAX`].
    #[error("it has more than {SEGMENTS_MAX} segments")]
    SegmentCount,
    /// `/aws`, `hashicorp//aws`, or nothing at all
    #[error("a segment is empty")]
    EmptySegment,
    /// `hashicorp/**`
    #[error("`**` has no meaning: `*` stands for anything within one segment")]
    DoubleWildcard,
    /// `hashicorp/aws:5`
    #[error("segments are letters, digits, `.`, `_`, `-` and the wildcard `*`")]
    Character,
}

/// How a pattern applies to an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Match {
    /// It doesn't.
    No,
    /// It does for some versions, and which version is meant isn't known.
    Maybe,
    /// It does.
    Yes,
}

/// A pattern such as `hashicorp/*`, `*/*/coder` or `integrations/github ~> 6.0`.
///
/// It applies to addresses with as many segments as it has itself; `*` stands for any run of characters within a segment, and the
/// case of letters makes no difference.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct Pattern {
    segments: Box<[Glob]>,
    constraints: Constraints,
}

impl Pattern {
    /// How many segments an address must have.
    pub fn segment_count(&self) -> usize {
        self.segments.len()
    }

    /// The segments of the one address that a pattern without wildcards applies to, in the spelling of who wrote it.
    pub fn literal(&self) -> Option<Vec<&str>> {
        self.segments.iter().map(Glob::as_literal).collect()
    }

    /// The first segment, where it has no wildcard, in the spelling of who wrote it.
    pub fn namespace(&self) -> Option<&str> {
        self.segments.first().and_then(Glob::as_literal)
    }

    /// The versions that the pattern applies to.
    pub const fn constraints(&self) -> &Constraints {
        &self.constraints
    }

    /// Whether it is for everything in some namespaces: `coder/*`, `acme-*/* >= 1`.
    pub fn is_for_namespaces(&self) -> bool {
        matches!(&*self.segments, [_, name] if name.is_anything())
    }

    /// The part of an artifact's address that a pattern of a policy or selection is compared with: all of it, with one exception.
    ///
    /// Providers have two segments and modules three, and a pattern is for one or the other: `hashicorp/aws` for a provider,
    /// `terraform-aws-modules/vpc/aws` for a module. Who writes `coder/*` means the namespace, so that is for its modules too,
    /// whatever their system is. `coder/code*` is for providers only: by their names, modules are told apart with `coder/code*/*`.
    pub(super) fn compared<'s, 'a>(&self, segments: &'s [&'a str]) -> &'s [&'a str] {
        match segments {
            [_, _, _] if self.is_for_namespaces() => segments.get(..2).unwrap_or(segments),
            _ => segments,
        }
    }

    /// How the pattern applies to an address, for a list of what is wanted: by [`Constraints::matches`].
    pub fn matches(&self, segments: &[&str], version: Option<&Version>) -> Match {
        self.decide(segments, version, Constraints::matches)
    }

    /// How the pattern applies to an address, for a list of what is not wanted: by [`Constraints::covers`].
    pub fn covers(&self, segments: &[&str], version: Option<&Version>) -> Match {
        self.decide(segments, version, Constraints::covers)
    }

    fn decide(
        &self,
        segments: &[&str],
        version: Option<&Version>,
        within: fn(&Constraints, &Version) -> bool,
    ) -> Match {
        let same_length = segments.len() == self.segments.len();
        if !same_length
            || !self
                .segments
                .iter()
                .zip(segments)
                .all(|(glob, segment)| glob.matches(segment))
        {
            return Match::No;
        }
        match version {
            _ if self.constraints.is_any() => Match::Yes,
            None => Match::Maybe,
            Some(version) if within(&self.constraints, version) => Match::Yes,
            Some(_) => Match::No,
        }
    }

    /// Reads the segments, and leaves what follows the first space to the caller.
    pub(super) fn parse_segments(text: &str) -> Result<(Self, &str), PatternError> {
        let text = text.trim_ascii();
        let (pattern, rest) = text
            .split_once(|c: char| c.is_ascii_whitespace())
            .unwrap_or((text, ""));
        let refused = |rule| PatternError::Segments {
            text: excerpt(pattern),
            rule,
        };
        if pattern.len() > PATTERN_BYTES_MAX {
            return Err(refused(PatternRule::TooLong));
        }
        let segments: Box<[Glob]> = pattern
            .split('/')
            .map(Glob::parse)
            .collect::<Result<_, _>>()
            .map_err(refused)?;
        if segments.len() > SEGMENTS_MAX {
            return Err(refused(PatternRule::SegmentCount));
        }
        Ok((
            Self {
                segments,
                constraints: Constraints::any(),
            },
            rest.trim_ascii(),
        ))
    }

    /// Completes what [`Pattern::parse_segments`] read.
    pub(super) fn parse_constraints(&self, text: &str) -> Result<Constraints, PatternError> {
        text.parse().map_err(|source| PatternError::Constraint {
            pattern: excerpt(&self.to_string()),
            source,
        })
    }
}

impl FromStr for Pattern {
    type Err = PatternError;

    fn from_str(text: &str) -> Result<Self, PatternError> {
        let (pattern, rest) = Self::parse_segments(text)?;
        Ok(Self {
            constraints: pattern.parse_constraints(rest)?,
            ..pattern
        })
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, segment) in self.segments.iter().enumerate() {
            let separator = if index == 0 { "" } else { "/" };
            write!(f, "{separator}{segment}")?;
        }
        if self.constraints.is_any() {
            Ok(())
        } else {
            write!(f, " {}", self.constraints)
        }
    }
}

impl TryFrom<String> for Pattern {
    type Error = PatternError;

    fn try_from(text: String) -> Result<Self, PatternError> {
        text.parse()
    }
}

impl From<Pattern> for String {
    fn from(pattern: Pattern) -> Self {
        pattern.to_string()
    }
}
