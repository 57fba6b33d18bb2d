//! What an address rule says when it refuses.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

/// Why an address is not dialled, and what would open it.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{reason}; {}", self.cure())]
pub struct Refusal {
    /// Label of the upstream whose rules refuse.
    pub upstream: Arc<str>,
    /// The rule.
    pub reason: RefusalReason,
    /// The entry of `allow_addresses` that would permit it, where one can.
    pub allow_entry: Option<Box<str>>,
}

impl Refusal {
    fn cure(&self) -> String {
        match (&self.allow_entry, &self.reason) {
            (Some(entry), _) => {
                format!(
                    "`allow_addresses = [\"{entry}\"]` in upstream {:?} permits it",
                    self.upstream
                )
            }
            (None, RefusalReason::UserInfo) => {
                format!(
                    "credentials belong into `token` or `username` of upstream {:?}",
                    self.upstream
                )
            }
            (None, _) => "no setting permits it".to_owned(),
        }
    }
}

/// The rule that refuses an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RefusalReason {
    /// Something else than http and https.
    Scheme(Box<str>),
    /// A user name or password in the address.
    UserInfo,
    /// http, learnt from an https upstream.
    PlainHttp(Box<str>),
    /// An address inside, learnt from an answer.
    NotPublic(IpAddr),
    /// A name that resolves to addresses inside only.
    NotPublicName(Box<str>, Vec<IpAddr>),
    /// A name that only means something inside, which a proxy would resolve for us.
    LocalName(Box<str>),
}

impl fmt::Display for RefusalReason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Scheme(scheme) => write!(formatter, "{scheme} is neither https nor http"),
            Self::UserInfo => formatter.write_str("the address carries a user name or password"),
            Self::PlainHttp(host) => {
                write!(formatter, "an https upstream names plain http on {host}")
            }
            Self::NotPublic(address) => {
                write!(
                    formatter,
                    "an answer names {address}, which is not a public address"
                )
            }
            Self::NotPublicName(name, addresses) => {
                write!(
                    formatter,
                    "an answer names {name}, which resolves to no public address but"
                )?;
                for address in addresses {
                    write!(formatter, " {address}")?;
                }
                Ok(())
            }
            Self::LocalName(name) => {
                write!(
                    formatter,
                    "an answer names {name}, which is not a public name"
                )
            }
        }
    }
}
