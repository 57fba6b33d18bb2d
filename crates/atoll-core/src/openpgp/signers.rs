use pgp::composed::{SignedPublicKey, SignedPublicSubKey};
use pgp::packet::{Signature, SignatureConfig, SignatureType, SubpacketData};
use pgp::types::{SignedUser, Tag};

/// One of the keys inside a public key, and whether its signatures count.
#[derive(Clone, Copy, Debug)]
pub(super) struct Signer {
    pub(super) component: Component,
    pub(super) standing: Standing,
}

/// Which key of a public key it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Component {
    Primary,
    Subkey(usize),
}

/// Whether signatures by the key count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    Good,
    Revoked,
    /// Not meant for signing, or not bound to the primary key by signatures in both directions.
    CannotSign,
}

impl Signer {
    pub(super) fn is_revoked(&self) -> bool {
        self.standing == Standing::Revoked
    }
}

/// The primary key and the subkeys, judged; `None` if the key never signed a user id of its own.
///
/// Expiry is not looked at: Terraform accepts signatures by expired keys, or old releases could not be installed.
/// Self-signatures with weak hashes are accepted as well, because keys made before 2014 have no others.
pub(super) fn signers(key: &SignedPublicKey) -> Option<Vec<Signer>> {
    let identity = identity(key)?;
    let revoked = matches!(identity, Identity::Revoked) || is_revoked(key);
    let primary = match identity {
        _ if revoked => Standing::Revoked,
        Identity::Confirmed { may_sign: true } => Standing::Good,
        Identity::Confirmed { .. } | Identity::Revoked => Standing::CannotSign,
    };
    let mut signers = vec![Signer {
        component: Component::Primary,
        standing: primary,
    }];
    signers.extend(
        key.public_subkeys
            .iter()
            .enumerate()
            .map(|(index, subkey)| {
                let standing = if revoked {
                    Standing::Revoked
                } else {
                    subkey_standing(key, subkey)
                };
                Signer {
                    component: Component::Subkey(index),
                    standing,
                }
            }),
    );
    Some(signers)
}

enum Identity {
    Confirmed { may_sign: bool },
    Revoked,
}

/// What the newest valid self-signature over a user id says.
fn identity(key: &SignedPublicKey) -> Option<Identity> {
    let users = key.details.users.iter();
    let found: Vec<_> = users
        .filter_map(|user| self_certification(key, user))
        .collect();
    let standing = found.iter().filter(|found| !found.revoked);
    let newest = standing
        .map(|found| found.signature)
        .max_by_key(|signature| signature.created());
    match newest {
        Some(signature) => Some(Identity::Confirmed {
            may_sign: may_sign(signature),
        }),
        None if found.is_empty() => None,
        None => Some(Identity::Revoked),
    }
}

/// A user id's certification by its own key.
struct Certification<'a> {
    signature: &'a Signature,
    revoked: bool,
}

/// The newest valid certification, and whether it was revoked since.
fn self_certification<'a>(
    key: &SignedPublicKey,
    user: &'a SignedUser,
) -> Option<Certification<'a>> {
    let newest = |revocation: bool| {
        let signatures = user.signatures.iter();
        signatures
            .filter(move |signature| {
                (signature.typ() == Some(SignatureType::CertRevocation)) == revocation
            })
            .filter(|signature| {
                signature
                    .verify_certification(&key.primary_key, Tag::UserId, &user.id)
                    .is_ok()
            })
            .max_by_key(|signature| signature.created())
    };
    let signature = newest(false)?;
    let revoked =
        newest(true).is_some_and(|revocation| revocation.created() >= signature.created());
    Some(Certification { signature, revoked })
}

fn is_revoked(key: &SignedPublicKey) -> bool {
    let revocations = &key.details.revocation_signatures;
    revocations
        .iter()
        .any(|revocation| revocation.verify_key(&key.primary_key).is_ok())
}

fn subkey_standing(key: &SignedPublicKey, subkey: &SignedPublicSubKey) -> Standing {
    let valid = |kind: SignatureType| {
        subkey
            .signatures
            .iter()
            .filter(move |signature| signature.typ() == Some(kind))
            .filter(|signature| {
                signature
                    .verify_subkey_binding(&key.primary_key, &subkey.key)
                    .is_ok()
            })
    };
    if valid(SignatureType::SubkeyRevocation).next().is_some() {
        return Standing::Revoked;
    }
    let Some(binding) =
        valid(SignatureType::SubkeyBinding).max_by_key(|signature| signature.created())
    else {
        return Standing::CannotSign;
    };
    // Without the subkey's own signature anybody could claim somebody else's subkey, and with it its signatures.
    let claimed = binding.embedded_signature().is_some_and(|back| {
        back.verify_primary_key_binding(&subkey.key, &key.primary_key)
            .is_ok()
    });
    if claimed && binding.key_flags().sign() {
        Standing::Good
    } else {
        Standing::CannotSign
    }
}

/// True unless the self-signature restricts the key to other uses.
fn may_sign(signature: &Signature) -> bool {
    let flags = signature
        .config()
        .into_iter()
        .flat_map(SignatureConfig::hashed_subpackets);
    let mut flags = flags.filter(|packet| matches!(packet.data, SubpacketData::KeyFlags(_)));
    flags.next().is_none() || signature.key_flags().sign()
}
