//! How any text becomes one component of a repository's name, and back.
//!
//! A text that is spelled as a component is one. Any other, and any that begins with `x--`, becomes `x--` and its base32hex in
//! lower case without padding. So no two texts share a component, unless they differ only in the case of ASCII letters.

use std::borrow::Cow;

use data_encoding::BASE32_DNSSEC;

use crate::repository::is_component;

/// What an escaped component begins with. OCI allows any number of dashes inside a component.
pub const ESCAPE_PREFIX: &str = "x--";

/// The component that stands for a text. The empty text has none: what is returned for it is in no repository's name.
///
/// Only ASCII letters are folded: Unicode's tables change with its versions, and stored names must not.
pub fn escape(text: &str) -> Cow<'_, str> {
    let folded = fold(text);
    if is_component(&folded) && !folded.starts_with(ESCAPE_PREFIX) {
        return folded;
    }
    // The encoding of RFC 5155 is exactly lower-case base32hex without padding.
    let encoded = BASE32_DNSSEC.encode(folded.as_bytes());
    Cow::Owned(format!("{ESCAPE_PREFIX}{encoded}"))
}

/// A text with its ASCII letters in lower case, as most are already.
pub(super) fn fold(text: &str) -> Cow<'_, str> {
    if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
        Cow::Owned(text.to_ascii_lowercase())
    } else {
        Cow::Borrowed(text)
    }
}

/// The folded text that a component stands for, if [`escape`] writes it so.
pub fn unescape(component: &str) -> Option<String> {
    let text = match component.strip_prefix(ESCAPE_PREFIX) {
        None => component.to_owned(),
        Some(encoded) => String::from_utf8(BASE32_DNSSEC.decode(encoded.as_bytes()).ok()?).ok()?,
    };
    // Refuses what is no component, what needed no escape, and upper case inside one.
    (!text.is_empty() && escape(&text) == component).then_some(text)
}
