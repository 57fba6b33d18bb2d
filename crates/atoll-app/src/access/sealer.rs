//! Short texts that only this installation can make and read: grants in URLs, upload sessions, bearer tokens.
//!
//! AES-256-GCM with a random nonce; the purpose is authenticated too, so that a grant can't be used as a token.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::rand;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// The length of a sealing key, in bytes.
pub const SEALING_KEY_BYTES: usize = 32;

/// Longer texts are refused unread, in bytes.
const SEALED_TEXT_MAX: usize = 32 * 1024;

/// What a sealed text is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// An archive's address below `/files/`.
    Grant,
    /// An upload session of the registry.
    Upload,
    /// A short-lived token that `/token` gave.
    Bearer,
    /// A secret in the database.
    Secret,
}

impl Purpose {
    fn label(self) -> &'static [u8] {
        match self {
            Self::Grant => b"atoll/grant/1",
            Self::Upload => b"atoll/upload/1",
            Self::Bearer => b"atoll/bearer/1",
            Self::Secret => b"atoll/secret/1",
        }
    }
}

/// Seals and opens texts with one key.
pub struct Sealer {
    key: LessSafeKey,
}

/// A text that was not sealed here, or not for this purpose.
#[derive(Debug, thiserror::Error)]
#[error("the text was not sealed by this installation for this purpose")]
pub struct NotSealedHere;

impl Sealer {
    /// A sealer with the given key.
    ///
    /// # Panics
    ///
    /// Never: the key has the length that the cipher asks for.
    pub fn new(key: &[u8; SEALING_KEY_BYTES]) -> Self {
        let key = UnboundKey::new(&AES_256_GCM, key).expect("the key has the cipher's length");
        Self {
            key: LessSafeKey::new(key),
        }
    }

    /// Seals bytes: nonce, then ciphertext and tag.
    ///
    /// # Panics
    ///
    /// When the system has no random numbers, without which nothing is secret.
    pub fn seal_bytes(&self, purpose: Purpose, plain: &[u8]) -> Vec<u8> {
        let mut nonce = [0_u8; NONCE_LEN];
        rand::fill(&mut nonce).expect("the system's random source works");
        let mut sealed = plain.to_vec();
        self.key
            .seal_in_place_append_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(purpose.label()),
                &mut sealed,
            )
            .expect("the text is far shorter than the cipher's limit");
        [nonce.as_slice(), &sealed].concat()
    }

    /// Opens what [`Sealer::seal_bytes`] made for the same purpose.
    pub fn open_bytes(&self, purpose: Purpose, sealed: &[u8]) -> Result<Vec<u8>, NotSealedHere> {
        let (nonce, ciphertext) = sealed
            .split_first_chunk::<NONCE_LEN>()
            .ok_or(NotSealedHere)?;
        let mut buffer = ciphertext.to_vec();
        let plain = self
            .key
            .open_in_place(
                Nonce::assume_unique_for_key(*nonce),
                Aad::from(purpose.label()),
                &mut buffer,
            )
            .map_err(|_| NotSealedHere)?;
        Ok(plain.to_vec())
    }

    /// Seals a value into a text that is safe in a path.
    ///
    /// # Panics
    ///
    /// As [`Self::seal_bytes`].
    pub fn seal(&self, purpose: Purpose, value: &impl Serialize) -> String {
        let plain = serde_json::to_vec(value).expect("sealed values are plain data");
        URL_SAFE_NO_PAD.encode(self.seal_bytes(purpose, &plain))
    }

    /// Opens a text that [`Sealer::seal`] made for the same purpose.
    pub fn open<T: DeserializeOwned>(
        &self,
        purpose: Purpose,
        text: &str,
    ) -> Result<T, NotSealedHere> {
        if text.len() > SEALED_TEXT_MAX {
            return Err(NotSealedHere);
        }
        let sealed = URL_SAFE_NO_PAD.decode(text).map_err(|_| NotSealedHere)?;
        let plain = self.open_bytes(purpose, &sealed)?;
        serde_json::from_slice(&plain).map_err(|_| NotSealedHere)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sealer() -> Sealer {
        Sealer::new(&[7; SEALING_KEY_BYTES])
    }

    #[test]
    fn a_text_opens_for_its_purpose_and_key_only() {
        let text = sealer().seal(Purpose::Grant, &"hello");
        assert_eq!(
            sealer().open::<String>(Purpose::Grant, &text).unwrap(),
            "hello"
        );
        assert!(sealer().open::<String>(Purpose::Bearer, &text).is_err());
        assert!(
            Sealer::new(&[8; SEALING_KEY_BYTES])
                .open::<String>(Purpose::Grant, &text)
                .is_err()
        );
    }

    proptest! {
        #[test]
        fn nothing_else_opens(text in ".{0,200}") {
            prop_assert!(sealer().open::<String>(Purpose::Grant, &text).is_err());
        }

        #[test]
        fn a_changed_bit_is_noticed(at in 0_usize..40, bit in 0_u8..8) {
            let mut sealed = sealer().seal_bytes(Purpose::Secret, b"twelve bytes");
            prop_assert_eq!(sealed.len(), 40);
            sealed[at] ^= 1 << bit;
            prop_assert!(sealer().open_bytes(Purpose::Secret, &sealed).is_err());
        }
    }
}
