//! The name of an upload.

use std::fmt;
use std::str::FromStr;

use uuid::Uuid;

/// Names an upload. Random, so that nobody guesses somebody else's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UploadId(Uuid);

impl UploadId {
    /// A new name.
    #[expect(
        clippy::new_without_default,
        reason = "two of them are never equal, which nobody expects of a default"
    )]
    pub fn new() -> Self {
        Self(Uuid::new_v4())
    }

    /// The name as a UUID.
    pub fn as_uuid(self) -> Uuid {
        self.0
    }
}

impl From<Uuid> for UploadId {
    fn from(uuid: Uuid) -> Self {
        Self(uuid)
    }
}

impl fmt::Display for UploadId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

/// The text is not the name of an upload.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an upload's name is a UUID in lower case, with hyphens")]
pub struct UploadIdError;

impl FromStr for UploadId {
    type Err = UploadIdError;

    fn from_str(text: &str) -> Result<Self, UploadIdError> {
        let id = Self(Uuid::parse_str(text).map_err(|_| UploadIdError)?);
        // The parser also reads braces, URNs and capitals; a name has one spelling.
        if id.to_string() == text {
            Ok(id)
        } else {
            Err(UploadIdError)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_one_spelling() {
        let id = UploadId::new();
        let text = id.to_string();
        assert_eq!(text.parse(), Ok(id));
        let other = [
            text.to_uppercase(),
            text.replace('-', ""),
            format!("{{{text}}}"),
            format!("urn:uuid:{text}"),
        ];
        for bad in other
            .iter()
            .map(String::as_str)
            .chain(["", "..", "x/../y"])
            .filter(|bad| *bad != text)
        {
            assert_eq!(bad.parse::<UploadId>(), Err(UploadIdError), "{bad}");
        }
    }
}
