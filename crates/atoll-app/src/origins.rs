//! Which origin a hostname in a request means.

use std::collections::HashSet;

use atoll_core::address::{Hostname, HostnameError};

/// The hostnames of this server and of its upstreams.
#[derive(Clone, Debug, Default)]
pub struct Origins {
    /// What this server goes by, without ports.
    own: HashSet<String>,
    /// What its upstreams go by.
    upstreams: HashSet<Hostname>,
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
        }
    }

    /// The origin that a hostname in a path means: this server's names, on any port, mean what was published here.
    pub fn resolve(&self, text: &str) -> Result<Hostname, HostnameError> {
        let hostname: Hostname = text.parse()?;
        let own = hostname.is_self()
            || hostname.always_means_self()
            || self.own.contains(hostname.host());
        Ok(if own { Hostname::self_() } else { hostname })
    }

    /// The origin that the `Host` of a request means: an upstream's where the network's DNS points its name at us, else ours.
    pub fn of_host_header(&self, host: Option<&str>) -> Hostname {
        host.and_then(|text| text.parse().ok())
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
        assert_eq!(
            origins.of_host_header(Some("registry.terraform.io:443")),
            name("registry.terraform.io")
        );
        for unknown in [None, Some("other.example.com"), Some("not a host")] {
            assert!(origins.of_host_header(unknown).is_self(), "{unknown:?}");
        }
    }
}
