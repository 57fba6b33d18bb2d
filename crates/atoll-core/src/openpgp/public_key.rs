use std::fmt;

use pgp::composed::{ArmorOptions, Deserializable, SignedPublicKey};
use pgp::types::KeyDetails;

use super::key_id::KeyId;
use super::signers::{Signer, signers};
use super::{KEY_BYTES_MAX, KEY_PACKETS_MAX, KEYS_MAX, armor};

/// A public key that may vouch for releases, and its armored text as it was given.
#[derive(Clone)]
pub struct PublicKey {
    armored: Box<str>,
    key: SignedPublicKey,
    signers: Vec<Signer>,
}

/// Why a text is not a usable public key.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The text is longer than any key.
    #[error("the key's text is {0} bytes long; at most {KEY_BYTES_MAX} are read")]
    TooLarge(usize),
    /// There is no armored block in the text.
    #[error(
        "no armored OpenPGP key found; it begins with `-----BEGIN PGP PUBLIC KEY BLOCK-----` and is printed by `gpg --armor --export KEY_ID`"
    )]
    NotArmored,
    /// The text carries secret key material.
    #[error(
        "this holds a secret key, which is never published; export the public one with `gpg --armor --export KEY_ID`"
    )]
    Secret,
    /// The block is something else than keys.
    #[error("expected a block of OpenPGP public keys, found a `{0}`")]
    WrongBlock(Box<str>),
    /// There are more keys than the caller can use.
    #[error("expected one key, found {0}; clients read only the first")]
    Several(usize),
    /// The text holds more keys than are read.
    #[error("the text holds more than {KEYS_MAX} keys")]
    TooMany,
    /// The key holds more packets than are checked.
    #[error("the key holds more than {KEY_PACKETS_MAX} packets")]
    TooManyPackets,
    /// The armor can't be decoded.
    #[error("failed to decode the key's armor")]
    Armor(#[source] std::io::Error),
    /// The packets can't be parsed.
    #[error("failed to parse the OpenPGP key")]
    Malformed(#[source] Box<pgp::errors::Error>),
    /// No user id of the key is confirmed by the key itself.
    #[error("key {0} has no user id that it signed itself; clients refuse such a key")]
    NoUserId(KeyId),
}

impl PublicKey {
    /// Reads a text with exactly one armored public key.
    pub fn parse_armored(text: &str) -> Result<Self, KeyError> {
        let mut keys = Self::parse_many(text)?;
        match (keys.pop(), keys.len()) {
            (Some(key), 0) => Ok(Self {
                armored: text.into(),
                ..key
            }),
            (_, others) => Err(KeyError::Several(others + 1)),
        }
    }

    /// Reads every public key of a text: one armored block with several keys, several blocks, or both.
    ///
    /// A key that shares its block with others is armored anew, on its own: clients read each key from its own text.
    pub fn parse_many(text: &str) -> Result<Vec<Self>, KeyError> {
        if text.len() > KEY_BYTES_MAX {
            return Err(KeyError::TooLarge(text.len()));
        }
        let mut keys = Vec::new();
        for block in armor::blocks(text) {
            let bytes = armor::public_packets(block)?;
            let malformed = |source| KeyError::Malformed(Box::new(source));
            let parsed: Vec<_> = SignedPublicKey::from_bytes_many(bytes.as_slice())
                .and_then(Iterator::collect)
                .map_err(malformed)?;
            let alone = parsed.len() == 1;
            for key in parsed {
                if keys.len() >= KEYS_MAX {
                    return Err(KeyError::TooMany);
                }
                let armored = if alone {
                    block.to_owned()
                } else {
                    key.to_armored_string(ArmorOptions::default())
                        .map_err(malformed)?
                };
                keys.push(Self::new(key, armored.into())?);
            }
        }
        if keys.is_empty() {
            Err(KeyError::NotArmored)
        } else {
            Ok(keys)
        }
    }

    fn new(key: SignedPublicKey, armored: Box<str>) -> Result<Self, KeyError> {
        let signers = signers(&key).ok_or_else(|| KeyError::NoUserId(KeyId::of(&key)))?;
        Ok(Self {
            armored,
            key,
            signers,
        })
    }

    /// The id under which registries list the key: that of its primary key.
    pub fn key_id(&self) -> KeyId {
        KeyId::of(&self.key)
    }

    /// The fingerprint of the primary key, in upper-case hexadecimal.
    pub fn fingerprint(&self) -> String {
        format!("{:X}", self.key.fingerprint())
    }

    /// The user ids, such as `HashiCorp Security <security@hashicorp.com>`; bytes that are not UTF-8 are replaced.
    pub fn user_ids(&self) -> Vec<String> {
        let users = self.key.details.users.iter();
        users
            .map(|user| String::from_utf8_lossy(user.id.id()).into_owned())
            .collect()
    }

    /// The armored text, as it was given.
    pub fn armored(&self) -> &str {
        &self.armored
    }

    /// True if the owner of the key took it back: no signature by it counts any more.
    pub fn is_revoked(&self) -> bool {
        self.signers.iter().all(Signer::is_revoked)
    }

    pub(super) fn packets(&self) -> &SignedPublicKey {
        &self.key
    }

    pub(super) fn signers(&self) -> &[Signer] {
        &self.signers
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("PublicKey").field(&self.key_id()).finish()
    }
}

impl PartialEq for PublicKey {
    fn eq(&self, other: &Self) -> bool {
        self.armored == other.armored
    }
}

impl Eq for PublicKey {}
