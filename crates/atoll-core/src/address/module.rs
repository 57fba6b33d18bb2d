//! Addresses of modules.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::hostname::{Hostname, HostnameError};
use super::{component, family};
use crate::excerpt::excerpt;
use crate::repository::{Family, RepositoryName, RepositoryNameError};

/// The longest namespace, name or system, in bytes.
pub const MODULE_PART_BYTES_MAX: usize = 64;

/// A text that is no module's address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ModuleAddrError {
    /// Not the right number of parts.
    #[error(
        "{0:?} is not a module's address: it must be NAMESPACE/NAME/SYSTEM or HOST/NAMESPACE/NAME/SYSTEM"
    )]
    Parts(String),
    /// The first part is no host.
    #[error(transparent)]
    Hostname(#[from] HostnameError),
    /// A part breaks the rules of names.
    #[error("{given:?} is not a module's {part}: {rule}")]
    Name {
        /// Which part.
        part: &'static str,
        /// The beginning of what was given.
        given: String,
        /// The rule that was broken.
        rule: ModuleNameRule,
    },
    /// Each part is well, but the repository's name would be too long.
    #[error("failed to name the repository of the module {address}")]
    Repository {
        /// The address.
        address: String,
        /// What is wrong with the name.
        #[source]
        source: RepositoryNameError,
    },
}

/// What a part of an address did wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ModuleNameRule {
    /// Nothing, or too much.
    #[error("it must have 1 to {MODULE_PART_BYTES_MAX} characters")]
    Length,
    /// `a.b`
    #[error("it must be letters, digits, `-` and `_`")]
    Character,
    /// `-a`
    #[error("it must begin and end with a letter or digit")]
    Ends,
    /// `AWS`
    #[error("it must be lower-case letters and digits")]
    System,
}

/// A module's address, such as `registry.terraform.io/terraform-aws-modules/vpc/aws`, in the spelling it was given in.
///
/// Clients keep the case of namespace and name. Addresses that differ in nothing else share a repository; upstreams may
/// tell them apart, so they are asked in the client's spelling, and two spellings are two addresses here.
///
/// Spec: <https://developer.hashicorp.com/terraform/internals/module-registry-protocol#module-addresses>
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct ModuleAddr {
    hostname: Hostname,
    namespace: Arc<str>,
    name: Arc<str>,
    system: Arc<str>,
    /// Derived from the others; kept because whether there is one decides whether this is an address.
    repository: RepositoryName,
}

impl ModuleAddr {
    /// The module of a host.
    pub fn new(
        hostname: Hostname,
        namespace: &str,
        name: &str,
        system: &str,
    ) -> Result<Self, ModuleAddrError> {
        check("namespace", namespace, name_rule)?;
        check("name", name, name_rule)?;
        check("system", system, system_rule)?;
        let parts = [&hostname.to_part(), namespace, name, system];
        let repository =
            family::join(Family::Modules, parts).map_err(|source| ModuleAddrError::Repository {
                address: format!("{hostname}/{namespace}/{name}/{system}"),
                source,
            })?;
        Ok(Self {
            hostname,
            namespace: namespace.into(),
            name: name.into(),
            system: system.into(),
            repository,
        })
    }

    /// Reads `NAMESPACE/NAME/SYSTEM`, which is on the given host, or `HOST/NAMESPACE/NAME/SYSTEM`.
    pub fn parse_with_default(text: &str, default: &Hostname) -> Result<Self, ModuleAddrError> {
        // At most one part more than an address has: enough to see that there are too many.
        match text.splitn(5, '/').collect::<Vec<_>>().as_slice() {
            [namespace, name, system] => Self::new(default.clone(), namespace, name, system),
            [hostname, namespace, name, system] => {
                Self::new(hostname.parse()?, namespace, name, system)
            }
            _ => Err(ModuleAddrError::Parts(excerpt(text))),
        }
    }

    /// The host that the module comes from.
    pub const fn hostname(&self) -> &Hostname {
        &self.hostname
    }

    /// The namespace, such as `terraform-aws-modules`.
    pub fn namespace(&self) -> &str {
        &self.namespace
    }

