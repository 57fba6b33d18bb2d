//! Addresses of providers.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::component::fold;
use super::family;
use super::hostname::{Hostname, HostnameError};
use crate::excerpt::excerpt;
use crate::repository::{Family, RepositoryName, RepositoryNameError};

/// The longest namespace or type, in bytes.
pub const NAME_BYTES_MAX: usize = 64;

/// A type may not begin so, because every provider's program does.
const REDUNDANT_TYPE_PREFIX: &str = "terraform-";

/// A text that is no provider's address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProviderAddrError {
    /// Not the right number of parts.
    #[error("{0:?} is not a provider's address: it must be HOST/NAMESPACE/TYPE")]
    Parts(String),
    /// Not the right number of parts, where the host can be left out.
    #[error("{0:?} is not a provider's address: it must be NAMESPACE/TYPE or HOST/NAMESPACE/TYPE")]
    PartsWithDefault(String),
    /// The first part is no host.
    #[error(transparent)]
    Hostname(#[from] HostnameError),
    /// The second part is no namespace.
    #[error("{given:?} is not a provider's namespace: {rule}")]
    Namespace {
        /// The beginning of what was given.
        given: String,
        /// The rule that was broken.
        rule: NameRule,
    },
    /// The third part is no type.
    #[error("{given:?} is not a provider's type: {rule}")]
    Type {
        /// The beginning of what was given.
        given: String,
        /// The rule that was broken.
        rule: NameRule,
    },
    /// Each part is well, but the repository's name would be too long.
    #[error("failed to name the repository of the provider {address}")]
    Repository {
        /// The address.
        address: String,
        /// What is wrong with the name.
        #[source]
        source: RepositoryNameError,
    },
}

/// What a namespace or type did wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameRule {
    /// Nothing, or too much.
    #[error("it must have 1 to {NAME_BYTES_MAX} characters")]
    Length,
    /// `a.b`, `é`
    #[error("it must be letters, digits and dashes")]
    Character,
    /// `-a`, `a_`
    #[error("it must begin and end with a letter or digit")]
    Ends,
    /// `a--b`
    #[error("it must not have two dashes in a row")]
    DoubleDash,
    /// `terraform-provider-aws`
    #[error(
        "it must not begin with `terraform-`; the program `terraform-provider-aws` has the type `aws`"
    )]
    RedundantPrefix,
}

/// A provider's address, such as `registry.terraform.io/hashicorp/aws`, in lower case.
///
/// Spec: <https://developer.hashicorp.com/terraform/language/providers/requirements#source-addresses>
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct ProviderAddr {
    hostname: Hostname,
    namespace: Arc<str>,
    type_name: Arc<str>,
    /// Derived from the others; kept because whether there is one decides whether this is an address.
    repository: RepositoryName,
}

impl ProviderAddr {
    /// The provider of a host; letters are folded to lower case.
    pub fn new(
        hostname: Hostname,
        namespace: &str,
        type_name: &str,
    ) -> Result<Self, ProviderAddrError> {
        let namespace = parse_name(namespace, Underscore::Allowed).map_err(|rule| {
            ProviderAddrError::Namespace {
                given: excerpt(namespace),
                rule,
            }
        })?;
        let type_name = parse_type(type_name).map_err(|rule| ProviderAddrError::Type {
            given: excerpt(type_name),
            rule,
        })?;
        let repository = family::join(
            Family::Providers,
            [&hostname.to_part(), &namespace, &type_name],
        )
        .map_err(|source| ProviderAddrError::Repository {
            address: format!("{hostname}/{namespace}/{type_name}"),
            source,
        })?;
        Ok(Self {
            hostname,
            namespace,
            type_name,
            repository,
        })
    }

    /// Reads `NAMESPACE/TYPE`, which is on the given host, or `HOST/NAMESPACE/TYPE`.
    pub fn parse_with_default(text: &str, default: &Hostname) -> Result<Self, ProviderAddrError> {
        match split_at_slashes(text).as_slice() {
            [namespace, type_name] => Self::new(default.clone(), namespace, type_name),
            [hostname, namespace, type_name] => Self::new(hostname.parse()?, namespace, type_name),
            _ => Err(ProviderAddrError::PartsWithDefault(excerpt(text))),
        }
    }

    /// The host that the provider comes from.
    pub const fn hostname(&self) -> &Hostname {
        &self.hostname
    }

    /// The namespace, such as `hashicorp`.
    pub fn namespace(&self) -> &str {
        &self.namespace
    }

    /// The type, such as `aws`.
    pub fn type_name(&self) -> &str {
        &self.type_name
    }

    /// The repository that holds the provider's versions.
    pub fn repository(&self) -> RepositoryName {
        self.repository.clone()
    }

    /// The provider whose versions a repository holds; none where the name is no provider's.
    pub fn from_repository(name: &RepositoryName) -> Option<Self> {
        let [host, namespace, type_name] = family::split(Family::Providers, name)?;
        let address = Self::new(Hostname::from_part(&host)?, &namespace, &type_name).ok()?;
        (address.repository == *name).then_some(address)
    }
}

/// At most one part more than an address has: enough to see that there are too many.
fn split_at_slashes(text: &str) -> Vec<&str> {
    text.splitn(4, '/').collect()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Underscore {
    Allowed,
    Refused,
}

fn parse_name(given: &str, underscore: Underscore) -> Result<Arc<str>, NameRule> {
    if given.is_empty() || given.len() > NAME_BYTES_MAX {
        return Err(NameRule::Length);
    }
    let inner = |b: u8| {
        b.is_ascii_alphanumeric() || b == b'-' || (b == b'_' && underscore == Underscore::Allowed)
    };
    if !given.bytes().all(inner) {
        return Err(NameRule::Character);
    }
    if given.starts_with(['-', '_']) || given.ends_with(['-', '_']) {
        return Err(NameRule::Ends);
    }
    if given.contains("--") {
        return Err(NameRule::DoubleDash);
    }
    Ok(fold(given).into())
}

fn parse_type(given: &str) -> Result<Arc<str>, NameRule> {
    let name = parse_name(given, Underscore::Refused)?;
    if name.starts_with(REDUNDANT_TYPE_PREFIX) {
        Err(NameRule::RedundantPrefix)
    } else {
        Ok(name)
    }
}

impl FromStr for ProviderAddr {
    type Err = ProviderAddrError;

    fn from_str(text: &str) -> Result<Self, ProviderAddrError> {
        match split_at_slashes(text).as_slice() {
            [hostname, namespace, type_name] => Self::new(hostname.parse()?, namespace, type_name),
            _ => Err(ProviderAddrError::Parts(excerpt(text))),
        }
    }
}

impl fmt::Display for ProviderAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.hostname, self.namespace, self.type_name)
    }
}

impl fmt::Debug for ProviderAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl TryFrom<String> for ProviderAddr {
    type Error = ProviderAddrError;

    fn try_from(text: String) -> Result<Self, ProviderAddrError> {
        text.parse()
    }
}

impl From<ProviderAddr> for String {
    fn from(address: ProviderAddr) -> Self {
        address.to_string()
    }
}
