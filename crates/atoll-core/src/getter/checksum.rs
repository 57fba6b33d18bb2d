//! `checksum=`: what an archive's bytes must hash to.

use std::fmt;
use std::str::FromStr;

use super::GetterError;

/// A checksum from an address: `sha256:HEX`, or digits alone whose number tells the algorithm.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Checksum {
    algorithm: ChecksumAlgorithm,
    hex: Box<str>,
}

/// The hash functions that addresses may use. The broken ones detect accidents and nothing more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ChecksumAlgorithm {
    /// MD5.
    Md5,
    /// SHA-1.
    Sha1,
    /// SHA-256.
    Sha256,
    /// SHA-512.
    Sha512,
}

const RULE: &str = "write `md5:`, `sha1:`, `sha256:` or `sha512:` and the digits, the digits alone, or `file:` and the address of a file of checksums";

impl ChecksumAlgorithm {
    /// Every algorithm.
    pub const ALL: [Self; 4] = [Self::Md5, Self::Sha1, Self::Sha256, Self::Sha512];

    /// The name in front of the colon.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Md5 => "md5",
            Self::Sha1 => "sha1",
            Self::Sha256 => "sha256",
            Self::Sha512 => "sha512",
        }
    }

    /// How many hexadecimal digits it makes.
    pub const fn hex_chars(self) -> usize {
        match self {
            Self::Md5 => 32,
            Self::Sha1 => 40,
            Self::Sha256 => 64,
            Self::Sha512 => 128,
        }
    }
}

impl Checksum {
    /// Reads digits. Where no algorithm is named, in capitals or not, their number tells it.
    pub(super) fn new(name: Option<&str>, hex: &str) -> Option<Self> {
        let fits = |algorithm: &ChecksumAlgorithm| {
            algorithm.hex_chars() == hex.len()
                && name.is_none_or(|name| name.eq_ignore_ascii_case(algorithm.as_str()))
        };
        let algorithm = ChecksumAlgorithm::ALL.into_iter().find(fits)?;
        let is_hex = hex.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_hex.then(|| Self {
            algorithm,
            hex: hex.to_ascii_lowercase().into(),
        })
    }

    /// The hash function.
    pub const fn algorithm(&self) -> ChecksumAlgorithm {
        self.algorithm
    }

    /// Lower-case hexadecimal digits.
    pub fn hex(&self) -> &str {
        &self.hex
    }
}

impl FromStr for Checksum {
    type Err = GetterError;

    fn from_str(text: &str) -> Result<Self, GetterError> {
        let (name, hex) = match text.split_once(':') {
            Some((name, hex)) => (Some(name), hex),
            None => (None, text),
        };
        Self::new(name, hex).ok_or_else(|| GetterError::parameter("checksum", RULE))
    }
}

impl fmt::Display for Checksum {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}", self.algorithm.as_str(), self.hex)
    }
}
