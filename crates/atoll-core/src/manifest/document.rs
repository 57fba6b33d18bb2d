//! A manifest's members before anybody knows which kind it is.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::error::ManifestError;

/// The members that tell the kinds apart, and the text of each. A member that is `null` is there.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Document<'a> {
    #[serde(borrow, default, deserialize_with = "present")]
    pub(super) schema_version: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) media_type: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub(super) artifact_type: Option<Cow<'a, str>>,
    #[serde(borrow, default, deserialize_with = "present")]
    pub(super) config: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    pub(super) layers: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    pub(super) manifests: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    pub(super) blobs: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    pub(super) fs_layers: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) subject: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) annotations: Option<&'a RawValue>,
}

/// Reads one member; nothing where it is missing or `null`.
pub(super) fn member<'a, T: Deserialize<'a> + Default>(
    member: &'static str,
    text: Option<&'a RawValue>,
) -> Result<T, ManifestError> {
    let Some(text) = text else {
        return Ok(T::default());
    };
    let read: Option<T> =
        serde_json::from_str(text.get()).map_err(|error| ManifestError::Member {
            member,
            problem: error.to_string(),
        })?;
    Ok(read.unwrap_or_default())
}

fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<&'de RawValue>, D::Error> {
    <&RawValue>::deserialize(deserializer).map(Some)
}
