//! Values of attributes, in either syntax.

use serde_json::value::RawValue;

use super::json;
use super::model::TEXT_BYTES_MAX;
use super::syntax::{Attribute, constant, elements, members, text};

/// The value of an attribute, as it is written.
#[derive(Clone, Copy, Debug)]
pub(super) enum Expression<'a> {
    Hcl(&'a str),
    Json(&'a RawValue),
}

impl<'a> Expression<'a> {
    /// The text that it is, where it is one without templates.
    pub(super) fn text(self) -> Option<String> {
        let text = match self {
            Self::Hcl(source) => text(source)?,
            Self::Json(raw) => {
                let text = json_text(raw)?;
                if text.contains("${") || text.contains("%{") {
                    return None;
                }
                text
            }
        };
        Some(bounded(text))
    }

    /// The text that it is, or else its source text.
    pub(super) fn text_or_source(self) -> String {
        self.text().unwrap_or_else(|| self.source())
    }

    /// Its source text.
    pub(super) fn source(self) -> String {
        let source = match self {
            Self::Hcl(source) => source.replace("\r\n", "\n"),
            Self::Json(raw) => match json_text(raw) {
                Some(text) => unwrapped(&text).unwrap_or(&text).to_owned(),
                None => raw.get().to_owned(),
            },
        };
        bounded(source)
    }

    /// A JSON text: the value where it is a constant, else the source text as a string.
    pub(super) fn json(self) -> String {
        let json = match self {
            Self::Hcl(source) => constant(source),
            Self::Json(raw) => Some(raw.get().to_owned()),
        };
        json.filter(|json| json.len() <= TEXT_BYTES_MAX)
            .unwrap_or_else(|| serde_json::Value::from(self.source()).to_string())
    }

    /// A boolean, where it is one.
    pub(super) fn boolean(self) -> Option<bool> {
        let word = match self {
            Self::Hcl(source) => source,
            Self::Json(raw) => raw.get(),
        };
        match word.trim_matches('"') {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        }
    }

    /// Its members, where it is an object.
    pub(super) fn members(self) -> Vec<Attribute<'a>> {
        match self {
            Self::Hcl(source) => members(source),
            Self::Json(raw) => json::attributes(raw),
        }
    }

    /// The source texts of its elements, where it is a list.
    pub(super) fn elements(self) -> Vec<String> {
        match self {
            Self::Hcl(source) => elements(source).into_iter().map(str::to_owned).collect(),
            Self::Json(raw) => {
                let elements: Vec<&RawValue> = serde_json::from_str(raw.get()).unwrap_or_default();
                let elements = elements.into_iter().map(Self::Json);
                elements.map(Self::source).collect()
            }
        }
    }
}

fn json_text(raw: &RawValue) -> Option<String> {
    serde_json::from_str(raw.get()).ok()
}

/// What is inside of a text that is a single interpolation.
fn unwrapped(text: &str) -> Option<&str> {
    let inner = text.strip_prefix("${")?.strip_suffix('}')?;
    (!inner.contains("${")).then(|| inner.trim())
}

/// Cuts a text that is too long.
fn bounded(mut text: String) -> String {
    if text.len() > TEXT_BYTES_MAX {
        let end = text.floor_char_boundary(TEXT_BYTES_MAX - '…'.len_utf8());
        text.truncate(end);
        text.push('…');
    }
    text
}
