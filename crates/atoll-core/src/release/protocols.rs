use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::excerpt::excerpt;

/// How many protocol versions a provider may list.
pub(super) const PROTOCOLS_MAX: usize = 32;

/// A version of the protocol between Terraform and a provider, such as `6.0`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct Protocol {
    pub(super) major: u16,
    pub(super) minor: u16,
}

/// A text that is no protocol version.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("a protocol version is two numbers such as `6.0`, not {0:?}")]
pub struct ProtocolError(Box<str>);

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

impl FromStr for Protocol {
    type Err = ProtocolError;

    fn from_str(text: &str) -> Result<Self, ProtocolError> {
        let numbers = text
            .split_once('.')
            .and_then(|(major, minor)| Some((number(major)?, number(minor)?)));
        let (major, minor) = numbers.ok_or_else(|| ProtocolError(excerpt(text).into()))?;
        Ok(Self { major, minor })
    }
}

/// Only as it would be printed: `6.00` and `+6.0` are other texts for clients that compare them.
fn number(text: &str) -> Option<u16> {
    text.parse()
        .ok()
        .filter(|number: &u16| number.to_string() == text)
}

impl TryFrom<String> for Protocol {
    type Error = ProtocolError;

    fn try_from(text: String) -> Result<Self, ProtocolError> {
        text.parse()
    }
}

impl From<Protocol> for String {
    fn from(protocol: Protocol) -> Self {
        protocol.to_string()
    }
}

/// The protocol versions that a provider speaks, at least one, in the provider's order.
///
/// As text a list with commas, `5.0,6.0`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(try_from = "Vec<Protocol>", into = "Vec<Protocol>")]
pub struct Protocols(Vec<Protocol>);

/// Why some protocol versions are no list of them.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProtocolsError {
    /// There is none.
    #[error("a provider speaks at least one protocol version, such as `6.0`")]
    Empty,
    /// There are too many.
    #[error("a provider lists at most {PROTOCOLS_MAX} protocol versions")]
    TooMany,
    /// One is listed twice.
    #[error("protocol version {0} is listed twice")]
    Twice(Protocol),
    /// One is not a version.
    #[error(transparent)]
    Protocol(#[from] ProtocolError),
}

impl Protocols {
    /// The versions, in the provider's order.
    pub fn iter(&self) -> impl Iterator<Item = Protocol> {
        self.0.iter().copied()
    }
}

impl Default for Protocols {
    /// What registries assume where a release says nothing: 5.0.
    fn default() -> Self {
        Self(vec![Protocol { major: 5, minor: 0 }])
    }
}

impl TryFrom<Vec<Protocol>> for Protocols {
    type Error = ProtocolsError;

    fn try_from(list: Vec<Protocol>) -> Result<Self, ProtocolsError> {
        if list.is_empty() {
            return Err(ProtocolsError::Empty);
        }
        if list.len() > PROTOCOLS_MAX {
            return Err(ProtocolsError::TooMany);
        }
        let mut earlier = std::collections::BTreeSet::new();
        match list.iter().find(|protocol| !earlier.insert(**protocol)) {
            Some(twice) => Err(ProtocolsError::Twice(*twice)),
            None => Ok(Self(list)),
        }
    }
}

impl From<Protocols> for Vec<Protocol> {
    fn from(protocols: Protocols) -> Self {
        protocols.0
    }
}

impl fmt::Display for Protocols {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        self.iter().try_for_each(|protocol| {
            write!(f, "{}{protocol}", std::mem::replace(&mut separator, ","))
        })
    }
}

impl FromStr for Protocols {
    type Err = ProtocolsError;

    fn from_str(text: &str) -> Result<Self, ProtocolsError> {
        let list: Result<Vec<_>, _> = text.split(',').map(str::parse).collect();
        Self::try_from(list?)
    }
}
