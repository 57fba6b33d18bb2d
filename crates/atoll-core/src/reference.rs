//! What a manifest is asked for by: a tag, or its digest.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::digest::{Digest, DigestError};

/// The longest tag, in bytes.
pub const TAG_BYTES_MAX: usize = 128;

/// A name that points to a manifest, such as `v1.2` or `latest`. Cheap to clone.
///
/// Spec: <https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pulling-manifests>
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct Tag(Arc<str>);

/// A tag or a digest, as it stands at the end of a manifest's URL.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Reference {
    /// A name that may come to point elsewhere.
    Tag(Tag),
    /// The content's own name.
    Digest(Digest),
}

/// Why a text is not a tag.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TagError {
    /// There is nothing.
    #[error("a tag must not be empty")]
    Empty,
    /// The specification ends there.
    #[error("a tag has at most {TAG_BYTES_MAX} characters, not {0}")]
    TooLong(usize),
    /// It begins with a mark.
    #[error("a tag begins with a letter, a digit or `_`, not {0:?}")]
    BadStart(char),
    /// It has a character that tags don't have.
    #[error("a tag is made of letters, digits, `_`, `.` and `-`, without {0:?}")]
    BadCharacter(char),
    /// A version that would share its tag with another one.
    #[error("a version has no `_`, which stands for `+` in tags")]
    Underscore,
}

/// Why a text is neither a tag nor a digest.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReferenceError {
    /// It has no colon, so it should be a tag.
    #[error(transparent)]
    Tag(#[from] TagError),
    /// It has a colon, so it should be a digest.
    #[error(transparent)]
    Digest(#[from] DigestError),
}

impl Tag {
    /// The whole tag.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The tag of a version: `+`, which tags can't have, is written `_`, which versions don't have.
    pub fn from_version(version: &(impl fmt::Display + ?Sized)) -> Result<Self, TagError> {
        let text = version.to_string();
        if text.contains('_') {
            return Err(TagError::Underscore);
        }
        text.replace('+', "_").parse()
    }

    /// The text of the version that this tag would be of, as [`Tag::from_version`] writes it.
    pub fn version_text(&self) -> String {
        self.0.replace('_', "+")
    }
}

impl FromStr for Tag {
    type Err = TagError;

    fn from_str(text: &str) -> Result<Self, TagError> {
        let first = text.chars().next().ok_or(TagError::Empty)?;
        let is_plain = |char: char| char.is_ascii_alphanumeric() || char == '_';
        let is_known = |char: char| is_plain(char) || matches!(char, '.' | '-');
        if let Some(bad) = text.chars().find(|char| !is_known(*char)) {
            return Err(TagError::BadCharacter(bad));
        }
        if !is_plain(first) {
            return Err(TagError::BadStart(first));
        }
        if text.len() > TAG_BYTES_MAX {
            return Err(TagError::TooLong(text.len()));
        }
        Ok(Self(text.into()))
    }
}

impl TryFrom<String> for Tag {
    type Error = TagError;

    fn try_from(text: String) -> Result<Self, TagError> {
        text.parse()
    }
}

impl From<Tag> for String {
    fn from(tag: Tag) -> Self {
        tag.as_str().to_owned()
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tag({})", self.0)
    }
}

impl FromStr for Reference {
    type Err = ReferenceError;

    fn from_str(text: &str) -> Result<Self, ReferenceError> {
        // No tag has a colon, and no digest lacks one.
        if text.contains(':') {
            Ok(Self::Digest(text.parse()?))
        } else {
            Ok(Self::Tag(text.parse()?))
        }
    }
}

impl From<Tag> for Reference {
    fn from(tag: Tag) -> Self {
        Self::Tag(tag)
    }
}

impl From<Digest> for Reference {
    fn from(digest: Digest) -> Self {
        Self::Digest(digest)
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tag(tag) => tag.fmt(f),
            Self::Digest(digest) => digest.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn tags_of_the_specification_parse() {
        for text in [
            "a",
            "latest",
            "V1.2-RC_3",
            "_",
            "__",
            "0",
            "sha256-abc.sig",
            "a..b",
            "a-",
            &"x".repeat(128),
        ] {
            assert_eq!(text.parse::<Tag>().unwrap().as_str(), text);
        }
    }

    #[test]
    fn other_tags_are_refused_for_their_reason() {
        let refused = |text: &str| text.parse::<Tag>().unwrap_err();
        assert_eq!(refused(""), TagError::Empty);
        assert_eq!(refused(".a"), TagError::BadStart('.'));
        assert_eq!(refused("-a"), TagError::BadStart('-'));
        assert_eq!(refused(".."), TagError::BadStart('.'));
        for bad in ['+', '/', ':', '@', ' ', '\n', '\0', '%', 'é', '\\', '*'] {
            assert_eq!(refused(&format!("a{bad}")), TagError::BadCharacter(bad));
            assert_eq!(refused(&format!("{bad}a")), TagError::BadCharacter(bad));
        }
        assert_eq!(refused(&"x".repeat(129)), TagError::TooLong(129));
    }

    #[test]
    fn versions_map_to_tags_and_back() {
        let tag = Tag::from_version("1.2.3-rc.1+build.5").unwrap();
        assert_eq!(tag.as_str(), "1.2.3-rc.1_build.5");
        assert_eq!(tag.version_text(), "1.2.3-rc.1+build.5");
        assert_eq!(Tag::from_version("1.0.0_a"), Err(TagError::Underscore));
        assert_eq!(
            Tag::from_version(&"1".repeat(129)),
            Err(TagError::TooLong(129))
        );
        assert!(Tag::from_version("1.0/2").is_err());
    }

    #[test]
    fn a_colon_makes_a_digest() {
        let digest = Digest::sha256(b"x");
        assert_eq!(digest.as_str().parse(), Ok(Reference::Digest(digest)));
        assert!(matches!("v1".parse(), Ok(Reference::Tag(_))));
        assert!(matches!(
            "sha256:00".parse::<Reference>(),
            Err(ReferenceError::Digest(_))
        ));
        assert!(matches!(
            "a+b".parse::<Reference>(),
            Err(ReferenceError::Tag(_))
        ));
        assert!(matches!(
            "".parse::<Reference>(),
            Err(ReferenceError::Tag(TagError::Empty))
        ));
    }

    proptest! {
        #[test]
        fn the_grammar_is_the_specifications(text in "[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}") {
            prop_assert_eq!(text.parse::<Tag>().unwrap().to_string(), text);
        }

        #[test]
        fn versions_have_tags_of_their_own(
            one in "[0-9]\\.[0-9](-[a-z0-9.-]{0,3})?(\\+[a-z0-9.-]{1,3})?",
            other in "[0-9]\\.[0-9](-[a-z0-9.-]{0,3})?(\\+[a-z0-9.-]{1,3})?",
        ) {
            let (tag, other_tag) = (Tag::from_version(&one).unwrap(), Tag::from_version(&other).unwrap());
            prop_assert_eq!(tag == other_tag, one == other);
            prop_assert_eq!(tag.version_text(), one);
        }

        #[test]
        fn parsing_never_panics(text in "\\PC{0,140}") {
            if let Ok(reference) = text.parse::<Reference>() {
                prop_assert_eq!(reference.to_string(), text);
            }
        }
    }
}
