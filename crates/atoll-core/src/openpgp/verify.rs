use pgp::composed::{Deserializable, DetachedSignature};
use pgp::crypto::hash::HashAlgorithm;
use pgp::packet::{Signature, SignatureType};
use pgp::types::{KeyDetails, VerifyingKey};

use super::key_id::{KeyId, KeyIds};
use super::public_key::PublicKey;
use super::signers::{Component, Signer, Standing};
use super::{SIGNATURE_BYTES_MAX, SIGNATURES_MAX};

/// Why a detached signature does not vouch for some bytes.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// There are no bytes.
    #[error("the signature file is empty")]
    Empty,
    /// The file is longer than any signature.
    #[error("the signature file is {0} bytes long; at most {SIGNATURE_BYTES_MAX} are read")]
    TooLarge(usize),
    /// The signature is text.
    #[error(
        "the signature is armored, which Terraform and OpenTofu refuse; make a binary one with `gpg --detach-sign` without --armor, or turn this one into it with `gpg --dearmor`"
    )]
    Armored,
    /// The bytes are no OpenPGP packets.
    #[error("failed to parse the file as a detached OpenPGP signature")]
    Malformed(#[source] Box<pgp::errors::Error>),
    /// There is no signature of a known version among the packets.
    #[error("the file holds no OpenPGP signature of a version that clients know")]
    NoSignature,
    /// There are more signatures than are checked.
    #[error("the file holds more than {SIGNATURES_MAX} signatures")]
    TooMany,
    /// None of the given keys made the signature.
    #[error("the signature is by key {issuers}, which is not among the known keys: {known}")]
    UnknownIssuer {
        /// Who the signature says made it; empty where it doesn't say.
        issuers: KeyIds,
        /// The keys that were tried.
        known: KeyIds,
    },
    /// The hash can be forged.
    #[error(
        "the signature by key {key} uses {hash}, for which forgeries are known; sign with SHA-256 (`gpg --digest-algo SHA256`)"
    )]
    WeakHash {
        /// The key that made it.
        key: KeyId,
        /// The name of the hash.
        hash: String,
    },
    /// It is a signature over a key or a statement, not over a file.
    #[error("the signature by key {0} is not one over a file; make it with `gpg --detach-sign`")]
    NotOverData(KeyId),
    /// The key was taken back.
    #[error("the signature is by key {0}, which its owner has revoked")]
    Revoked(KeyId),
    /// The key is for other uses.
    #[error("the signature is by key {0}, which is not allowed to sign")]
    CannotSign(KeyId),
    /// Key and signature fit, but not these bytes.
    #[error("the signature by key {0} does not match the file: it was made over other bytes")]
    Mismatch(KeyId),
}

/// Finds which of some keys made a detached binary signature over some bytes, and returns its [`PublicKey::key_id`].
///
/// Expiry is not looked at, neither the keys' nor the signature's; revoked keys are refused. One good signature is enough
/// where the file holds several.
pub fn verify_detached(
    keys: &[PublicKey],
    data: &[u8],
    signature: &[u8],
) -> Result<KeyId, VerifyError> {
    let mut failed = None;
    let mut issuers = KeyIds::default();
    for signature in parse(signature)? {
        match verify_one(keys, data, &signature) {
            Ok(Some(id)) => return Ok(id),
            Ok(None) => issuers.0.extend(issuers_of(&signature)),
            Err(error) => failed = failed.or(Some(error)),
        }
    }
    let known = KeyIds(keys.iter().map(PublicKey::key_id).collect());
    issuers.0.dedup();
    Err(failed.unwrap_or(VerifyError::UnknownIssuer { issuers, known }))
}

fn parse(bytes: &[u8]) -> Result<Vec<Signature>, VerifyError> {
    let first = bytes.first().ok_or(VerifyError::Empty)?;
    if bytes.len() > SIGNATURE_BYTES_MAX {
        return Err(VerifyError::TooLarge(bytes.len()));
    }
    let packet = first & 0x80 != 0; // the one bit that every packet has set and no text has
    if !packet && bytes.trim_ascii_start().starts_with(b"-----BEGIN PGP") {
        return Err(VerifyError::Armored);
    }
    let malformed = |source| VerifyError::Malformed(Box::new(source));
    let mut signatures = Vec::new();
    for parsed in DetachedSignature::from_bytes_many(bytes).map_err(malformed)? {
        if signatures.len() >= SIGNATURES_MAX {
            return Err(VerifyError::TooMany);
        }
        let signature = parsed.map_err(malformed)?.signature;
        if signature.config().is_some() {
            signatures.push(signature);
        }
    }
    if signatures.is_empty() {
        Err(VerifyError::NoSignature)
    } else {
        Ok(signatures)
    }
}

