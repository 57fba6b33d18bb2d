//! Where a list goes on.

use std::fmt;
use std::str::FromStr;

use atoll_core::reference::Tag;
use atoll_core::repository::RepositoryName;
use atoll_core::version::Version;
use atoll_db::providers::ArtifactCursor;
use atoll_db::tags::TagCursor;

/// Where a list goes on: behind what it names. Providers come first, then modules, then everything else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HoldingsCursor {
    /// Behind this version of a provider.
    Provider(ArtifactCursor),
    /// Behind all providers.
    Modules,
    /// Behind this version of a module.
    Module(ArtifactCursor),
    /// Behind all modules.
    Tags,
    /// Behind this tag.
    Tag(TagCursor),
}

/// A text that no list gave out as a cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the cursor is not one that a list gave out")]
pub struct HoldingsCursorError;

impl fmt::Display for HoldingsCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Provider(at) => write!(f, "provider:{}:{}", at.repository, at.version),
            Self::Modules => f.write_str("modules"),
            Self::Module(at) => write!(f, "module:{}:{}", at.repository, at.version),
            Self::Tags => f.write_str("tags"),
            Self::Tag(at) => write!(f, "tag:{}:{}", at.repository, at.tag),
        }
    }
}

impl FromStr for HoldingsCursor {
    type Err = HoldingsCursorError;

    fn from_str(text: &str) -> Result<Self, HoldingsCursorError> {
        let parts: Vec<&str> = text.split(':').collect();
        match parts.as_slice() {
            ["tags"] => Ok(Self::Tags),
            ["modules"] => Ok(Self::Modules),
            ["provider", name, version] => artifact(name, version).map(Self::Provider),
            ["module", name, version] => artifact(name, version).map(Self::Module),
            ["tag", name, tag] => {
                let (repository, tag) = (
                    repository(name)?,
                    tag.parse::<Tag>().map_err(|_| HoldingsCursorError)?,
                );
                Ok(Self::Tag(TagCursor { repository, tag }))
            }
            _ => Err(HoldingsCursorError),
        }
    }
}

fn artifact(name: &str, version: &str) -> Result<ArtifactCursor, HoldingsCursorError> {
    Ok(ArtifactCursor {
        repository: repository(name)?,
        version: version
            .parse::<Version>()
            .map_err(|_| HoldingsCursorError)?,
    })
}

fn repository(name: &str) -> Result<RepositoryName, HoldingsCursorError> {
    name.parse().map_err(|_| HoldingsCursorError)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_parse_back() {
        for text in [
            "modules",
            "module:modules/self/acme/vpc/aws:1.0.0",
            "tags",
            "provider:providers/self/acme/coral:1.0.0+b.1",
            "tag:acme/app:v1_x",
        ] {
            assert_eq!(text.parse::<HoldingsCursor>().unwrap().to_string(), text);
        }
        for bad in [
            "",
            "provider",
            "provider:a",
            "provider:acme/app:x",
            "tag:A:b",
            "tag:a:b:c",
            "tags:",
        ] {
            assert_eq!(
                bad.parse::<HoldingsCursor>(),
                Err(HoldingsCursorError),
                "{bad:?}"
            );
        }
    }
}
