//! How values stand in columns: core types enter and leave through their texts.

use std::error::Error;

use atoll_core::digest::Digest;
use atoll_core::origin::Origin;
use atoll_core::permission::{Scopes, TokenId, Visibility};
use atoll_core::proof::Proof;
use atoll_core::reference::Tag;
use atoll_core::repository::RepositoryName;
use atoll_core::time_micros::Micros;
use atoll_core::version::Version;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::blobs::BlobState;
use crate::namespace_keys::KeyRole;
use crate::repositories::RepositoryId;
use crate::sql::{Argument, Cells};

type BoxError = Box<dyn Error + Send + Sync>;

/// A value that a column holds.
pub(crate) trait Column: Sized {
    fn read(cells: &Cells, index: usize) -> Result<Self, BoxError>;
}

/// A value that a text column holds as JSON.
pub(crate) struct Json<T>(pub(crate) T);

macro_rules! native_columns {
    ($($type:ty),*) => {$(
        impl Column for $type {
            fn read(cells: &Cells, index: usize) -> Result<Self, BoxError> {
                Ok(cells.get(index)?)
            }
        }
    )*};
}

native_columns!(i64, bool, String, Vec<u8>);

/// Types that a column's text is parsed into.
macro_rules! parsed_columns {
    ($($type:ty),*) => {$(
        impl Column for $type {
            fn read(cells: &Cells, index: usize) -> Result<Self, BoxError> {
                let text: String = cells.get(index)?;
                text.parse().map_err(|error| format!("{text:?}: {error}").into())
            }
        }
    )*};
}

parsed_columns!(
    Digest,
    RepositoryName,
    Tag,
    Version,
    Scopes,
    Proof,
    Origin,
    Visibility,
    BlobState,
    KeyRole
);

/// Types whose text is bound.
macro_rules! text_arguments {
    ($($type:ty),*) => {$(
        impl From<&$type> for Argument {
            fn from(value: &$type) -> Self {
                Self::Text(Some(value.to_string()))
            }
        }

        impl From<Option<&$type>> for Argument {
            fn from(value: Option<&$type>) -> Self {
                Self::Text(value.map(ToString::to_string))
            }
        }
    )*};
}

text_arguments!(Digest, RepositoryName, Tag, Version, Scopes, Proof, Origin);

impl<T: Column> Column for Option<T> {
    fn read(cells: &Cells, index: usize) -> Result<Self, BoxError> {
        if cells.is_null(index)? {
            Ok(None)
        } else {
            T::read(cells, index).map(Some)
        }
    }
}

impl Column for u64 {
    fn read(cells: &Cells, index: usize) -> Result<Self, BoxError> {
        Ok(Self::try_from(i64::read(cells, index)?)?)
    }
}

impl Column for u16 {
    fn read(cells: &Cells, index: usize) -> Result<Self, BoxError> {
        Ok(Self::try_from(i64::read(cells, index)?)?)
    }
}

impl Column for Micros {
    fn read(cells: &Cells, index: usize) -> Result<Self, BoxError> {
        i64::read(cells, index).map(Self::from_micros)
    }
}

impl Column for RepositoryId {
    fn read(cells: &Cells, index: usize) -> Result<Self, BoxError> {
        i64::read(cells, index).map(Self::new)
    }
}

impl Column for TokenId {
    fn read(cells: &Cells, index: usize) -> Result<Self, BoxError> {
        String::read(cells, index).map(Self::new)
    }
}

impl<T: DeserializeOwned> Column for Json<T> {
    fn read(cells: &Cells, index: usize) -> Result<Self, BoxError> {
        Ok(Self(serde_json::from_str(&String::read(cells, index)?)?))
    }
}

impl<T: Serialize> From<Json<&T>> for Argument {
    fn from(Json(value): Json<&T>) -> Self {
        Self::Text(Some(
            serde_json::to_string(value).expect("lists and maps of texts are always JSON"),
        ))
    }
}

impl<T: Serialize> From<Option<Json<&T>>> for Argument {
    fn from(value: Option<Json<&T>>) -> Self {
        value.map_or(Self::Text(None), Self::from)
    }
}

impl From<i64> for Argument {
    fn from(value: i64) -> Self {
        Self::Integer(Some(value))
    }
}

/// Sizes and limits: none is beyond what the column holds.
impl From<u64> for Argument {
    fn from(value: u64) -> Self {
        Self::Integer(Some(i64::try_from(value).unwrap_or(i64::MAX)))
    }
}

impl From<usize> for Argument {
    fn from(value: usize) -> Self {
        Self::Integer(Some(i64::try_from(value).unwrap_or(i64::MAX)))
    }
}

impl From<bool> for Argument {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<Micros> for Argument {
    fn from(value: Micros) -> Self {
        Self::Integer(Some(value.as_micros()))
    }
}

impl From<Option<Micros>> for Argument {
    fn from(value: Option<Micros>) -> Self {
        Self::Integer(value.map(Micros::as_micros))
    }
}

impl From<RepositoryId> for Argument {
    fn from(value: RepositoryId) -> Self {
        Self::Integer(Some(value.as_i64()))
    }
}

impl From<&str> for Argument {
    fn from(value: &str) -> Self {
        Self::Text(Some(value.to_owned()))
    }
}

impl From<String> for Argument {
    fn from(value: String) -> Self {
        Self::Text(Some(value))
    }
}

impl From<Option<&str>> for Argument {
    fn from(value: Option<&str>) -> Self {
        Self::Text(value.map(str::to_owned))
    }
}

impl From<&[u8]> for Argument {
    fn from(value: &[u8]) -> Self {
        Self::Bytes(value.to_owned())
    }
}
