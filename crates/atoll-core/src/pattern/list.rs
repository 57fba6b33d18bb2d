//! Lists of patterns, and the policy that two of them make.

use serde::{Deserialize, Serialize};

use super::single::{Match, Pattern};
use crate::version::Version;

/// Patterns over artifacts, of which any one suffices.
///
/// An address is `[namespace, type]` of a provider or `[namespace, name, system]` of a module. Patterns of two segments are for
/// providers and those of three for modules; one for whole namespaces, such as `coder/*`, is for both.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(transparent)]
pub struct PatternList(Vec<Pattern>);

impl PatternList {
    /// The patterns, in the order they were written.
    pub fn iter(&self) -> std::slice::Iter<'_, Pattern> {
        self.0.iter()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether this list of what is wanted has the address. While no version is known, a pattern for some versions suffices.
    pub fn allows(&self, segments: &[&str], version: Option<&Version>) -> bool {
        self.0
            .iter()
            .any(|pattern| pattern.matches(pattern.compared(segments), version) != Match::No)
    }

    /// The first pattern of this list of what is not wanted that has the address. While no version is known, a pattern for some
    /// versions does not suffice.
    pub fn find_excluding(&self, segments: &[&str], version: Option<&Version>) -> Option<&Pattern> {
        self.0
            .iter()
            .find(|pattern| pattern.covers(pattern.compared(segments), version) == Match::Yes)
    }
}

impl FromIterator<Pattern> for PatternList {
    fn from_iter<I: IntoIterator<Item = Pattern>>(patterns: I) -> Self {
        Self(patterns.into_iter().collect())
    }
}

impl<'a> IntoIterator for &'a PatternList {
    type Item = &'a Pattern;
    type IntoIter = std::slice::Iter<'a, Pattern>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// What an upstream may serve. Without lists, that is everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    /// What may be served. An empty list is not the same as none: it lets nothing through.
    pub allow: Option<PatternList>,
    /// What may not be served, whatever `allow` says.
    pub exclude: PatternList,
}

/// What a policy says of an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It may be served. Without a version: some version may be.
    Permitted,
    /// No pattern of `allow` has it.
    NotAllowed,
    /// This pattern of `exclude` has it.
    Excluded(String),
}

impl Policy {
    /// Whether it may permit one version of an address and not another.
    pub fn tells_versions_apart(&self) -> bool {
        let mut patterns = self.allow.iter().chain([&self.exclude]).flatten();
        patterns.any(|pattern| !pattern.constraints().is_any())
    }

    /// Decides about an address, and about all of its versions where none is given.
    pub fn permits(&self, segments: &[&str], version: Option<&Version>) -> Verdict {
        if let Some(pattern) = self.exclude.find_excluding(segments, version) {
            return Verdict::Excluded(pattern.to_string());
        }
        match &self.allow {
            Some(allow) if !allow.allows(segments, version) => Verdict::NotAllowed,
            Some(_) | None => Verdict::Permitted,
        }
    }
}
