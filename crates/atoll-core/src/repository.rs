//! Names of repositories.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// The longest name, in bytes. Many clients count the registry's host into the same limit.
pub const NAME_BYTES_MAX: usize = 255;

/// The name of a repository, such as `providers/registry.terraform.io/hashicorp/aws`. Cheap to clone.
///
/// Spec: <https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pulling-manifests>
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct RepositoryName(Arc<str>);

/// A kind of artifact whose repositories share a first component, a layout and rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Family {
    /// Terraform and OpenTofu providers.
    Providers,
    /// Terraform and OpenTofu modules.
    Modules,
    /// Programs such as Terraform itself.
    Tools,
    /// Helm charts.
    Charts,
    /// Extensions of editors.
    Extensions,
    /// Plain files.
    Files,
}

/// Why a text is not a repository's name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RepositoryNameError {
    /// There is nothing.
    #[error("a repository's name must not be empty")]
    Empty,
    /// Clients and databases end there.
    #[error("a repository's name has at most {NAME_BYTES_MAX} bytes, not {0}")]
    TooLong(usize),
    /// A component is not of the grammar.
    #[error(
        "in a repository's name, {component:?} is not lower-case letters and digits, joined by `.`, `_`, `__` or dashes"
    )]
    BadComponent {
        /// What stands between two slashes.
        component: Box<str>,
    },
}

impl RepositoryName {
    /// The whole name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What stands between the slashes; at least one.
    pub fn components(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.0.split('/')
    }

    /// The kind of artifact that the first component names; none for images.
    pub fn family(&self) -> Option<Family> {
        self.components().next().and_then(Family::from_component)
    }

    /// The host whose tree this lies in, in the families where the second component says where content comes from.
    pub fn host_component(&self) -> Option<&str> {
        match self.family()? {
            Family::Providers | Family::Modules => self.components().nth(1),
            Family::Tools | Family::Charts | Family::Extensions | Family::Files => None,
        }
    }

    /// The upstream whose image this is, as the first component spells it; a component with a dot is one.
    pub fn upstream_component(&self) -> Option<&str> {
        self.components().next().filter(|first| first.contains('.'))
    }
}

impl FromStr for RepositoryName {
    type Err = RepositoryNameError;

    fn from_str(text: &str) -> Result<Self, RepositoryNameError> {
        if text.is_empty() {
            return Err(RepositoryNameError::Empty);
        }
        if text.len() > NAME_BYTES_MAX {
            return Err(RepositoryNameError::TooLong(text.len()));
        }
        match text.split('/').find(|component| !is_component(component)) {
            Some(bad) => Err(RepositoryNameError::BadComponent {
                component: bad.into(),
            }),
            None => Ok(Self(text.into())),
        }
    }
}

/// Whether a text is `[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*`.
pub(crate) fn is_component(text: &str) -> bool {
    let is_plain = |byte: &u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9');
    let is_joint =
        |run: &[u8]| matches!(run, b"." | b"_" | b"__") || run.iter().all(|byte| *byte == b'-');
    let bytes = text.as_bytes();
    let has_plain_ends = bytes.first().is_some_and(is_plain) && bytes.last().is_some_and(is_plain);
    has_plain_ends
        && bytes
            .chunk_by(|one, next| is_plain(one) == is_plain(next))
            .all(|run| run.iter().all(is_plain) || is_joint(run))
}

impl TryFrom<String> for RepositoryName {
    type Error = RepositoryNameError;

    fn try_from(text: String) -> Result<Self, RepositoryNameError> {
        text.parse()
    }
}

impl From<RepositoryName> for String {
    fn from(name: RepositoryName) -> Self {
        name.as_str().to_owned()
    }
}

impl fmt::Display for RepositoryName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for RepositoryName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RepositoryName({})", self.0)
    }
}

impl Family {
    /// Every family.
    pub const ALL: [Self; 6] = [
        Self::Providers,
        Self::Modules,
        Self::Tools,
        Self::Charts,
        Self::Extensions,
        Self::Files,
    ];