/// `None` if none of the keys made the signature.
fn verify_one(
    keys: &[PublicKey],
    data: &[u8],
    signature: &Signature,
) -> Result<Option<KeyId>, VerifyError> {
    let named = !issuers_of(signature).is_empty();
    let mut failed = None;
    for key in keys {
        for signer in key.signers() {
            match check(key, *signer, data, signature) {
                // The list may hold the key as it was before its owner took it back.
                Ok(true) if is_revoked_elsewhere(keys, key) => {
                    return Err(VerifyError::Revoked(key.key_id()));
                }
                Ok(true) => return Ok(Some(key.key_id())),
                // A signature that names nobody is tried with every key, so one misfit says nothing.
                Err(VerifyError::Mismatch(_)) if !named => {}
                Ok(false) => {}
                // Another key may still vouch for it: anybody can claim the right one as a subkey.
                Err(error) => failed = failed.or(Some(error)),
            }
        }
    }
    failed.map_or(Ok(None), Err)
}

fn is_revoked_elsewhere(keys: &[PublicKey], key: &PublicKey) -> bool {
    let fingerprint = key.fingerprint();
    keys.iter()
        .any(|other| other.is_revoked() && other.fingerprint() == fingerprint)
}

/// `false` if another key made the signature.
fn check(
    key: &PublicKey,
    signer: Signer,
    data: &[u8],
    signature: &Signature,
) -> Result<bool, VerifyError> {
    let packets = key.packets();
    let id = key.key_id();
    let made = match signer.component {
        Component::Primary => check_by(&packets.primary_key, id, data, signature)?,
        Component::Subkey(index) => match packets.public_subkeys.get(index) {
            Some(subkey) => check_by(&subkey.key, id, data, signature)?,
            None => false,
        },
    };
    match signer.standing {
        _ if !made => Ok(false),
        Standing::Good => Ok(true),
        Standing::Revoked => Err(VerifyError::Revoked(id)),
        Standing::CannotSign => Err(VerifyError::CannotSign(id)),
    }
}

/// The arithmetic alone: that a key is revoked matters only for what it did sign.
fn check_by(
    key: &impl VerifyingKey,
    id: KeyId,
    data: &[u8],
    signature: &Signature,
) -> Result<bool, VerifyError> {
    if !is_by(signature, key) {
        return Ok(false);
    }
    if let Some(hash) = weak_hash(signature) {
        return Err(VerifyError::WeakHash { key: id, hash });
    }
    let over_data = [Some(SignatureType::Binary), Some(SignatureType::Text)];
    if !over_data.contains(&signature.typ()) {
        return Err(VerifyError::NotOverData(id));
    }
    let checked = signature.verify(key, data);
    checked
        .map(|()| true)
        .map_err(|_| VerifyError::Mismatch(id))
}

fn is_by(signature: &Signature, key: &impl KeyDetails) -> bool {
    let (ids, fingerprints) = (signature.issuer_key_id(), signature.issuer_fingerprint());
    (ids.is_empty() && fingerprints.is_empty())
        || ids.contains(&&key.legacy_key_id())
        || fingerprints.contains(&&key.fingerprint())
}

fn issuers_of(signature: &Signature) -> Vec<KeyId> {
    let ids = signature
        .issuer_key_id()
        .into_iter()
        .map(|id| KeyId::from_packet(*id));
    let fingerprints = signature
        .issuer_fingerprint()
        .into_iter()
        .map(KeyId::from_fingerprint);
    let mut issuers: Vec<_> = ids.chain(fingerprints).collect();
    issuers.sort_unstable();
    issuers.dedup();
    issuers
}

fn weak_hash(signature: &Signature) -> Option<String> {
    match signature.hash_alg()? {
        weak @ (HashAlgorithm::Md5 | HashAlgorithm::Sha1 | HashAlgorithm::Ripemd160) => {
            Some(weak.to_string())
        }
        _ => None,
    }
}
