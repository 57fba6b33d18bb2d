//! Which origin a hostname in a request means.

use std::collections::{HashMap, HashSet};

use atoll_core::address::{Hostname, HostnameError};

/// The hostnames of this server and of its upstreams.
#[derive(Clone, Debug, Default)]
pub struct Origins {
    /// What this server goes by, without ports.
    own: HashSet<String>,
    /// What its upstreams go by.
    upstreams: HashSet<Hostname>,
    /// Names of repositories in the URL shapes of other servers.
    aliases: HashMap<String, Hostname>,
}

impl Origins {
    /// A server that goes by these names, with these upstreams.
    pub fn new(
        own: impl IntoIterator<Item = Hostname>,
        upstreams: impl IntoIterator<Item = Hostname>,
    ) -> Self {
        Self {
            own: own.into_iter().map(|name| name.host().to_owned()).collect(),
            upstreams: upstreams.into_iter().collect(),
            aliases: HashMap::new(),
        }
    }

    /// With these names of repositories in the URL shapes of other servers. The first of two that are the same counts.
    #[must_use]
    pub fn with_aliases(mut self, aliases: impl IntoIterator<Item = (String, Hostname)>) -> Self {
        for (alias, hostname) in aliases {
            self.aliases.entry(alias).or_insert(hostname);
        }
        self
    }

    /// The origin that a repository means in the URL shapes of other servers: by an alias of the configuration, or by the
    /// upstream's own name. This server's names mean what was published here.
    pub fn of_repository(&self, key: &str) -> Option<Hostname> {
        let by_alias = self.aliases.get(key).cloned();
        by_alias.or_else(|| {
            let hostname = self.resolve(key).ok()?;
            (hostname.is_self() || self.upstreams.contains(&hostname)).then_some(hostname)
        })
    }

    /// The names that [`Self::of_repository`] knows, in order.
    pub fn repositories(&self) -> Vec<&str> {
        let hosts = self.upstreams.iter().map(Hostname::as_str);
        let aliases = self.aliases.keys().map(String::as_str);
        let mut names: Vec<&str> = hosts.chain(aliases).chain([Hostname::SELF]).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// The origin that a hostname in a path means: this server's names, on any port, mean what was published here.
    pub fn resolve(&self, text: &str) -> Result<Hostname, HostnameError> {
        let hostname: Hostname = text.parse()?;
        let own = hostname.is_self()
            || hostname.always_means_self()
            || self.own.contains(hostname.host());
        Ok(if own { Hostname::self_() } else { hostname })
    }

    /// Whether it is worth reading a host as an upstream's: each request has one, and hardly any is. An IPv6 address has many
    /// spellings.
    fn begins_as_upstream(&self, text: &str) -> bool {
        if text.starts_with('[') {
            return true;
        }
        let begins = |name: &str| {
            let beginning = text.get(..name.len());
            beginning.is_some_and(|beginning| beginning.eq_ignore_ascii_case(name))
        };
        self.upstreams
            .iter()
            .any(|upstream| begins(upstream.host()))
    }

    /// The origin that the `Host` of a request means: an upstream's where the network's DNS points its name at us, else ours.
    pub fn of_host_header(&self, host: Option<&str>) -> Hostname {
        host.filter(|text| self.begins_as_upstream(text))
            .and_then(|text| text.parse().ok())
            .filter(|hostname| self.upstreams.contains(hostname))
            .unwrap_or_else(Hostname::self_)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_names_mean_what_was_published_here() {
        let name = |text: &str| text.parse::<Hostname>().unwrap();
        let origins = Origins::new(
            [name("atoll.example.com:8443")],
            [name("registry.terraform.io")],
        );
        for own in [
            "atoll.example.com",
            "ATOLL.example.com:9000",
            "atoll.internal",
            "self",
        ] {
            assert!(origins.resolve(own).unwrap().is_self(), "{own}");
        }
        assert_eq!(
            origins.resolve("registry.terraform.io").unwrap(),
            name("registry.terraform.io")
        );
        for host in ["registry.terraform.io:443", "Registry.Terraform.IO"] {
            assert_eq!(
                origins.of_host_header(Some(host)),
                name("registry.terraform.io")
            );
        }
        let origins =
            origins.with_aliases([("terraform-remote".to_owned(), name("registry.terraform.io"))]);
        for key in ["terraform-remote", "registry.terraform.io"] {
            assert_eq!(
                origins.of_repository(key),
                Some(name("registry.terraform.io"))
            );
        }
        assert_eq!(origins.of_repository("self"), Some(Hostname::self_()));
        assert_eq!(origins.of_repository("tf.example"), None);
        assert_eq!(
            origins.repositories(),
            ["registry.terraform.io", "self", "terraform-remote"]
        );
        let others = [
            "other.example.com",
            "not a host",
            "registry.terraform.io:8443",
            "registry.terraform.io.example.com",
        ];
        for unknown in others.map(Some).into_iter().chain([None]) {
            assert!(origins.of_host_header(unknown).is_self(), "{unknown:?}");
        }
    }
}
