use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::excerpt::excerpt;

/// The id of an OpenPGP key as registries show it: the last eight bytes of the fingerprint, `51852D87348FFC4C`.
///
/// Spec: <https://www.rfc-editor.org/rfc/rfc9580.html#section-5.5.4>
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct KeyId([u8; KEY_ID_BYTES]);

const KEY_ID_BYTES: usize = 8;

/// Why a text is not a key id.
#[derive(Debug, thiserror::Error)]
#[error("a key id is sixteen hexadecimal digits such as 51852D87348FFC4C, not {0:?}")]
pub struct KeyIdError(Box<str>);

impl KeyId {
    pub(super) fn of(key: &impl pgp::types::KeyDetails) -> Self {
        Self::from_packet(key.legacy_key_id())
    }

    pub(super) fn from_packet(id: pgp::types::KeyId) -> Self {
        let mut bytes = [0; KEY_ID_BYTES];
        for (byte, from) in bytes.iter_mut().zip(id.as_ref()) {
            *byte = *from;
        }
        Self(bytes)
    }

    /// The id that a version 4 fingerprint ends with.
    pub(super) fn from_fingerprint(fingerprint: &pgp::types::Fingerprint) -> Self {
        let mut bytes = [0; KEY_ID_BYTES];
        for (byte, from) in bytes
            .iter_mut()
            .rev()
            .zip(fingerprint.as_bytes().iter().rev())
        {
            *byte = *from;
        }
        Self(bytes)
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02X}"))
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyId({self})")
    }
}

impl FromStr for KeyId {
    type Err = KeyIdError;

    /// Reads either case: people copy ids from tools that print small letters.
    fn from_str(text: &str) -> Result<Self, KeyIdError> {
        let mut bytes = [0; KEY_ID_BYTES];
        let bad = || KeyIdError(excerpt(text).into());
        let decoded = data_encoding::HEXUPPER_PERMISSIVE
            .decode(text.as_bytes())
            .map_err(|_| bad())?;
        if decoded.len() != KEY_ID_BYTES {
            return Err(bad());
        }
        bytes.copy_from_slice(&decoded);
        Ok(Self(bytes))
    }
}

impl TryFrom<String> for KeyId {
    type Error = KeyIdError;

    fn try_from(text: String) -> Result<Self, KeyIdError> {
        text.parse()
    }
}

impl From<KeyId> for String {
    fn from(id: KeyId) -> Self {
        id.to_string()
    }
}

/// Some key ids, to be named in a message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyIds(pub Vec<KeyId>);

impl fmt::Display for KeyIds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some((first, rest)) = self.0.split_first() else {
            return f.write_str("none");
        };
        write!(f, "{first}")?;
        rest.iter().try_for_each(|id| write!(f, ", {id}"))
    }
}
