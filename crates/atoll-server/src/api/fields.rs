//! The short texts of a form.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::str::FromStr;

use super::errors::ApiError;
use super::form::Part;

/// Texts by their names, of a form that may have these and no others.
pub(super) struct Fields {
    known: &'static [&'static str],
    texts: BTreeMap<String, String>,
}

impl Fields {
    /// A form that may have fields of these names.
    pub(super) fn new(known: &'static [&'static str]) -> Self {
        Self {
            known,
            texts: BTreeMap::new(),
        }
    }

    /// Takes a field in.
    pub(super) async fn take(&mut self, part: Part<'_>) -> Result<(), ApiError> {
        let name = part.name().to_owned();
        self.check(&name)?;
        let text = part.text().await?;
        self.texts.insert(name, text);
        Ok(())
    }

    /// Whether a field of that name may come now.
    pub(super) fn check(&self, name: &str) -> Result<(), ApiError> {
        if !self.known.contains(&name) {
            let known = self.known.join(", ");
            return Err(ApiError::invalid(format!(
                "there is no field {name:?} (files need a filename); the fields are {known}"
            )));
        }
        if self.texts.contains_key(name) {
            return Err(ApiError::invalid(format!(
                "the field {name} is there twice"
            )));
        }
        Ok(())
    }

    /// A field's text. An empty one is none: forms in browsers send those.
    pub(super) fn optional(&self, name: &str) -> Option<&str> {
        self.texts
            .get(name)
            .map(String::as_str)
            .filter(|text| !text.is_empty())
    }

    /// The text of a field that has to be there.
    pub(super) fn required(&self, name: &str) -> Result<&str, ApiError> {
        self.optional(name).ok_or_else(|| {
            ApiError::invalid(format!(
                "the field {name} is missing; it comes before the files"
            ))
        })
    }

    /// What the text of a field means, which has to be there.
    pub(super) fn parsed<T: FromStr<Err: Display>>(&self, name: &str) -> Result<T, ApiError> {
        let text = self.required(name)?;
        text.parse()
            .map_err(|error| ApiError::invalid(format!("{name} {text:?}: {error}")))
    }
}
