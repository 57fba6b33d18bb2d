//! The shape of access tokens: `atoll_<prefix>_<secret>`.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// The characters of a token's prefix, by which it is looked up.
pub const PREFIX_CHARS: usize = 10;

/// The random bytes in a token's secret.
pub const SECRET_BYTES: usize = 32;

/// What every token begins with, so that people and secret scanners know it.
const MARK: &str = "atoll_";

/// A whole token, as its owner sees it once. Prints as `***`.
#[derive(Clone, PartialEq, Eq)]
pub struct TokenSecret {
    prefix: String,
    secret: String,
}

/// What a credential that somebody presents looks like.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Credential<'a> {
    /// One of our tokens, to be looked up by its prefix and compared by its secret's hash.
    Ours {
        /// Names the token; not secret.
        prefix: &'a str,
        /// Proves it. Never log it.
        secret: &'a str,
    },
    /// It begins as our tokens do and is none: cut off when it was copied, perhaps.
    Malformed,
    /// Something that was meant for somebody else.
    Foreign,
}

impl TokenSecret {
    /// Makes a token of random bytes.
    pub fn from_random(prefix: &[u8; PREFIX_CHARS], secret: &[u8; SECRET_BYTES]) -> Self {
        // Base32: a byte's low five bits name each of its 32 characters with equal chance.
        let char_of = |byte: &u8| match byte & 0x1f {
            letter @ 0..=25 => char::from(b'a' + letter),
            digit => char::from(b'2' + (digit - 26)),
        };
        Self {
            prefix: prefix.iter().map(char_of).collect(),
            secret: URL_SAFE_NO_PAD.encode(secret),
        }
    }

    /// The part that names the token; not secret.
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// The part that proves it, for hashing.
    pub fn secret(&self) -> &str {
        &self.secret
    }

    /// The whole token, to be shown to its owner.
    pub fn expose(&self) -> String {
        format!("{MARK}{}_{}", self.prefix, self.secret)
    }
}

impl fmt::Debug for TokenSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl fmt::Display for TokenSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl fmt::Debug for Credential<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ours { prefix, .. } => write!(f, "Ours({prefix}, ***)"),
            Self::Malformed => f.write_str("Malformed"),
            Self::Foreign => f.write_str("Foreign"),
        }
    }
}

/// Tells our tokens from everybody else's.
pub fn parse_credential(text: &str) -> Credential<'_> {
    let Some(rest) = text.strip_prefix(MARK) else {
        return Credential::Foreign;
    };
    match rest.split_once('_') {
        Some((prefix, secret)) if is_prefix(prefix) && is_secret(secret) => {
            Credential::Ours { prefix, secret }
        }
        _ => Credential::Malformed,
    }
}

fn is_prefix(text: &str) -> bool {
    text.len() == PREFIX_CHARS
        && text
            .bytes()
            .all(|byte| matches!(byte, b'a'..=b'z' | b'2'..=b'7'))
}

fn is_secret(text: &str) -> bool {
    // The length first: a header may be long, and only a text of the right length is worth decoding.
    text.len() == (SECRET_BYTES * 4).div_ceil(3)
        && URL_SAFE_NO_PAD
            .decode_slice(text, &mut [0; SECRET_BYTES + 1])
            .is_ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn secret() -> TokenSecret {
        TokenSecret::from_random(b"0123456789", &[0xfb; SECRET_BYTES])
    }

    #[test]
    fn a_token_has_its_documented_shape() {
        let text = secret().expose();
        assert_eq!(text.len(), 6 + 10 + 1 + 43);
        assert!(text.starts_with("atoll_qrstuvwxyz_"), "{text}");
    }

    #[test]
    fn secrets_do_not_print() {
        let secret = secret();
        assert_eq!(format!("{secret:?} {secret}"), "*** ***");
        let printed = format!("{:?}", parse_credential(&secret.expose()));
        assert_eq!(printed, "Ours(qrstuvwxyz, ***)");
    }

    #[test]
    fn damaged_tokens_are_malformed() {
        let good = secret().expose();
        let cut = good.get(..good.len() - 1).unwrap();
        for text in [
            "atoll_",
            "atoll__",
            "atoll_x",
            "atoll_qrstuvwxyz",
            "atoll_qrstuvwxyz_",
            cut,
            &format!("{good}A"),
            &format!("{good}\n"),
            &format!("{good} "),
            &good.replace("qrst", "QRST"),
            &good.replace("qrst", "qr1t"),
            // The last character would have bits that no byte owns.
            &format!("{cut}B"),
            &format!("{cut}="),
            &format!("{cut}+"),
            &format!("atoll_{}", "x".repeat(1 << 20)),
            "atoll_éééééééééé_é",
        ] {
            assert_eq!(parse_credential(text), Credential::Malformed, "{text}");
        }
    }

    #[test]
    fn other_credentials_are_foreign() {
        for text in [
            "",
            " atoll_x",
            "ATOLL_x",
            "atoll",
            "atoll.x",
            "ghp_abc",
            "dckr_pat_x",
            "\0",
        ] {
            assert_eq!(parse_credential(text), Credential::Foreign, "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_token_is_recognised(prefix: [u8; PREFIX_CHARS], bytes: [u8; SECRET_BYTES]) {
            let token = TokenSecret::from_random(&prefix, &bytes);
            let expected = Credential::Ours { prefix: token.prefix(), secret: token.secret() };
            let text = token.expose();
            prop_assert_eq!(parse_credential(&text), expected);
        }

        #[test]
        fn parsing_never_panics(text in "(atoll_)?\\PC{0,70}") {
            let _ = parse_credential(&text);
        }
    }
}
