//! Hosts that artifacts come from.

use std::borrow::Cow;
use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::num::NonZeroU16;
use std::str::FromStr;
use std::sync::{Arc, LazyLock};

use idna::uts46::{AsciiDenyList, DnsLength, Hyphens, Uts46};
use serde::{Deserialize, Serialize};

use crate::excerpt::excerpt;

/// The longest text that is looked at, in bytes: a name in international letters is longer than its ASCII form of 253.
pub const HOSTNAME_INPUT_BYTES_MAX: usize = 1024;

/// The longest name and the longest label that the DNS takes, in bytes.
const NAME_BYTES_MAX: usize = 253;
const LABEL_BYTES_MAX: usize = 63;

/// The port that is left out, because it is what `https` means.
const HTTPS_PORT: u16 = 443;

/// What a component of a repository's name has before a port, where a host has a colon.
const PORT_MARK: &str = "__";

/// A text that is no hostname.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not a hostname: {rule}")]
pub struct HostnameError {
    text: String,
    rule: HostnameRule,
}

/// What a text that is no hostname did wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HostnameRule {
    /// There is nothing, or nothing before the port.
    #[error("it is empty")]
    Empty,
    /// More than [`HOSTNAME_INPUT_BYTES_MAX`].
    #[error("it has more than {HOSTNAME_INPUT_BYTES_MAX} bytes")]
    TooLong,
    /// `https://example.com`, `example.com/path`, `user@example.com`
    #[error("it must be a host with an optional port, not a URL")]
    Url,
    /// `example.com:`, `example.com:0`, `example.com:http`
    #[error("what follows the colon must be a port from 1 to 65535")]
    Port,
    /// `1.2.3`, `0x7f.1`, `[::g]`
    #[error("an IP address must be four decimal numbers, or IPv6 in brackets")]
    Address,
    /// Not letters, digits and dashes, or labels that no resolver takes.
    #[error(
        "it must be a domain name of at most 253 characters: labels of letters, digits and inner dashes with dots between, in valid international form"
    )]
    Name,
}

impl HostnameError {
    /// The rule that was broken.
    pub const fn rule(&self) -> HostnameRule {
        self.rule
    }
}

/// A host with an optional port, such as `registry.terraform.io` or `xn--mnchen-3ya.de:8443`, in the form to compare and to dial.
///
/// International names are in ASCII form, letters are lower-case and port 443 is left out.
///
/// Spec: <https://www.unicode.org/reports/tr46/>
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct Hostname {
    text: Arc<str>,
    port: Option<NonZeroU16>,
}

impl Hostname {
    /// The host of what is published here.
    pub const SELF: &str = "self";

    /// A name for this server that works in addresses before it has any other.
    pub const INTERNAL_ALIAS: &str = "atoll.internal";

    /// The host of what is published here.
    pub fn self_() -> Self {
        // Asked for with every request for what is ours.
        static OURS: LazyLock<Hostname> = LazyLock::new(|| Hostname {
            text: Hostname::SELF.into(),
            port: None,
        });
        OURS.clone()
    }

    /// Whether this is [`Hostname::self_`].
    pub fn is_self(&self) -> bool {
        self.as_str() == Self::SELF
    }

    /// Whether this means what is published here on every server, on any port; the server's public names do too.
    pub fn always_means_self(&self) -> bool {
        matches!(self.host(), Self::SELF | Self::INTERNAL_ALIAS)
    }

    /// Host and port as displayed.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The host without its port; an IPv6 address keeps its brackets.
    pub fn host(&self) -> &str {
        match self.port {
            None => &self.text,
            Some(_) => self
                .text
                .rsplit_once(':')
                .map_or(&*self.text, |(host, _)| host),
        }
    }

    /// The port, unless it is 443.
    pub fn port(&self) -> Option<u16> {
        self.port.map(NonZeroU16::get)
    }

    /// What stands for this host in a repository's name, before [`super::component::escape`].
    pub(crate) fn to_part(&self) -> Cow<'_, str> {
        match self.port {
            None => Cow::Borrowed(&self.text),
            Some(port) => Cow::Owned(format!("{}{PORT_MARK}{port}", self.host())),
        }
    }

    /// The component of repository names that stands for this host.
    pub fn component(&self) -> String {
        super::component::escape(&self.to_part()).into_owned()
    }

    /// Reads back what [`Hostname::to_part`] wrote.
    pub(crate) fn from_part(text: &str) -> Option<Self> {
        let displayed = match text.rsplit_once(PORT_MARK) {
            None => text.to_owned(),
            Some((host, port)) => format!("{host}:{port}"),
        };
        displayed
            .parse()
            .ok()
            .filter(|hostname: &Self| hostname.to_part() == text)
    }
}

