use std::fmt;

use pgp::composed::{
    ArmorOptions, Deserializable, DetachedSignature, KeyType, SignedKeyDetails, SignedPublicKey,
    SignedSecretKey,
};
use pgp::crypto::hash::HashAlgorithm;
use pgp::packet::{
    self, KeyFlags, PubKeyInner, Signature, SignatureConfig, SignatureType, Subpacket,
    SubpacketData, UserId,
};
use pgp::ser::Serialize;
use pgp::types::{KeyDetails, KeyVersion, Password, SecretParams, SignedUser, Tag, Timestamp};

use crate::time_micros::Micros;

use super::key_id::KeyId;
use super::public_key::{KeyError, PublicKey};
use super::random::SystemRandom;
use super::{KEY_BYTES_MAX, armor};

/// The size of a generated key. Every client version verifies RSA; none but the newest verify curves.
const RSA_BITS: u32 = 3072;

/// Our own key, which signs what nobody else signed.
pub struct SigningKey {
    key: SignedSecretKey,
}

/// The armored text of a secret key, without a passphrase. It does not print.
#[derive(Clone)]
pub struct SecretArmor(String);

/// Why a signing key could not be made, read or used.
#[derive(Debug, thiserror::Error)]
pub enum SigningKeyError {
    /// OpenPGP counts seconds from 1970 to 2106.
    #[error("the time does not fit in an OpenPGP packet")]
    Time(#[source] std::num::TryFromIntError),
    /// The random numbers or the user id were no good.
    #[error("failed to generate an RSA key for {user_id:?}")]
    Generate {
        /// The user id it was to have.
        user_id: Box<str>,
        /// What the OpenPGP library said.
        source: Box<pgp::errors::Error>,
    },
    /// The stored text is no secret key.
    #[error("failed to read the signing key")]
    Read(#[source] Box<pgp::errors::Error>),
    /// The stored text is not armored.
    #[error("failed to read the signing key's armor")]
    Armor(#[source] KeyError),
    /// The stored text is longer than any key.
    #[error("the signing key is {0} bytes long; at most {KEY_BYTES_MAX} are read")]
    TooLarge(usize),
    /// The key needs a passphrase.
    #[error("the signing key is locked with a passphrase")]
    Locked,
    /// The key can't be written as text.
    #[error("failed to write the signing key")]
    Write(#[source] Box<pgp::errors::Error>),
    /// The key can't sign.
    #[error("failed to sign with key {key}")]
    Sign {
        /// The signing key.
        key: KeyId,
        /// What the OpenPGP library said.
        source: Box<pgp::errors::Error>,
    },
}

impl SigningKey {
    /// Makes an RSA key with one user id, such as `Atoll <atoll@example.com>`. Takes seconds of computing.
    pub fn generate(user_id: &str, created: Micros) -> Result<Self, SigningKeyError> {
        let created = timestamp(created)?;
        generate(user_id, created)
            .map(|key| Self { key })
            .map_err(|source| SigningKeyError::Generate {
                user_id: user_id.into(),
                source: Box::new(source),
            })
    }

    /// Reads what [`Self::to_armored_secret`] wrote.
    pub fn from_armored_secret(text: &str) -> Result<Self, SigningKeyError> {
        if text.len() > KEY_BYTES_MAX {
            return Err(SigningKeyError::TooLarge(text.len()));
        }
        let (_, bytes) = armor::dearmor(text).map_err(SigningKeyError::Armor)?;
        let key = SignedSecretKey::from_bytes(bytes.as_slice())
            .map_err(|source| SigningKeyError::Read(Box::new(source)))?;
        match key.primary_key.secret_params() {
            SecretParams::Plain(_) => Ok(Self { key }),
            SecretParams::Encrypted(_) => Err(SigningKeyError::Locked),
        }
    }

    /// The secret key as text, without a passphrase: whoever stores it wraps it.
    pub fn to_armored_secret(&self) -> Result<SecretArmor, SigningKeyError> {
        let text = self.key.to_armored_string(ArmorOptions::default());
        text.map(SecretArmor)
            .map_err(|source| SigningKeyError::Write(Box::new(source)))
    }

    /// The public key as text, to be given to clients.
    pub fn public_armored(&self) -> Result<String, SigningKeyError> {
        let public = SignedPublicKey::from(self.key.clone());
        public
            .to_armored_string(ArmorOptions::default())
            .map_err(|source| SigningKeyError::Write(Box::new(source)))
    }

    /// The public key, as [`super::verify_detached`] takes it.
    pub fn public_key(&self) -> Result<PublicKey, SigningKeyError> {
        PublicKey::parse_armored(&self.public_armored()?).map_err(SigningKeyError::Armor)
    }

    /// The id under which clients are told of the key.
    pub fn key_id(&self) -> KeyId {
        KeyId::of(&self.key.primary_key)
    }

    /// A binary SHA-256 signature over some bytes. The same key, bytes and time make the same signature.
    pub fn sign_detached(&self, signed: &[u8], at: Micros) -> Result<Vec<u8>, SigningKeyError> {
        let at = timestamp(at)?;
        let key = &self.key.primary_key;
        let signature = config(key, SignatureType::Binary, at)
            .and_then(|config| config.sign(key, &Password::empty(), signed))
            .and_then(|signature| DetachedSignature::new(signature).to_bytes());
        signature.map_err(|source| SigningKeyError::Sign {
            key: self.key_id(),
            source: Box::new(source),
        })
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SigningKey").field(&self.key_id()).finish()
    }
}

impl SecretArmor {
    /// The text itself.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SecretArmor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretArmor(***)")
    }
}

fn timestamp(at: Micros) -> Result<Timestamp, SigningKeyError> {
    u32::try_from(at.as_secs())
        .map(Timestamp::from_secs)
        .map_err(SigningKeyError::Time)
}

/// The library's own builder would take the times of the self-signature from the clock.
fn generate(user_id: &str, created: Timestamp) -> pgp::errors::Result<SignedSecretKey> {
    let kind = KeyType::Rsa(RSA_BITS);
    let (public, secret) = kind.generate(SystemRandom)?;
    let inner = PubKeyInner::new(KeyVersion::V4, kind.to_alg(), created, None, public)?;
    let primary_key = packet::SecretKey::new(packet::PublicKey::from_inner(inner)?, secret)?;
    let id = UserId::from_str(pgp::types::PacketHeaderVersion::New, user_id)?;
    let certification = certify(&primary_key, &id, created)?;
    let users = vec![SignedUser::new(id, vec![certification])];
    let details = SignedKeyDetails::new(Vec::new(), Vec::new(), users, Vec::new());
    Ok(SignedSecretKey::new(
        primary_key,
        details,
        Vec::new(),
        Vec::new(),
    ))
}

fn certify(
    key: &packet::SecretKey,
    id: &UserId,
    created: Timestamp,
) -> pgp::errors::Result<Signature> {
    let mut flags = KeyFlags::default();
    flags.set_certify(true);
    flags.set_sign(true);
    let mut config = config(key, SignatureType::CertPositive, created)?;
    config
        .hashed_subpackets
        .push(Subpacket::regular(SubpacketData::KeyFlags(flags))?);
    config
        .hashed_subpackets
        .push(Subpacket::regular(SubpacketData::IsPrimary(true))?);
    config.sign_certification(key, key.public_key(), &Password::empty(), Tag::UserId, id)
}

fn config(
    key: &packet::SecretKey,
    kind: SignatureType,
    at: Timestamp,
) -> pgp::errors::Result<SignatureConfig> {
    let mut config = SignatureConfig::v4(kind, key.algorithm(), HashAlgorithm::Sha256);
    config.hashed_subpackets = vec![
        Subpacket::regular(SubpacketData::SignatureCreationTime(at))?,
        Subpacket::regular(SubpacketData::IssuerFingerprint(key.fingerprint()))?,
    ];
    config.unhashed_subpackets = vec![Subpacket::regular(SubpacketData::IssuerKeyId(
        key.legacy_key_id(),
    ))?];
    Ok(config)
}
