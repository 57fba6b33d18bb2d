//! Reading JSON field by field, so that an error names the field.

use serde_json::{Map, Value};
use url::Url;

use crate::{Document, FetchError};

/// A JSON object of a document.
pub(crate) struct Fields<'a> {
    url: &'a Url,
    object: Map<String, Value>,
}

impl<'a> Fields<'a> {
    pub(crate) fn parse(document: &'a Document) -> Result<Self, FetchError> {
        Ok(Self {
            url: &document.url,
            object: document.json()?,
        })
    }

    pub(crate) fn bad(&self, field: &str, what: impl std::fmt::Display) -> FetchError {
        FetchError::bad(self.url, format!("{field}: {what}"))
    }

    /// A value; `null` counts as absent.
    pub(crate) fn value(&self, field: &str) -> Option<&Value> {
        self.object.get(field).filter(|value| !value.is_null())
    }

    pub(crate) fn text(&self, field: &str) -> Result<&str, FetchError> {
        let value = self
            .value(field)
            .ok_or_else(|| self.bad(field, "missing"))?;
        match value.as_str() {
            Some("") => Err(self.bad(field, "empty")),
            Some(text) => Ok(text),
            None => Err(self.bad(field, "not a string")),
        }
    }

    /// An address, resolved against the document's own; absent and empty are `None`.
    pub(crate) fn optional_url(&self, field: &str) -> Result<Option<Url>, FetchError> {
        match self.value(field).map(|value| value.as_str()) {
            None | Some(Some("")) => Ok(None),
            Some(Some(text)) => self.resolve(field, text).map(Some),
            Some(None) => Err(self.bad(field, "not a string")),
        }
    }

    pub(crate) fn url(&self, field: &str) -> Result<Url, FetchError> {
        self.resolve(field, self.text(field)?)
    }

    fn resolve(&self, field: &str, text: &str) -> Result<Url, FetchError> {
        resolve(self.url, text).map_err(|what| self.bad(field, what))
    }

    /// An array; absent is empty.
    pub(crate) fn array(&self, field: &str) -> Result<&[Value], FetchError> {
        match self.value(field) {
            None => Ok(&[]),
            Some(Value::Array(values)) => Ok(values),
            Some(_) => Err(self.bad(field, "not an array")),
        }
    }

    /// An object; absent is `None`.
    pub(crate) fn object(&self, field: &str) -> Result<Option<&Map<String, Value>>, FetchError> {
        match self.value(field) {
            None => Ok(None),
            Some(Value::Object(object)) => Ok(Some(object)),
            Some(_) => Err(self.bad(field, "not an object")),
        }
    }
}

/// Resolves an address in a document against the document's own.
pub(crate) fn resolve(base: &Url, text: &str) -> Result<Url, String> {
    let mut url = base
        .join(text)
        .map_err(|error| format!("not an address: {error}"))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err("neither https nor http".to_owned());
    }
    url.set_fragment(None);
    Ok(url)
}
