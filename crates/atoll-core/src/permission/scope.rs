//! One right of a token.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::Action;
use crate::repository::{NAME_BYTES_MAX, RepositoryName};

/// One right, such as `pull:providers/*`, `push:acme/app` or `admin`.
///
/// In a pattern `*` stands for any run of characters, slashes included; everything else for itself.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct Scope(Right);

/// Admin has no pattern, and nothing else lacks one.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Right {
    Admin,
    On { action: Action, pattern: Box<str> },
}

/// Why a text is not a right.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScopeError {
    /// It is not of the grammar.
    #[error(
        "a scope is `admin`, or pull, push or delete with a colon and a repository pattern, such as push:acme/* or pull:*, not {0:?}"
    )]
    Grammar(Box<str>),
    /// No repository has such a name.
    #[error(
        "in a scope such as pull:providers/*, the pattern is a repository's name in which `*` stands for any characters, slashes included; {pattern:?} {problem}"
    )]
    Pattern {
        /// What follows the colon.
        pattern: Box<str>,
        /// What is wrong with it.
        problem: &'static str,
    },
}

impl Scope {
    /// The right to everything.
    pub const fn admin() -> Self {
        Self(Right::Admin)
    }

    /// A right on one repository; none for `Admin`, which is a right on the server and would be far more.
    pub fn on_repository(action: Action, repository: &RepositoryName) -> Option<Self> {
        match action {
            Action::Admin => None,
            Action::Pull | Action::Push | Action::Delete => Some(Self(Right::On {
                action,
                pattern: repository.as_str().into(),
            })),
        }
    }

    /// Whether this gives the right to administer the server.
    pub fn administers(&self) -> bool {
        self.0 == Right::Admin
    }

    /// The right to read whatever this is a right to.
    #[must_use]
    pub fn to_pull(&self) -> Self {
        let pattern = match &self.0 {
            Right::Admin => "*".into(),
            Right::On { pattern, .. } => pattern.clone(),
        };
        Self(Right::On {
            action: Action::Pull,
            pattern,
        })
    }

    /// Whether this gives the right to do that to a repository.
    pub fn grants(&self, action: Action, repository: &RepositoryName) -> bool {
        match &self.0 {
            Right::Admin => true,
            Right::On {
                action: given,
                pattern,
            } => given.implies(action) && matches(pattern, repository.as_str()),
        }
    }
}

impl FromStr for Scope {
    type Err = ScopeError;

    fn from_str(text: &str) -> Result<Self, ScopeError> {
        let grammar = || ScopeError::Grammar(quote(text));
        let (word, pattern) = match text.split_once(':') {
            None if text == Action::Admin.as_str() => return Ok(Self::admin()),
            None => return Err(grammar()),
            Some(parts) => parts,
        };
        let repository_actions = [Action::Pull, Action::Push, Action::Delete];
        let action = repository_actions
            .into_iter()
            .find(|action| action.as_str() == word);
        let action = action.ok_or_else(grammar)?;
        match pattern_problem(pattern) {
            Some(problem) => Err(ScopeError::Pattern {
                pattern: quote(pattern),
                problem,
            }),
            None => Ok(Self(Right::On {
                action,
                pattern: pattern.into(),
            })),
        }
    }
}

fn pattern_problem(pattern: &str) -> Option<&'static str> {
    let is_known =
        |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'_' | b'-' | b'/' | b'*');
    if pattern.is_empty() {
        Some("is empty; `*` means every repository")
    } else if pattern.len() > NAME_BYTES_MAX {
        Some("is longer than a repository's name can be")
    } else if !pattern.bytes().all(is_known) {
        Some("has a character that no repository's name has; names are in lower case")
    } else if pattern.contains("**") {
        Some("has `**`, where one `*` already crosses slashes")
    } else if pattern.starts_with('/') || pattern.ends_with('/') || pattern.contains("//") {
        Some("has a slash that no repository's name has; for everything below a/ write a/*")
    } else {
        None
    }
}

/// Whether a pattern with `*` matches the whole of a name.
pub(super) fn matches(pattern: &str, name: &str) -> bool {
    let Some((head, rest)) = pattern.split_once('*') else {
        return pattern == name;
    };
    let Some(mut left) = name.strip_prefix(head) else {
        return false;
    };
    let (middle, tail) = rest
        .rsplit_once('*')
        .map_or((None, rest), |(middle, tail)| (Some(middle), tail));
    // The first place where a piece fits leaves the most for those behind it.
    for piece in middle.into_iter().flat_map(|middle| middle.split('*')) {
        match left.split_once(piece) {
            Some((_, after)) => left = after,
            None => return false,
        }
    }
    left.ends_with(tail)
}

fn quote(text: &str) -> Box<str> {
    text.chars().take(NAME_BYTES_MAX).collect()
}

impl TryFrom<String> for Scope {
    type Error = ScopeError;

    fn try_from(text: String) -> Result<Self, ScopeError> {
        text.parse()
    }
}

impl From<Scope> for String {
    fn from(scope: Scope) -> Self {
        scope.to_string()
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Right::Admin => Action::Admin.fmt(f),
            Right::On { action, pattern } => write!(f, "{action}:{pattern}"),
        }
    }
}
