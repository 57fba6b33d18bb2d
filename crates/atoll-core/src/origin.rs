//! How a version came here.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// How a version came to this installation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    /// Somebody published it here.
    Published,
    /// It was fetched from an upstream.
    Mirrored,
    /// It came in a tree or a bundle.
    Imported,
    /// An OCI client pushed it.
    Pushed,
}

/// A text that names no origin.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("an origin is `published`, `mirrored`, `imported` or `pushed`, not {0:?}")]
pub struct OriginError(Box<str>);

impl Origin {
    /// Every origin.
    pub const ALL: [Self; 4] = [
        Self::Published,
        Self::Mirrored,
        Self::Imported,
        Self::Pushed,
    ];

    /// The word used in the database and in answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Published => "published",
            Self::Mirrored => "mirrored",
            Self::Imported => "imported",
            Self::Pushed => "pushed",
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Origin {
    type Err = OriginError;

    fn from_str(text: &str) -> Result<Self, OriginError> {
        let mut all = Self::ALL.into_iter();
        all.find(|origin| origin.as_str() == text)
            .ok_or_else(|| OriginError(text.chars().take(64).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_parse_back() {
        for origin in Origin::ALL {
            assert_eq!(origin.to_string().parse(), Ok(origin));
        }
        for text in ["", "Pushed", "stolen"] {
            assert!(text.parse::<Origin>().is_err(), "{text}");
        }
    }
}
