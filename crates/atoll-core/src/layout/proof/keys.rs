use serde::{Deserialize, Serialize};

use crate::layout::oci;
use crate::openpgp::{KEYS_MAX, KeyError, PublicKey};

/// The longest list of keys that is read, in bytes.
pub const KEYS_BYTES_MAX: usize = 4 << 20;

/// A public key as a registry hands it out, with everything that clients are told about it.
///
/// Spec: <https://developer.hashicorp.com/terraform/internals/provider-registry-protocol#signing_keys>
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub struct KeyMaterial {
    /// The id, for display.
    #[serde(default)]
    pub key_id: String,
    /// The armored key, which clients verify with.
    pub ascii_armor: String,
    /// HashiCorp's armored signature over the key, or empty. Anything else fails the installation.
    #[serde(default, deserialize_with = "or_empty")]
    pub trust_signature: String,
    /// Whose key it is, for display.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// Where they are found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_url: Option<String>,
}

/// Why the list of keys of a proof can't be read.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// The list is too long.
    #[error("the list of keys is {0} bytes long; at most {KEYS_BYTES_MAX} are read")]
    TooLarge(usize),
    /// There are too many keys.
    #[error("the list has {0} keys; at most {KEYS_MAX} are read")]
    TooMany(usize),
    /// The list is not what we write.
    #[error("failed to parse the list of keys")]
    Form(#[source] serde_json::Error),
}

impl KeyMaterial {
    /// A key of a publisher who gave nothing but the key.
    pub fn of(key: &PublicKey) -> Self {
        Self {
            key_id: key.key_id().to_string(),
            ascii_armor: key.armored().to_owned(),
            ..Self::default()
        }
    }

    /// The keys in the armored text: one, in all registries known.
    pub fn public_keys(&self) -> Result<Vec<PublicKey>, KeyError> {
        PublicKey::parse_many(&self.ascii_armor)
    }
}

/// The list of keys as the bytes of a layer.
pub fn render_keys(keys: &[KeyMaterial]) -> Vec<u8> {
    oci::to_bytes(&keys)
}

/// Reads what [`render_keys`] wrote.
pub fn parse_keys(bytes: &[u8]) -> Result<Vec<KeyMaterial>, KeysError> {
    if bytes.len() > KEYS_BYTES_MAX {
        return Err(KeysError::TooLarge(bytes.len()));
    }
    let keys: Vec<KeyMaterial> = serde_json::from_slice(bytes).map_err(KeysError::Form)?;
    if keys.len() > KEYS_MAX {
        Err(KeysError::TooMany(keys.len()))
    } else {
        Ok(keys)
    }
}

/// Some registries write `null` where there is no signature.
fn or_empty<'de, D: serde::Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    Option::deserialize(from).map(Option::unwrap_or_default)
}
