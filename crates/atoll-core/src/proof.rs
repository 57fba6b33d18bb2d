//! How a version's digests are known.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::excerpt::excerpt;

/// How the digests of a version are known to be right, from weakest to strongest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(try_from = "String", into = "&'static str")]
pub enum Proof {
    /// By nothing but the digest itself: an imported tree, a network mirror, a push of OCI artifacts.
    Hashed,
    /// By the sums of a registry that publishes no key.
    Unsigned,
    /// By sums that nobody else signed, and that Atoll's own key signed because clients insist.
    Own,
    /// By sums with the signature of a key that came with them.
    Signed,
}

/// A text that names no kind of proof.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("a proof is `signed`, `own`, `unsigned` or `hashed`, not {0:?}")]
pub struct ProofError(Box<str>);

impl Proof {
    /// Every kind, from weakest to strongest.
    pub const ALL: [Self; 4] = [Self::Hashed, Self::Unsigned, Self::Own, Self::Signed];

    /// The word used in configuration, database and annotations.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Hashed => "hashed",
            Self::Unsigned => "unsigned",
            Self::Own => "own",
            Self::Signed => "signed",
        }
    }
}

impl fmt::Display for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Proof {
    type Err = ProofError;

    fn from_str(text: &str) -> Result<Self, ProofError> {
        let mut all = Self::ALL.into_iter();
        all.find(|proof| proof.as_str() == text)
            .ok_or_else(|| ProofError(excerpt(text).into()))
    }
}

impl TryFrom<String> for Proof {
    type Error = ProofError;

    fn try_from(text: String) -> Result<Self, ProofError> {
        text.parse()
    }
}

impl From<Proof> for &'static str {
    fn from(proof: Proof) -> Self {
        proof.as_str()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_parse_back() {
        for proof in Proof::ALL {
            assert_eq!(proof.to_string().parse(), Ok(proof));
            let json = serde_json::to_string(&proof).unwrap();
            assert_eq!(json, format!("\"{proof}\""));
            assert_eq!(serde_json::from_str::<Proof>(&json).unwrap(), proof);
        }
        assert!(
            Proof::Signed > Proof::Own
                && Proof::Own > Proof::Unsigned
                && Proof::Unsigned > Proof::Hashed
        );
    }

    #[test]
    fn other_words_are_refused() {
        for bad in ["", "Signed", "none", " signed"] {
            assert!(bad.parse::<Proof>().is_err(), "{bad:?}");
        }
    }
}
