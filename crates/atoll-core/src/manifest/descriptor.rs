//! What a manifest says of its parts.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

use super::media_types;
use crate::digest::Digest;

/// The largest size that a descriptor may give, in bytes: clients and databases count in signed numbers.
pub const SIZE_BYTES_MAX: u64 = i64::MAX as u64;

/// How much the keys and values of a manifest's annotations may have, in bytes. A descriptor with them must fit into a
/// list of referrers, and clients read four million bytes.
pub const ANNOTATION_BYTES_MAX: usize = 4 << 20;

/// A descriptor: what content is, which, and how long.
///
/// Media types are not judged, and may be missing: the digest and the size are what the store relies on.
///
/// Spec: <https://github.com/opencontainers/image-spec/blob/v1.1.1/descriptor.md>
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Descriptor {
    /// What it is.
    #[serde(default, deserialize_with = "null_is_nothing")]
    pub media_type: String,
    /// Which content.
    pub digest: Digest,
    /// Its length in bytes.
    #[serde(deserialize_with = "size")]
    pub size: u64,
    /// What kind of artifact, where it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub artifact_type: Option<String>,
    /// Notes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub annotations: Option<BTreeMap<String, String>>,
    /// Where else it may be had; kept, never fetched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub urls: Option<Vec<String>>,
    /// What it runs on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform: Option<PlatformOf>,
    /// The content itself, in base64.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<String>,
}

/// What a manifest of an index runs on, in Go's words.
///
/// Spec: <https://github.com/opencontainers/image-spec/blob/v1.1.1/image-index.md>
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlatformOf {
    /// Architecture; `unknown` for what runs nowhere.
    #[serde(default, deserialize_with = "null_is_nothing")]
    pub architecture: String,
    /// Operating system; `unknown` for what runs nowhere.
    #[serde(default, deserialize_with = "null_is_nothing")]
    pub os: String,
    /// The operating system's version.
    #[serde(
        rename = "os.version",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub os_version: Option<String>,
    /// A variant of the architecture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variant: Option<String>,
}

impl Descriptor {
    /// Whether the content need not be here.
    pub fn is_nondistributable(&self) -> bool {
        media_types::is_nondistributable(&self.media_type)
    }

    /// Whether the content that the descriptor carries, if any, is the content that it describes.
    pub(super) fn data_agrees(&self) -> bool {
        let Some(data) = &self.data else { return true };
        let Ok(bytes) = STANDARD.decode(data) else {
            return false;
        };
        u64::try_from(bytes.len()) == Ok(self.size)
            && Digest::of(self.digest.algorithm(), &bytes) == self.digest
    }
}

/// Go writes empty lists and maps as `null`.
pub(super) fn null_is_nothing<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(
    deserializer: D,
) -> Result<T, D::Error> {
    Option::<T>::deserialize(deserializer).map(Option::unwrap_or_default)
}

fn size<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    let size = u64::deserialize(deserializer)?;
    if size > SIZE_BYTES_MAX {
        return Err(D::Error::custom(format_args!(
            "size {size} is beyond {SIZE_BYTES_MAX}"
        )));
    }
    Ok(size)
}