    /// The name, such as `vpc`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it is for, such as `aws`.
    pub fn system(&self) -> &str {
        &self.system
    }

    /// The address without its host.
    pub fn path(&self) -> String {
        format!("{}/{}/{}", self.namespace, self.name, self.system)
    }

    /// The repository that holds the module's versions.
    pub fn repository(&self) -> RepositoryName {
        self.repository.clone()
    }

    /// What the names of the repositories begin with that hold the modules of a host: all of them, those of a namespace, or of a
    /// namespace and a name.
    pub fn tree<'a>(hostname: &Hostname, below: impl IntoIterator<Item = &'a str>) -> String {
        let mut tree = format!("{}/{}/", Family::Modules.as_str(), hostname.component());
        for part in below {
            tree.push_str(&component::escape(part));
            tree.push('/');
        }
        tree
    }

    /// The module whose versions a repository holds, in lower case; none where the name is no module's.
    pub fn from_repository(repository: &RepositoryName) -> Option<Self> {
        let [host, namespace, name, system] = family::split(Family::Modules, repository)?;
        let address = Self::new(Hostname::from_part(&host)?, &namespace, &name, &system).ok()?;
        (address.repository == *repository).then_some(address)
    }

    /// The address that the module goes by today: registry.coder.com used to publish the modules of its namespace `coder` under
    /// `modules`, and answers there still.
    #[must_use]
    pub fn current(self) -> Self {
        let is_legacy = self.hostname.as_str() == "registry.coder.com"
            && *self.system == *"coder"
            && *self.namespace == *"modules";
        let current = is_legacy
            .then(|| Self::new(self.hostname.clone(), "coder", &self.name, &self.system).ok());
        current.flatten().unwrap_or(self)
    }

    /// The same module on another host.
    pub fn on(&self, hostname: Hostname) -> Result<Self, ModuleAddrError> {
        Self::new(hostname, &self.namespace, &self.name, &self.system)
    }
}

fn check(
    part: &'static str,
    given: &str,
    rule: fn(&str) -> Result<(), ModuleNameRule>,
) -> Result<(), ModuleAddrError> {
    rule(given).map_err(|rule| ModuleAddrError::Name {
        part,
        given: excerpt(given),
        rule,
    })
}

fn name_rule(text: &str) -> Result<(), ModuleNameRule> {
    if text.is_empty() || text.len() > MODULE_PART_BYTES_MAX {
        return Err(ModuleNameRule::Length);
    }
    let inner = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
    if !text.bytes().all(inner) {
        return Err(ModuleNameRule::Character);
    }
    if text.starts_with(['-', '_']) || text.ends_with(['-', '_']) {
        return Err(ModuleNameRule::Ends);
    }
    Ok(())
}

fn system_rule(text: &str) -> Result<(), ModuleNameRule> {
    if text.is_empty() || text.len() > MODULE_PART_BYTES_MAX {
        return Err(ModuleNameRule::Length);
    }
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    if text.bytes().all(plain) {
        Ok(())
    } else {
        Err(ModuleNameRule::System)
    }
}

impl FromStr for ModuleAddr {
    type Err = ModuleAddrError;

    fn from_str(text: &str) -> Result<Self, ModuleAddrError> {
        match text.splitn(5, '/').collect::<Vec<_>>().as_slice() {
            [hostname, namespace, name, system] => {
                Self::new(hostname.parse()?, namespace, name, system)
            }
            _ => Err(ModuleAddrError::Parts(excerpt(text))),
        }
    }
}

impl fmt::Display for ModuleAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}/{}/{}/{}",
            self.hostname, self.namespace, self.name, self.system
        )
    }
}

impl fmt::Debug for ModuleAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl TryFrom<String> for ModuleAddr {
    type Error = ModuleAddrError;

    fn try_from(text: String) -> Result<Self, ModuleAddrError> {
        text.parse()
    }
}

impl From<ModuleAddr> for String {
    fn from(address: ModuleAddr) -> Self {
        address.to_string()
    }
}
