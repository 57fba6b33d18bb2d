//! Entries of `allow_addresses`.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

/// One entry of `allow_addresses`: `host`, `host:port`, `ip`, `ip:port` or a network such as `10.0.0.0/8`.
///
/// A host name that the operator wrote is trusted whatever it resolves to; an address or a network is trusted
/// whatever name led there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AllowedAddress {
    /// A host by name, on one port or on any.
    Host {
        /// Lower-case name.
        name: Box<str>,
        /// `None` is any port.
        port: Option<u16>,
    },
    /// One address or a network, on one port or on any.
    Network {
        /// First address of the network.
        base: IpAddr,
        /// Length of the fixed prefix in bits.
        prefix_bits: u8,
        /// `None` is any port.
        port: Option<u16>,
    },
}

/// An entry of `allow_addresses` that can't be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AllowedAddressError {
    /// Nothing there.
    #[error("an allowed address is empty")]
    Empty,
    /// A URL instead of a host.
    #[error(
        "{0:?} is not an address: write host, host:port, ip, ip:port or a network such as 10.0.0.0/8"
    )]
    Shape(Box<str>),
    /// A prefix that the address family can't have, or with bits set behind it.
    #[error("{0:?} is not a network: the prefix is too long or bits behind it are set")]
    Prefix(Box<str>),
    /// A port that is no number from 1 to 65535.
    #[error("{0:?} has no valid port")]
    Port(Box<str>),
}

impl AllowedAddress {
    /// Whether a host name on a port is listed by name.
    pub(crate) fn names(&self, host: &str, at_port: u16) -> bool {
        match self {
            Self::Host { name, port } => **name == *host && port.is_none_or(|port| port == at_port),
            Self::Network { .. } => false,
        }
    }

    /// Whether an address on a port lies in a listed network.
    pub(crate) fn contains(&self, address: IpAddr, at_port: u16) -> bool {
        match self {
            Self::Host { .. } => false,
            Self::Network {
                base,
                prefix_bits,
                port,
            } => {
                port.is_none_or(|port| port == at_port)
                    && masked(address.to_canonical(), *prefix_bits) == Some(*base)
            }
        }
    }

    /// The port that an address entry is limited to.
    pub(crate) fn network_port(&self) -> Option<u16> {
        match self {
            Self::Host { .. } => None,
            Self::Network { port, .. } => *port,
        }
    }

    fn network(address: IpAddr, prefix: Option<u8>, port: Option<u16>) -> Option<Self> {
        let base = address.to_canonical();
        let prefix_bits = prefix.unwrap_or_else(|| address_bits(base));
        (masked(base, prefix_bits) == Some(base)).then_some(Self::Network {
            base,
            prefix_bits,
            port,
        })
    }
}

fn address_bits(address: IpAddr) -> u8 {
    if address.is_ipv4() { 32 } else { 128 }
}

/// The address with everything behind the prefix cleared; `None` for a prefix longer than the address.
fn masked(address: IpAddr, prefix_bits: u8) -> Option<IpAddr> {
    let host_bits = u32::from(address_bits(address).checked_sub(prefix_bits)?);
    Some(match address {
        IpAddr::V4(v4) => {
            let mask = u32::MAX.checked_shl(host_bits).unwrap_or(0);
            IpAddr::V4(Ipv4Addr::from_bits(v4.to_bits() & mask))
        }
        IpAddr::V6(v6) => {
            let mask = u128::MAX.checked_shl(host_bits).unwrap_or(0);
            IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & mask))
        }
    })
}

impl FromStr for AllowedAddress {
    type Err = AllowedAddressError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.is_empty() {
            return Err(AllowedAddressError::Empty);
        }
        if let Ok(address) = text.parse::<IpAddr>() {
            return Self::network(address, None, None).ok_or_else(|| prefix_error(text));
        }
        if let Some((address, prefix)) = text.split_once('/') {
            let address: IpAddr = address.parse().map_err(|_| shape_error(text))?;
            let prefix: u8 = prefix.parse().map_err(|_| prefix_error(text))?;
            return Self::network(address, Some(prefix), None).ok_or_else(|| prefix_error(text));
        }
        let (host, port) = match text.rsplit_once(':') {
            Some((host, port)) => (host, Some(parse_port(text, port)?)),
            None => (text, None),
        };
        let bare = host
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'))
            .unwrap_or(host);
        if let Ok(address) = bare.parse::<IpAddr>() {
            return Self::network(address, None, port).ok_or_else(|| prefix_error(text));
        }
        match url::Host::parse(host) {
            Ok(url::Host::Domain(name)) if name.bytes().all(is_name_byte) => Ok(Self::Host {
                name: name.into(),
                port,
            }),
            _ => Err(shape_error(text)),
        }
    }
}

fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_')
}

fn parse_port(text: &str, port: &str) -> Result<u16, AllowedAddressError> {
    match port.parse() {
        Ok(0) | Err(_) => Err(AllowedAddressError::Port(text.into())),
        Ok(port) => Ok(port),
    }
}

fn shape_error(text: &str) -> AllowedAddressError {
    AllowedAddressError::Shape(text.into())
}

fn prefix_error(text: &str) -> AllowedAddressError {
    AllowedAddressError::Prefix(text.into())
}

impl fmt::Display for AllowedAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Host { name, port: None } => formatter.write_str(name),
            Self::Host {
                name,
                port: Some(port),
            } => write!(formatter, "{name}:{port}"),
            Self::Network {
                base,
                prefix_bits,
                port,
            } => {
                let whole = *prefix_bits == address_bits(*base);
                match (base, port) {
                    (_, None) if whole => write!(formatter, "{base}"),
                    (_, None) => write!(formatter, "{base}/{prefix_bits}"),
                    (IpAddr::V4(v4), Some(port)) => write!(formatter, "{v4}:{port}"),
                    (IpAddr::V6(v6), Some(port)) => write!(formatter, "[{v6}]:{port}"),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn whatever_parses_prints_as_something_that_parses_to_the_same(text in "[a-z0-9.:/\\[\\]-]{0,24}") {
            if let Ok(parsed) = text.parse::<AllowedAddress>() {
                prop_assert_eq!(parsed.to_string().parse::<AllowedAddress>().unwrap(), parsed);
            }
        }

        #[test]
        fn an_address_lies_in_every_network_around_it(bits in any::<u32>(), prefix in 0_u8..=32) {
            let address = IpAddr::V4(Ipv4Addr::from_bits(bits));
            let base = masked(address, prefix).unwrap();
            let network: AllowedAddress = format!("{base}/{prefix}").parse().unwrap();
            prop_assert!(network.contains(address, 443));
        }
    }

    fn parse(text: &str) -> AllowedAddress {
        text.parse().unwrap()
    }

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn every_shape_round_trips() {
        for text in [
            "cdn.example",
            "cdn.example:8443",
            "10.1.2.3",
            "10.1.2.3:80",
            "10.0.0.0/8",
            "0.0.0.0/0",
            "fd00::/8",
            "::1",
            "[::1]:8443",
        ] {
            assert_eq!(parse(text).to_string(), text);
        }
    }

    #[test]
    fn names_are_compared_in_lower_case() {
        assert!(parse("CDN.Example").names("cdn.example", 1));
    }

    #[test]
    fn a_port_limits_the_entry() {
        assert!(parse("cdn.example:8443").names("cdn.example", 8443));
        assert!(!parse("cdn.example:8443").names("cdn.example", 443));
        assert!(parse("10.1.2.3:80").contains(ip("10.1.2.3"), 80));
        assert!(!parse("10.1.2.3:80").contains(ip("10.1.2.3"), 81));
    }

    #[test]
    fn networks_hold_their_addresses_and_no_others() {
        assert!(parse("10.0.0.0/8").contains(ip("10.255.0.1"), 443));
        assert!(parse("10.0.0.0/8").contains(ip("::ffff:10.255.0.1"), 443));
        assert!(!parse("10.0.0.0/8").contains(ip("11.0.0.0"), 443));
        assert!(!parse("10.0.0.0/8").contains(ip("fd00::1"), 443));
        assert!(parse("fd00::/8").contains(ip("fdff::1"), 443));
        assert!(parse("0.0.0.0/0").contains(ip("203.0.113.9"), 443));
        assert!(!parse("10.0.0.0/8").names("10.0.0.1", 443));
    }

    #[test]
    fn bad_entries_are_refused() {
        for text in [
            "",
            "https://cdn.example",
            "cdn.example/",
            "cdn.example:",
            "cdn.example:0",
            "cdn.example:65536",
            "10.0.0.1/8",
            "10.0.0.0/33",
            "10.0.0.0/-1",
            "fd00::/129",
            "*",
            "a b",
        ] {
            assert!(text.parse::<AllowedAddress>().is_err(), "{text:?}");
        }
    }
}
