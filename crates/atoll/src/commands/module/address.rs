//! Modules as people name them.

use std::fmt;

use atoll_core::address::{Hostname, ModuleAddr};
use url::Url;

use crate::output::UsageError;

/// `[HOST/]NS/NAME/SYSTEM`; the case of letters is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Address(ModuleAddr);

impl Address {
    /// Reads an address; without a host, it is of this server.
    pub(super) fn parse(text: &str) -> Result<Self, UsageError> {
        ModuleAddr::parse_with_default(text, &Hostname::self_())
            .map(Self)
            .map_err(|error| UsageError(format!("{text:?} is not [HOST/]NS/NAME/SYSTEM: {error}")))
    }

    /// The same, with `self` as the host where it names the server that is asked.
    pub(super) fn at(self, server: Option<&Url>) -> Self {
        let hostname = self.0.hostname();
        let is_server = server
            .and_then(Url::host_str)
            .is_some_and(|host| host == hostname.host());
        if hostname.always_means_self() || is_server {
            // A shorter host can't make the name of the repository too long.
            return self.0.on(Hostname::self_()).map_or(self, Self);
        }
        self
    }

    /// The host that it comes from.
    pub(super) fn hostname(&self) -> &Hostname {
        self.0.hostname()
    }

    /// The namespace, name and system.
    pub(super) fn parts(&self) -> [&str; 3] {
        [self.0.namespace(), self.0.name(), self.0.system()]
    }

    /// Where the management API has it.
    pub(super) fn path<'a>(&'a self, version: Option<&'a str>) -> Vec<&'a str> {
        ["modules", self.0.hostname().as_str()]
            .into_iter()
            .chain(self.parts())
            .chain(version)
            .collect()
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}
