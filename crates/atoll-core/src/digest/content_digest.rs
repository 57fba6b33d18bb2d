//! The digest.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use aws_lc_rs::digest;
use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};

use super::Algorithm;

/// The bytes of a SHA-256 digest.
pub const SHA256_BYTES: usize = 32;

/// A content digest such as `sha256:9f86…`, in canonical form. Cheap to clone.
///
/// A `sha512` digest is another name than the `sha256` digest of the same bytes, and is never translated.
///
/// Spec: <https://github.com/opencontainers/image-spec/blob/v1.1.1/descriptor.md#digests>
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct Digest {
    algorithm: Algorithm,
    text: Arc<str>,
}

/// Why a text is not a digest.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DigestError {
    /// Nothing separates algorithm and digits.
    #[error("a digest is an algorithm, a colon and hexadecimal digits, such as sha256:9f86…")]
    NoColon,
    /// Nobody could verify it.
    #[error("digest algorithm {0:?} is not supported; sha256 and sha512 are")]
    Unsupported(Box<str>),
    /// Not the digits that the algorithm yields.
    #[error("a {algorithm} digest has {} lower-case hexadecimal digits", algorithm.hex_chars())]
    BadHex {
        /// The algorithm named.
        algorithm: Algorithm,
    },
}

impl Digest {
    /// The digest of these bytes.
    pub fn of(algorithm: Algorithm, bytes: &[u8]) -> Self {
        Self::from_output(
            algorithm,
            digest::digest(algorithm.implementation(), bytes).as_ref(),
        )
    }

    /// The SHA-256 digest of these bytes.
    pub fn sha256(bytes: &[u8]) -> Self {
        Self::of(Algorithm::Sha256, bytes)
    }

    /// A SHA-256 digest that is known in binary.
    pub fn from_sha256(bytes: [u8; SHA256_BYTES]) -> Self {
        Self::from_output(Algorithm::Sha256, &bytes)
    }

    /// The hash function.
    pub const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The digits, without the algorithm.
    pub fn hex(&self) -> &str {
        self.text.rsplit(':').next().unwrap_or_default()
    }

    /// The whole text, such as `sha256:9f86…`.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    pub(super) fn from_output(algorithm: Algorithm, output: &[u8]) -> Self {
        let text = format!("{algorithm}:{}", HEXLOWER.encode(output));
        Self {
            algorithm,
            text: text.into(),
        }
    }
}

impl FromStr for Digest {
    type Err = DigestError;

    fn from_str(text: &str) -> Result<Self, DigestError> {
        let (name, hex) = text.split_once(':').ok_or(DigestError::NoColon)?;
        let algorithm: Algorithm = name.parse()?;
        let is_hex = hex
            .bytes()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        if hex.len() != algorithm.hex_chars() || !is_hex {
            return Err(DigestError::BadHex { algorithm });
        }
        Ok(Self {
            algorithm,
            text: text.into(),
        })
    }
}

impl TryFrom<String> for Digest {
    type Error = DigestError;

    fn try_from(text: String) -> Result<Self, DigestError> {
        text.parse()
    }
}

impl From<Digest> for String {
    fn from(digest: Digest) -> Self {
        digest.as_str().to_owned()
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({})", self.text)
    }
}
