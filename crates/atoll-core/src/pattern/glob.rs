//! One segment of a pattern.

use std::fmt;

use super::single::PatternRule;

/// The wildcard: any run of characters within a segment, the empty one too.
const WILDCARD: char = '*';

/// A segment such as `hashicorp`, `*` or `Acme-*`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Glob {
    /// As it was written: upstreams may tell `Acme` and `acme` apart, so they are asked in this spelling.
    text: Box<str>,
    /// In lower case, to compare with.
    folded: Box<str>,
}

impl Glob {
    pub(super) fn parse(text: &str) -> Result<Self, PatternRule> {
        if text.is_empty() {
            return Err(PatternRule::EmptySegment);
        }
        if text.contains("**") {
            return Err(PatternRule::DoubleWildcard);
        }
        let allowed =
            |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | WILDCARD);
        if !text.chars().all(allowed) {
            return Err(PatternRule::Character);
        }
        Ok(Self {
            text: text.into(),
            folded: text.to_ascii_lowercase().into(),
        })
    }

    /// The text of a segment without wildcards, as it was written.
    pub(super) fn as_literal(&self) -> Option<&str> {
        (!self.text.contains(WILDCARD)).then_some(&self.text)
    }

    /// Whether every segment has this shape.
    pub(super) fn is_anything(&self) -> bool {
        *self.text == *"*"
    }

    /// Whether a segment has this shape; case makes no difference.
    pub(super) fn matches(&self, segment: &str) -> bool {
        let segment = segment.to_ascii_lowercase();
        let Some((prefix, rest)) = self.folded.split_once(WILDCARD) else {
            return *self.folded == *segment;
        };
        let (middle, suffix) = rest.rsplit_once(WILDCARD).unwrap_or(("", rest));
        // The ends are fixed; what is between may be taken at its first occurrence, so no search ever starts over.
        let Some(inner) = segment
            .strip_prefix(prefix)
            .and_then(|rest| rest.strip_suffix(suffix))
        else {
            return false;
        };
        middle
            .split(WILDCARD)
            .try_fold(inner, |rest, part| {
                rest.split_once(part).map(|(_, after)| after)
            })
            .is_some()
    }
}

impl fmt::Display for Glob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
