//! Who asks, and who may read.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::Scopes;

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Principal {
    /// Nobody says.
    Anonymous,
    /// The holder of a token, with its rights or a part of them.
    Token {
        /// The token.
        id: TokenId,
        /// What it may do.
        scopes: Scopes,
    },
    /// Whoever may open the owner-only socket; they own the data anyway.
    Local,
}

/// Names a token in lists and in the database. A cheap clone.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(from = "String", into = "String")]
pub struct TokenId(Arc<str>);

/// Who may read a repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Visibility {
    /// Those who have the right.
    Private,
    /// Anybody.
    Public,
}

/// A text that is neither.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("a repository is private or public, not {0:?}")]
pub struct VisibilityError(Box<str>);

impl Visibility {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Private, Self::Public];

    /// The word for it in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Private => "private",
            Self::Public => "public",
        }
    }
}

impl FromStr for Visibility {
    type Err = VisibilityError;

    fn from_str(text: &str) -> Result<Self, VisibilityError> {
        let found = Self::ALL
            .into_iter()
            .find(|visibility| visibility.as_str() == text);
        found.ok_or_else(|| VisibilityError(text.chars().take(32).collect()))
    }
}

impl fmt::Display for Visibility {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl TokenId {
    /// An id that was made elsewhere.
    pub fn new(id: impl Into<Arc<str>>) -> Self {
        Self(id.into())
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<String> for TokenId {
    fn from(id: String) -> Self {
        Self(id.into())
    }
}

impl From<TokenId> for String {
    fn from(id: TokenId) -> Self {
        id.as_str().to_owned()
    }
}

impl fmt::Display for TokenId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn visibilities_read_as_they_are_written() {
        for visibility in Visibility::ALL {
            assert_eq!(visibility.to_string().parse(), Ok(visibility));
        }
        for text in ["", "Public", "internal", "public "] {
            assert_eq!(
                text.parse::<Visibility>(),
                Err(VisibilityError(text.into()))
            );
        }
    }
}
