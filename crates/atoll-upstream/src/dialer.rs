//! Plain connections under the same rules as requests, for programs that speak for themselves.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use url::{Host, Url};

use crate::address::{AddressRules, Route};
use crate::clients::own_addresses;
use crate::resolver::{Check, CheckedResolver};
use crate::{AllowedAddress, Refusal, UpstreamSettings};

/// Opens connections to what the rules of an upstream permit.
#[derive(Clone)]
pub(crate) struct Dialer {
    rules: AddressRules,
    allowed: Arc<[AllowedAddress]>,
    overrides: Option<(Box<str>, Vec<IpAddr>)>,
    proxy: Option<Url>,
}

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DialError {
    /// The address rules forbid it.
    #[error("{0}")]
    Refused(Refusal),
    /// No host or no port.
    #[error("the address names no host and port")]
    NoHost,
    /// Name lookup.
    #[error("failed to look up {host}: {source}")]
    Lookup {
        host: String,
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// TCP.
    #[error("failed to connect: {0}")]
    Connect(#[from] std::io::Error),
    /// The proxy said no.
    #[error("the proxy refused: {0}")]
    Proxy(String),
}

/// The longest answer of a proxy to `CONNECT`.
const PROXY_ANSWER_BYTES_MAX: usize = 8 * 1024;

impl Dialer {
    pub(crate) fn new(
        settings: &UpstreamSettings,
        rules: &AddressRules,
        allowed: &Arc<[AllowedAddress]>,
    ) -> Self {
        Self {
            rules: rules.clone(),
            allowed: Arc::clone(allowed),
            overrides: own_addresses(settings),
            proxy: settings.proxy.clone(),
        }
    }

    /// Whether the rules permit an address by its looks, before anything is started for it.
    pub(crate) fn check(&self, url: &Url) -> Result<(), Refusal> {
        self.rules.route(url).map(|_| ())
    }

    /// Connects to the host and port of a URL.
    pub(crate) async fn dial(&self, url: &Url) -> Result<TcpStream, DialError> {
        let route = self.rules.route(url).map_err(DialError::Refused)?;
        let (Some(host), Some(port)) = (url.host(), url.port_or_known_default()) else {
            return Err(DialError::NoHost);
        };
        if let Some(proxy) = &self.proxy {
            return through_proxy(proxy, &format!("{host}:{port}")).await;
        }
        let check = match route {
            Route::Written => Check::Nothing,
            Route::Learnt { port } => Check::Public {
                rules: self.rules.clone(),
                allowed: Arc::clone(&self.allowed),
                port: Some(port),
            },
        };
        let addresses = match host {
            Host::Ipv4(address) => vec![SocketAddr::new(address.into(), port)],
            Host::Ipv6(address) => vec![SocketAddr::new(address.into(), port)],
            Host::Domain(name) => {
                let overrides = self.overrides.clone();
                let resolver = CheckedResolver { overrides, check };
                let found = resolver.lookup(name).await;
                let found = found.map_err(|source| lookup_error(name, source))?;
                let at_port = |address: SocketAddr| SocketAddr::new(address.ip(), port);
                found.into_iter().map(at_port).collect()
            }
        };
        Ok(TcpStream::connect(addresses.as_slice()).await?)
    }
}

fn lookup_error(host: &str, source: Box<dyn std::error::Error + Send + Sync>) -> DialError {
    match source.downcast::<Refusal>() {
        Ok(refusal) => DialError::Refused(*refusal),
        Err(source) => DialError::Lookup {
            host: host.to_owned(),
            source,
        },
    }
}

/// Asks the operator's proxy for a tunnel.
async fn through_proxy(proxy: &Url, target: &str) -> Result<TcpStream, DialError> {
    if proxy.scheme() != "http" {
        let what = "git goes through http:// proxies alone";
        return Err(DialError::Proxy(what.to_owned()));
    }
    let host = proxy.host_str().ok_or(DialError::NoHost)?;
    let port = proxy.port_or_known_default().ok_or(DialError::NoHost)?;
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let mut stream = TcpStream::connect((bare, port)).await?;
    let authorization = proxy_authorization(proxy);
    let head = format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n{authorization}\r\n");
    stream.write_all(head.as_bytes()).await?;
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n\r\n") {
        if answer.len() >= PROXY_ANSWER_BYTES_MAX {
            return Err(DialError::Proxy("its answer has no end".to_owned()));
        }
        // Byte by byte: what follows the answer is the tunnel's.
        answer.push(stream.read_u8().await?);
    }
    let status = String::from_utf8_lossy(&answer);
    let status = status.lines().next().unwrap_or_default();
    if status
        .split(' ')
        .nth(1)
        .is_some_and(|code| code.starts_with('2'))
    {
        return Ok(stream);
    }
    Err(DialError::Proxy(
        status.chars().filter(|c| !c.is_control()).collect(),
    ))
}

/// The header for a proxy whose address carries a user, or nothing.
fn proxy_authorization(proxy: &Url) -> String {
    if proxy.username().is_empty() {
        return String::new();
    }
    let user = percent_decoded(proxy.username());
    let password = percent_decoded(proxy.password().unwrap_or_default());
    let pair = BASE64_STANDARD.encode(format!("{user}:{password}"));
    format!("Proxy-Authorization: Basic {pair}\r\n")
}

fn percent_decoded(text: &str) -> String {
    percent_encoding::percent_decode_str(text)
        .decode_utf8_lossy()
        .into_owned()
}
