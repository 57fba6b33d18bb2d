//! The names in a server certificate.

use std::collections::BTreeSet;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use rustls_pki_types::{DnsName, ServerName};

/// One name of a server: a host name or an address.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CertificateName {
    /// A lower-case host name in ASCII form.
    Dns(Box<str>),
    /// An address.
    Ip(IpAddr),
}

/// A name that can't stand in a certificate.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} can't stand in a certificate: it is neither a host name nor an address")]
pub struct NameError(Box<str>);

impl FromStr for CertificateName {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let bare = text
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'))
            .unwrap_or(text);
        if let Ok(address) = bare.parse::<IpAddr>() {
            return Ok(Self::Ip(address.to_canonical()));
        }
        let name = text.strip_suffix('.').unwrap_or(text).to_ascii_lowercase();
        match DnsName::try_from(name.as_str()) {
            Ok(_) => Ok(Self::Dns(name.into())),
            Err(_) => Err(NameError(text.into())),
        }
    }
}

impl fmt::Display for CertificateName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dns(name) => formatter.write_str(name),
            Self::Ip(address) => write!(formatter, "{address}"),
        }
    }
}

impl CertificateName {
    /// The name as a client would look for it.
    pub(super) fn server_name(&self) -> Option<ServerName<'static>> {
        match self {
            Self::Dns(name) => ServerName::try_from(name.to_string()).ok(),
            Self::Ip(address) => Some(ServerName::IpAddress((*address).into())),
        }
    }
}

/// What a server is called, without duplicates and in a fixed order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CertificateNames(BTreeSet<CertificateName>);

impl CertificateNames {
    /// The names every server has: `localhost` and the loopback addresses.
    pub fn local() -> Self {
        Self(BTreeSet::from([
            CertificateName::Dns("localhost".into()),
            CertificateName::Ip(Ipv4Addr::LOCALHOST.into()),
            CertificateName::Ip(Ipv6Addr::LOCALHOST.into()),
        ]))
    }

    /// Adds a name; one that is there already changes nothing.
    pub fn insert(&mut self, name: CertificateName) {
        self.0.insert(name);
    }

    /// Whether the name is among them.
    pub fn contains(&self, name: &CertificateName) -> bool {
        self.0.contains(name)
    }

    /// The names in order: host names first.
    pub fn iter(&self) -> impl Iterator<Item = &CertificateName> {
        self.0.iter()
    }
}

impl FromIterator<CertificateName> for CertificateNames {
    fn from_iter<I: IntoIterator<Item = CertificateName>>(names: I) -> Self {
        Self(names.into_iter().collect())
    }
}

impl Extend<CertificateName> for CertificateNames {
    fn extend<I: IntoIterator<Item = CertificateName>>(&mut self, names: I) {
        self.0.extend(names);
    }
}

impl fmt::Display for CertificateNames {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, name) in self.0.iter().enumerate() {
            let separator = if position == 0 { "" } else { ", " };
            write!(formatter, "{separator}{name}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> CertificateName {
        text.parse().unwrap()
    }

    #[test]
    fn names_are_canonical() {
        assert_eq!(name("Atoll.Example.COM."), name("atoll.example.com"));
        assert_eq!(name("[::1]"), name("0:0::1"));
        assert_eq!(name("::ffff:10.0.0.1"), name("10.0.0.1"));
        assert_eq!(name("10.0.0.1").to_string(), "10.0.0.1");
    }

    #[test]
    fn what_is_no_name_is_refused() {
        for text in [
            "",
            ".",
            "a b",
            "atoll.example.com:8443",
            "https://atoll",
            "*",
            "bücher.example",
            "-a",
            "a..b",
        ] {
            let error = text.parse::<CertificateName>().unwrap_err();
            assert!(
                error
                    .to_string()
                    .contains("neither a host name nor an address"),
                "{text}"
            );
        }
    }

    #[test]
    fn every_server_is_localhost() {
        let names = CertificateNames::local();
        assert_eq!(names.to_string(), "localhost, 127.0.0.1, ::1");
        assert!(names.contains(&name("LOCALHOST")));
    }
}
