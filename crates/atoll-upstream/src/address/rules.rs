//! The address rules of one upstream.

use std::net::IpAddr;
use std::sync::Arc;

use url::{Host, Url};

use super::{AllowedAddress, Refusal, RefusalReason, is_public};

/// What an upstream's answers may make us dial.
#[derive(Clone, Debug)]
pub(crate) struct AddressRules {
    upstream: Arc<str>,
    own: Url,
    allowed: Arc<[AllowedAddress]>,
    /// A proxy resolves names out of our sight, so local names are refused by their shape.
    proxied: bool,
}

/// How an address may be dialled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Route {
    /// The operator wrote this host and port: whatever it resolves to.
    Written,
    /// Learnt from an answer: the resolver drops every address that is neither public nor listed.
    Learnt {
        /// Entries may be limited to it.
        port: u16,
    },
}

/// Suffixes that never name a public host.
const LOCAL_SUFFIXES: [&str; 6] = [
    ".localhost",
    ".local",
    ".internal",
    ".home.arpa",
    ".lan",
    ".intranet",
];

impl AddressRules {
    pub(crate) fn new(
        upstream: Arc<str>,
        own: Url,
        allowed: Arc<[AllowedAddress]>,
        proxied: bool,
    ) -> Self {
        Self {
            upstream,
            own,
            allowed,
            proxied,
        }
    }

    /// Whether a URL is on the very host and port that the operator wrote. Credentials go nowhere else.
    pub(crate) fn is_own(&self, url: &Url) -> bool {
        url.scheme() == self.own.scheme() && is_same_host_and_port(url, &self.own)
    }

    /// Decides how a URL may be dialled.
    pub(crate) fn route(&self, url: &Url) -> Result<Route, Refusal> {
        let refuse = |reason| Err(self.refusal(reason, url.port()));
        if !matches!(url.scheme(), "http" | "https") {
            return refuse(RefusalReason::Scheme(url.scheme().into()));
        }
        let (Some(host), Some(port)) = (url.host(), url.port_or_known_default()) else {
            return refuse(RefusalReason::Scheme(url.scheme().into()));
        };
        if !url.username().is_empty() || url.password().is_some() {
            return refuse(RefusalReason::UserInfo);
        }
        if self.is_own(url) {
            return Ok(Route::Written);
        }
        let is_downgrade = url.scheme() == "http" && self.own.scheme() == "https";
        if is_downgrade && !self.is_listed(&host, port) {
            return refuse(RefusalReason::PlainHttp(host.to_string().into()));
        }
        if is_same_host_and_port(url, &self.own) {
            return Ok(Route::Written);
        }
        match host {
            Host::Domain(name) => self.route_name(name, port),
            Host::Ipv4(address) => self.route_address(address.into(), port),
            Host::Ipv6(address) => self.route_address(address.into(), port),
        }
    }

    fn route_name(&self, name: &str, port: u16) -> Result<Route, Refusal> {
        if self.allowed.iter().any(|entry| entry.names(name, port)) {
            return Ok(Route::Written);
        }
        if self.proxied && is_local_name(name) {
            return Err(self.refusal(RefusalReason::LocalName(name.into()), None));
        }
        Ok(Route::Learnt { port })
    }

    fn route_address(&self, address: IpAddr, port: u16) -> Result<Route, Refusal> {
        if is_public(address)
            || self
                .allowed
                .iter()
                .any(|entry| entry.contains(address, port))
        {
            return Ok(Route::Learnt { port });
        }
        Err(self.refusal(RefusalReason::NotPublic(address), None))
    }

    fn is_listed(&self, host: &Host<&str>, port: u16) -> bool {
        self.allowed.iter().any(|entry| match host {
            Host::Domain(name) => entry.names(name, port),
            Host::Ipv4(address) => entry.contains((*address).into(), port),
            Host::Ipv6(address) => entry.contains((*address).into(), port),
        })
    }

    /// Words for a refusal, with the entry that would open it.
    pub(crate) fn refusal(&self, reason: RefusalReason, port: Option<u16>) -> Refusal {
        let with_port = |host: &str| match port {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        };
        let allow_entry = match &reason {
            RefusalReason::Scheme(_) | RefusalReason::UserInfo => None,
            RefusalReason::PlainHttp(host) => Some(with_port(host).into()),
            RefusalReason::NotPublic(address) => Some(address.to_string().into()),
            RefusalReason::NotPublicName(name, _) | RefusalReason::LocalName(name) => {
                Some(name.clone())
            }
        };
        Refusal {
            upstream: Arc::clone(&self.upstream),
            reason,
            allow_entry,
        }
    }
}

fn is_same_host_and_port(left: &Url, right: &Url) -> bool {
    left.host() == right.host() && left.port_or_known_default() == right.port_or_known_default()
}

