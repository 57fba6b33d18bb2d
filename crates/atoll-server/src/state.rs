//! What every handler can reach.

use std::ops::Deref;
use std::sync::Arc;

use atoll_app::App;
use http::header::HOST;
use http::request::Parts;
use url::Url;

use crate::operations::requests::Requests;
use crate::terraform::Documents;

/// How the server is known to its clients.
#[derive(Clone, Debug, Default)]
pub struct Identity {
    /// The address that clients use, where the operator named one.
    pub public_url: Option<Url>,
    /// Whether this server itself speaks TLS.
    pub tls: bool,
    /// The built-in authority's certificate, where it is in use.
    pub ca_pem: Option<String>,
    /// Whether an OpenTofu that can is told to fetch modules by itself, with its token.
    pub opentofu_direct_modules: bool,
}

/// The application and how it is known. A cheap clone.
#[derive(Clone)]
pub struct Server(Arc<Inner>);

/// What [`Server`] leads to.
pub struct Inner {
    /// The use cases.
    pub app: App,
    /// How the server is known.
    pub identity: Identity,
    /// Documents of Terraform's protocols that were rendered before.
    pub(crate) documents: Documents,
    /// Names requests and counts them.
    pub(crate) requests: Requests,
}

impl Deref for Server {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl Server {
    /// A server of this application.
    pub fn new(app: App, identity: Identity) -> Self {
        Self(Arc::new(Inner {
            app,
            identity,
            documents: Documents::default(),
            requests: Requests::new(),
        }))
    }

    /// The origin under which the client reached us, such as `https://atoll.example.com`. The operator's word goes before
    /// the client's; only the token realm needs it, other addresses in answers are relative.
    pub(crate) fn origin_of(&self, parts: &Parts) -> String {
        if let Some(url) = &self.identity.public_url {
            return url.origin().ascii_serialization();
        }
        let scheme = if self.identity.tls { "https" } else { "http" };
        format!("{scheme}://{}", host_of(parts).unwrap_or("localhost"))
    }
}

/// The host that a request names: the authority of HTTP/2, or the Host header; nothing where it is no host at all.
pub(crate) fn host_of(parts: &Parts) -> Option<&str> {
    let header = || {
        parts
            .headers
            .get(HOST)
            .and_then(|value| value.to_str().ok())
    };
    let host = parts
        .uri
        .authority()
        .map(http::uri::Authority::as_str)
        .or_else(header)?;
    let plain =
        |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_' | b':' | b'[' | b']');
    (!host.is_empty() && host.len() <= 300 && host.bytes().all(plain)).then_some(host)
}