impl FromStr for Hostname {
    type Err = HostnameError;

    fn from_str(text: &str) -> Result<Self, HostnameError> {
        parse(text).map_err(|rule| HostnameError {
            text: excerpt(text),
            rule,
        })
    }
}

fn parse(text: &str) -> Result<Hostname, HostnameRule> {
    if text.len() > HOSTNAME_INPUT_BYTES_MAX {
        return Err(HostnameRule::TooLong);
    }
    if text.contains(['/', '\\', '@', '?', '#']) {
        return Err(HostnameRule::Url);
    }
    let (host, port) = match text.strip_prefix('[') {
        Some(bracketed) => {
            let (address, rest) = bracketed.split_once(']').ok_or(HostnameRule::Address)?;
            let address: Ipv6Addr = address.parse().map_err(|_| HostnameRule::Address)?;
            let port = if rest.is_empty() {
                None
            } else {
                Some(rest.strip_prefix(':').ok_or(HostnameRule::Port)?)
            };
            (Cow::Owned(format!("[{address}]")), port)
        }
        None => match text.split_once(':') {
            Some((name, port)) => (parse_name(name)?, Some(port)),
            None => (parse_name(text)?, None),
        },
    };
    let port = port
        .map(parse_port)
        .transpose()?
        .filter(|port| port.get() != HTTPS_PORT);
    let text = match port {
        None => host,
        Some(port) => Cow::Owned(format!("{host}:{port}")),
    };
    Ok(Hostname {
        text: text.into(),
        port,
    })
}

fn parse_port(text: &str) -> Result<NonZeroU16, HostnameRule> {
    // The standard parser takes a sign.
    if !text.bytes().all(|b| b.is_ascii_digit()) {
        return Err(HostnameRule::Port);
    }
    text.parse().map_err(|_| HostnameRule::Port)
}

fn parse_name(name: &str) -> Result<Cow<'_, str>, HostnameRule> {
    if name.is_empty() {
        return Err(HostnameRule::Empty);
    }
    // Most names are in the form to compare already: each request has one, and Unicode's tables take their time.
    let ascii = if is_plain(name) {
        Cow::Borrowed(name)
    } else {
        to_ascii(name)?
    };
    let last_label = ascii.rsplit('.').next().unwrap_or_default();
    // Resolvers read `127.1`, `0x7f.1` and `2130706433` as addresses, each in its own way: only the plain form is a host here.
    if is_number(last_label) && ascii.parse::<Ipv4Addr>().is_err() {
        return Err(HostnameRule::Address);
    }
    Ok(ascii)
}

/// The ASCII form of any name.
pub(super) fn to_ascii(name: &str) -> Result<Cow<'_, str>, HostnameRule> {
    Uts46::new()
        .to_ascii(
            name.as_bytes(),
            AsciiDenyList::STD3,
            Hyphens::CheckFirstLast,
            DnsLength::Verify,
        )
        .map_err(|_| HostnameRule::Name)
}

/// Whether [`to_ascii`] leaves a name as it is: lower-case labels that stand for nothing else.
pub(super) fn is_plain(name: &str) -> bool {
    let is_label = |label: &str| {
        (1..=LABEL_BYTES_MAX).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && !label.starts_with("xn--")
            && label
                .bytes()
                .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
    };
    name.len() <= NAME_BYTES_MAX && name.split('.').all(is_label)
}

fn is_number(label: &str) -> bool {
    match label.strip_prefix("0x") {
        Some(hex) => hex.bytes().all(|b| b.is_ascii_hexdigit()),
        None => label.bytes().all(|b| b.is_ascii_digit()),
    }
}

impl fmt::Display for Hostname {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Hostname {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl TryFrom<String> for Hostname {
    type Error = HostnameError;

    fn try_from(text: String) -> Result<Self, HostnameError> {
        text.parse()
    }
}

impl From<Hostname> for String {
    fn from(hostname: Hostname) -> Self {
        hostname.text.to_string()
    }
}
