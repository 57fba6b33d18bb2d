//! OpenPGP as the provider registry protocol uses it: detached binary signatures over `SHA256SUMS`.
//!
//! Spec: <https://www.rfc-editor.org/rfc/rfc9580.html>. What is accepted follows what Terraform and OpenTofu accept, so
//! that a release which verifies here also installs there.

mod armor;
mod key_id;
mod public_key;
mod random;
mod signers;
mod signing_key;
#[cfg(test)]
mod tests;
mod verify;

pub use key_id::{KeyId, KeyIdError, KeyIds};
pub use public_key::{KeyError, PublicKey};
pub use signing_key::{SecretArmor, SigningKey, SigningKeyError};
pub use verify::{VerifyError, verify_detached};

/// The longest text of an armored key, in bytes. A key with hundreds of certifications stays well below.
pub const KEY_BYTES_MAX: usize = 1 << 20;

/// How many keys one text may hold.
pub const KEYS_MAX: usize = 64;

/// How many packets the armored text of a key may hold: each certification costs a public-key operation to check.
pub const KEY_PACKETS_MAX: usize = 4096;

/// The longest detached signature file, in bytes. One RSA-4096 signature is about 600.
pub const SIGNATURE_BYTES_MAX: usize = 64 << 10;

/// How many signatures one detached signature file may hold.
pub const SIGNATURES_MAX: usize = 16;
