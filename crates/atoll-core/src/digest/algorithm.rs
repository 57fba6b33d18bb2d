//! The hash functions.

use std::fmt;
use std::str::FromStr;

use aws_lc_rs::digest;
use serde::{Deserialize, Serialize};

use super::{DigestError, SHA256_BYTES};

/// The longest algorithm name that an error repeats, in characters.
const QUOTED_CHARS_MAX: usize = 32;

/// The hash functions that name content here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(try_from = "String", into = "&'static str")]
pub enum Algorithm {
    /// SHA-256, which everybody uses.
    Sha256,
    /// SHA-512.
    Sha512,
}

impl Algorithm {
    /// Every algorithm.
    pub const ALL: [Self; 2] = [Self::Sha256, Self::Sha512];

    /// The name in front of the colon.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sha256 => "sha256",
            Self::Sha512 => "sha512",
        }
    }

    /// How many hexadecimal digits its digests have.
    pub const fn hex_chars(self) -> usize {
        match self {
            Self::Sha256 => 2 * SHA256_BYTES,
            Self::Sha512 => 128,
        }
    }

    pub(super) fn implementation(self) -> &'static digest::Algorithm {
        match self {
            Self::Sha256 => &digest::SHA256,
            Self::Sha512 => &digest::SHA512,
        }
    }
}

impl FromStr for Algorithm {
    type Err = DigestError;

    fn from_str(name: &str) -> Result<Self, DigestError> {
        let found = Self::ALL
            .into_iter()
            .find(|algorithm| algorithm.as_str() == name);
        let quoted = || name.chars().take(QUOTED_CHARS_MAX).collect();
        found.ok_or_else(|| DigestError::Unsupported(quoted()))
    }
}

impl TryFrom<String> for Algorithm {
    type Error = DigestError;

    fn try_from(name: String) -> Result<Self, DigestError> {
        name.parse()
    }
}

impl From<Algorithm> for &'static str {
    fn from(algorithm: Algorithm) -> Self {
        algorithm.as_str()
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