fn is_local_name(name: &str) -> bool {
    let name = name.trim_end_matches('.');
    !name.contains('.') || LOCAL_SUFFIXES.iter().any(|suffix| name.ends_with(suffix))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(own: &str, allowed: &[&str], proxied: bool) -> AddressRules {
        let allowed = allowed.iter().map(|entry| entry.parse().unwrap()).collect();
        AddressRules::new(
            "tf.corp.example".into(),
            own.parse().unwrap(),
            allowed,
            proxied,
        )
    }

    fn route(rules: &AddressRules, url: &str) -> Result<Route, Refusal> {
        rules.route(&url.parse().unwrap())
    }

    #[test]
    fn the_operators_own_address_is_trusted_whatever_it_is() {
        for own in [
            "https://10.1.2.3:8443",
            "http://localhost:1234",
            "https://tf.corp.example",
        ] {
            let rules = rules(own, &[], false);
            assert_eq!(
                route(&rules, &format!("{own}/v1/x")).unwrap(),
                Route::Written
            );
        }
    }

    #[test]
    fn another_port_of_the_same_host_is_learnt() {
        let rules = rules("https://tf.corp.example:8443", &[], false);
        assert_eq!(
            route(&rules, "https://tf.corp.example/x").unwrap(),
            Route::Learnt { port: 443 }
        );
        assert!(!rules.is_own(&"https://tf.corp.example/x".parse().unwrap()));
    }

    #[test]
    fn private_literals_in_any_spelling_are_refused() {
        let rules = rules("https://tf.corp.example", &[], false);
        for url in [
            "https://10.0.0.5/x",
            "https://127.0.0.1:8443/x",
            "https://2130706433/x",
            "https://0x7f.1/x",
            "https://[::1]/x",
            "https://[::ffff:10.0.0.5]/x",
            "https://169.254.169.254/latest/meta-data",
        ] {
            let refusal = route(&rules, url).unwrap_err();
            assert!(
                matches!(refusal.reason, RefusalReason::NotPublic(_)),
                "{url}: {refusal}"
            );
        }
    }

    #[test]
    fn a_refusal_names_the_rule_and_the_key() {
        let rules = rules("https://tf.corp.example", &[], false);
        let words = route(&rules, "https://10.0.0.5/x").unwrap_err().to_string();
        assert_eq!(
            words,
            "an answer names 10.0.0.5, which is not a public address; \
             `allow_addresses = [\"10.0.0.5\"]` in upstream \"tf.corp.example\" permits it"
        );
        let words = route(&rules, "http://cdn.example:8080/x")
            .unwrap_err()
            .to_string();
        assert!(
            words.contains("`allow_addresses = [\"cdn.example:8080\"]`"),
            "{words}"
        );
    }

    #[test]
    fn listed_addresses_are_open() {
        let rules = rules(
            "https://tf.corp.example",
            &["10.0.0.0/8", "cdn.corp.example", "192.168.1.1:80"],
            false,
        );
        assert_eq!(
            route(&rules, "https://10.0.0.5/x").unwrap(),
            Route::Learnt { port: 443 }
        );
        assert_eq!(
            route(&rules, "https://cdn.corp.example:99/x").unwrap(),
            Route::Written
        );
        assert_eq!(
            route(&rules, "http://cdn.corp.example/x").unwrap(),
            Route::Written
        );
        assert_eq!(
            route(&rules, "http://192.168.1.1/x").unwrap(),
            Route::Learnt { port: 80 }
        );
        assert!(route(&rules, "https://192.168.1.1/x").is_err());
        assert!(route(&rules, "http://other.example/x").is_err());
    }

    #[test]
    fn plain_http_is_open_where_the_operator_wrote_http() {
        let rules = rules("http://tf.corp.example", &[], false);
        assert!(route(&rules, "http://cdn.example/x").is_ok());
        assert!(route(&rules, "http://10.0.0.1/x").is_err());
    }

    #[test]
    fn a_downgrade_on_the_own_port_is_refused() {
        let rules = rules("https://tf.corp.example:8443", &[], false);
        assert!(route(&rules, "http://tf.corp.example:8443/x").is_err());
    }

    #[test]
    fn credentials_and_other_schemes_are_refused() {
        let rules = rules("https://tf.corp.example", &["cdn.example"], false);
        for url in [
            "https://u:p@cdn.example/x",
            "https://u@cdn.example/x",
            "ftp://cdn.example/x",
            "file:///etc/passwd",
        ] {
            assert!(route(&rules, url).is_err(), "{url}");
        }
    }

    #[test]
    fn behind_a_proxy_local_names_are_refused_by_shape() {
        let rules = rules("https://tf.corp.example", &["vault"], true);
        for url in [
            "https://metadata/x",
            "https://a.internal/x",
            "https://localhost/x",
            "https://a.local./x",
        ] {
            assert!(route(&rules, url).is_err(), "{url}");
        }
        assert!(route(&rules, "https://vault/x").is_ok());
        assert!(route(&rules, "https://cdn.example/x").is_ok());
    }
}
