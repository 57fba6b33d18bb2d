//! What an operator says about one upstream.

use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use url::Url;

use crate::AllowedAddress;

/// How one upstream is reached. Built by the configuration.
#[derive(Clone, Debug)]
pub struct UpstreamSettings {
    /// The label of its block: for a Terraform registry the hostname in addresses.
    pub label: String,
    /// Where it is; by default `https://<label>/`.
    pub url: Url,
    /// What it speaks, where that is not given by its kind.
    pub protocol: Protocol,
    /// Certificates to trust besides the system's.
    pub ca_pem: Option<Vec<u8>>,
    /// Sent to the upstream's own host and port, and nowhere else.
    pub credential: Credential,
    /// The only proxy that is used; environment variables are not read.
    pub proxy: Option<Url>,
    /// Addresses of the upstream's own host, where DNS says something else.
    pub resolve: Vec<IpAddr>,
    /// What may be dialled besides public addresses and the upstream itself.
    pub allow_addresses: Vec<AllowedAddress>,
    /// `mode = "offline"`: never dialled.
    pub offline: bool,
    /// The private key for git over ssh. It is shown to no server but those in `ssh_known_hosts_file`.
    pub ssh_key_file: Option<PathBuf>,
    /// The servers that git over ssh may talk to, as `ssh-keyscan` writes them.
    pub ssh_known_hosts_file: Option<PathBuf>,
}

/// What a Terraform upstream speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Protocol {
    /// The provider and module registry protocols, found by service discovery.
    #[default]
    Registry,
    /// The provider network mirror protocol.
    NetworkMirror,
}

/// What is sent to an upstream to be let in.
#[derive(Clone, Debug, Default)]
pub enum Credential {
    /// Nothing.
    #[default]
    None,
    /// `Authorization: Bearer …`
    Bearer(SecretText),
    /// `Authorization: Basic …`
    Basic {
        /// The user.
        username: String,
        /// The password.
        password: SecretText,
    },
}

/// A secret that does not print.
#[derive(Clone)]
pub struct SecretText(Box<str>);

impl SecretText {
    /// Wraps a secret.
    pub fn new(text: impl Into<Box<str>>) -> Self {
        Self(text.into())
    }

    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SecretText {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("***")
    }
}

/// Settings of an upstream that can't be used.
#[derive(Debug, thiserror::Error)]
pub enum UpstreamSettingsError {
    /// The label is no host, so an address must be given.
    #[error("upstream {label:?} needs a `url`: its label is not a host name")]
    Label {
        /// The label.
        label: String,
        /// Why it is none.
        #[source]
        source: url::ParseError,
    },
    /// Not http or https.
    #[error("the `url` of upstream {label:?} is neither https nor http")]
    Scheme {
        /// The label.
        label: String,
    },
    /// Credentials in the address.
    #[error(
        "the `url` of upstream {label:?} carries credentials: use `token`, or `username` and `password`"
    )]
    UserInfo {
        /// The label.
        label: String,
    },
    /// A token or password that can't be sent.
    #[error("the credential of upstream {label:?} has characters that a header can't carry")]
    Credential {
        /// The label.
        label: String,
    },
    /// `ca_file` without usable certificates.
    #[error("the `ca_file` of upstream {label:?} holds no usable PEM certificate")]
    Certificates {
        /// The label.
        label: String,
        /// What is wrong with it, where that is known.
        #[source]
        source: Option<Box<dyn std::error::Error + Send + Sync>>,
    },
    /// A proxy that can't be used.
    #[error("the `proxy` of upstream {label:?} can't be used")]
    Proxy {
        /// The label.
        label: String,
        /// What is wrong with it.
        #[source]
        source: reqwest::Error,
    },
    /// TLS can't be set up.
    #[error("failed to set up TLS for upstream {label:?}")]
    Tls {
        /// The label.
        label: String,
        /// Why.
        #[source]
        source: rustls::Error,
    },
    /// The HTTP client can't be built.
    #[error("failed to build a client for upstream {label:?}")]
    Client {
        /// The label.
        label: String,
        /// Why.
        #[source]
        source: reqwest::Error,
    },
}

impl UpstreamSettings {
    /// Defaults for a label that is a host name, with or without a port.
    pub fn new(label: impl Into<String>) -> Result<Self, UpstreamSettingsError> {
        let label = label.into();
        match Url::parse(&format!("https://{label}/")) {
            Ok(url) => Ok(Self::at(label, url)),
            Err(source) => Err(UpstreamSettingsError::Label { label, source }),
        }
    }

    /// Defaults for an upstream with an address of its own.
    pub fn at(label: impl Into<String>, url: Url) -> Self {
        Self {
            label: label.into(),
            url,
            protocol: Protocol::default(),
            ca_pem: None,
            credential: Credential::None,
            proxy: None,
            resolve: Vec::new(),
            allow_addresses: Vec::new(),
            offline: false,
            ssh_key_file: None,
            ssh_known_hosts_file: None,
        }
    }
}

/// How long we wait for an upstream.
#[derive(Clone, Copy, Debug)]
pub struct Timeouts {
    /// Name lookup, TCP and TLS together.
    pub connect: Duration,
    /// From a request for a stream to the end of its headers, redirects included.
    pub stream_headers: Duration,
    /// For all the addresses together that lead from one to the next, until one names a package.
    pub locate: Duration,
    /// Between two pieces of a stream.
    pub stream_idle: Duration,
    /// Without a byte in either direction between git and a repository. Servers that have work to do say so every few seconds.
    pub repository_idle: Duration,
}

/// How long a repository may be silent, see [`Timeouts::repository_idle`].
const REPOSITORY_IDLE_SECS: u64 = 60;

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            stream_headers: Duration::from_secs(30),
            locate: Duration::from_mins(1),
            stream_idle: Duration::from_mins(1),
            repository_idle: Duration::from_secs(REPOSITORY_IDLE_SECS),
        }
    }
}
