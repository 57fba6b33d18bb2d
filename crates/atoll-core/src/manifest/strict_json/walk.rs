//! The walk through a document.

use std::collections::HashSet;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::key::Key;
use super::object::Object;

/// How deep a document may nest.
pub const JSON_DEPTH_MAX: usize = 32;

/// How much of a key an error repeats, in characters.
const QUOTED_CHARS_MAX: usize = 80;

/// A document that is no JSON, or not strict.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct StrictJsonError(String);

/// Checks a whole manifest: syntax, depth, that no key stands twice in one object, and that no key differs from a
/// specified one by case alone, as Go's parser takes it for the specified one.
pub(in crate::manifest) fn check(bytes: &[u8]) -> Result<(), StrictJsonError> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let failed = |error: serde_json::Error| StrictJsonError(error.to_string());
    Walk {
        object: Object::Manifest,
        depth: 0,
    }
    .deserialize(&mut reader)
    .map_err(failed)?;
    reader.end().map_err(failed)
}

#[derive(Clone, Copy)]
struct Walk {
    object: Object,
    depth: usize,
}

impl Walk {
    fn inside<E: Error>(self) -> Result<usize, E> {
        if self.depth == JSON_DEPTH_MAX {
            return Err(E::custom(format_args!(
                "objects and lists nest deeper than {JSON_DEPTH_MAX}"
            )));
        }
        Ok(self.depth + 1)
    }
}

impl<'de> DeserializeSeed<'de> for Walk {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Walk {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let item = Self {
            object: self.object,
            depth: self.inside()?,
        };
        while items.next_element_seed(item)?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        let depth = self.inside()?;
        let mut seen = HashSet::new();
        while let Some(key) = entries.next_key_seed(Key)? {
            if let Some(known) = self.object.misspelt(&key) {
                let quoted: String = key.chars().take(QUOTED_CHARS_MAX).collect();
                return Err(A::Error::custom(format_args!(
                    "the key {quoted:?} differs from {known:?} by case alone"
                )));
            }
            entries.next_value_seed(Self {
                object: self.object.at(&key),
                depth,
            })?;
            if let Some(twice) = seen.replace(key) {
                let quoted: String = twice.chars().take(QUOTED_CHARS_MAX).collect();
                return Err(A::Error::custom(format_args!(
                    "the key {quoted:?} stands twice in one object"
                )));
            }
        }
        Ok(())
    }
}