    /// The first component of its repositories' names.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Providers => "providers",
            Self::Modules => "modules",
            Self::Tools => "tools",
            Self::Charts => "charts",
            Self::Extensions => "extensions",
            Self::Files => "files",
        }
    }

    fn from_component(component: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|family| family.as_str() == component)
    }
}

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_of_the_specification_parse() {
        for text in [
            "a",
            "0",
            "nginx",
            "library/nginx",
            "a.b/c_d/e__f/g-h/i---j",
            "a/blobs/uploads",
            "x/tags/list",
            "providers/registry.terraform.io/hashicorp/aws",
            "providers/tf.corp.example__8443/acme/x--abc",
            &"a".repeat(255),
            "a/".repeat(128).trim_end_matches('/'),
        ] {
            let name: RepositoryName = text.parse().unwrap();
            assert_eq!(name.as_str(), text);
        }
    }

    #[test]
    fn other_names_are_refused() {
        for text in [
            "/", "a/", "/a", "a//b", "A", "a/B", "_a", "_catalog", "a_", "-a", "a-", ".", "..",
            "a/..", "a/../b", ".a", "a.", "a..b", "a.-b", "a._b", "a___b", "a_-b", "a-_b", "a b",
            "a:b", "a@b", "a\\b", "a%2fb", "a\0", "a\n", "\na", "é", "ａ", "a*", "a+b", "a~b",
        ] {
            let refused = text.parse::<RepositoryName>();
            assert!(
                matches!(refused, Err(RepositoryNameError::BadComponent { .. })),
                "{text:?}: {refused:?}"
            );
        }
        assert_eq!(
            "".parse::<RepositoryName>(),
            Err(RepositoryNameError::Empty)
        );
        assert_eq!(
            "a".repeat(256).parse::<RepositoryName>(),
            Err(RepositoryNameError::TooLong(256))
        );
    }

    #[test]
    fn the_first_component_tells_the_family() {
        let family = |text: &str| text.parse::<RepositoryName>().unwrap().family();
        assert_eq!(family("providers/self/acme/x"), Some(Family::Providers));
        assert_eq!(family("files"), Some(Family::Files));
        assert_eq!(family("acme/providers"), None);
        assert_eq!(family("providersx/a"), None);
        for one in Family::ALL {
            assert_eq!(family(&format!("{one}/a")), Some(one));
        }
    }

    #[test]
    fn providers_and_modules_lie_in_the_tree_of_a_host() {
        for (text, host) in [
            ("providers/self/acme/x", Some("self")),
            ("modules/tf.example__8443/a/b/c", Some("tf.example__8443")),
            ("providers", None),
            ("charts/acme/app", None),
            ("tf.example/acme", None),
        ] {
            let name: RepositoryName = text.parse().unwrap();
            assert_eq!(name.host_component(), host, "{text}");
        }
    }

    #[test]
    fn a_first_component_with_a_dot_is_an_upstream() {
        let name = |text: &str| text.parse::<RepositoryName>().unwrap();
        assert_eq!(
            name("docker.io/library/nginx").upstream_component(),
            Some("docker.io")
        );
        assert_eq!(name("acme/docker.io").upstream_component(), None);
    }

    proptest! {
        #[test]
        fn the_grammar_is_the_specifications(
            text in "[a-z0-9]{1,4}((\\.|_|__|-{1,3})[a-z0-9]{1,4}){0,3}(/[a-z0-9]{1,4}((\\.|_|__|-{1,3})[a-z0-9]{1,4}){0,3}){0,3}"
        ) {
            let name: RepositoryName = text.parse().unwrap();
            prop_assert_eq!(name.to_string(), text);
        }

        #[test]
        fn what_parses_is_a_safe_relative_path(text in "[a-z0-9A-Z./_%-]{0,12}") {
            if let Ok(name) = text.parse::<RepositoryName>() {
                prop_assert!(name.components().all(|one| !one.is_empty() && one != "." && one != ".."));
                prop_assert_eq!(name.as_str(), text);
            }
        }

        #[test]
        fn parsing_never_panics(text in "\\PC{0,300}") {
            let _ = text.parse::<RepositoryName>();
        }
    }
}
