//! One question to an upstream.

use http::header::{ACCEPT, AUTHORIZATION};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use url::{Origin, Url};

/// A request: where to, and what to say.
#[derive(Clone, Debug)]
pub struct Ask {
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) headers: HeaderMap,
    /// Replaces the upstream's own credential, and like it goes to the upstream's own host and port only.
    pub(crate) authorization: Option<HeaderValue>,
    /// What a host gave us to show to it again, and the origin that it is shown to alone.
    pub(crate) ticket: Option<(Origin, HeaderValue)>,
}

impl Ask {
    /// `GET url`
    pub fn get(url: Url) -> Self {
        Self::new(Method::GET, url)
    }

    /// `HEAD url`
    pub fn head(url: Url) -> Self {
        Self::new(Method::HEAD, url)
    }

    fn new(method: Method, url: Url) -> Self {
        Self {
            method,
            url,
            headers: HeaderMap::new(),
            authorization: None,
            ticket: None,
        }
    }

    /// Says which media types are understood.
    #[must_use]
    pub fn accept(self, media_types: &'static str) -> Self {
        self.header(ACCEPT, HeaderValue::from_static(media_types))
    }

    /// Adds a header. One that carries a secret must go through [`Ask::authorization`].
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        debug_assert_ne!(name, AUTHORIZATION, "a secret needs a host to belong to");
        self.headers.append(name, value);
        self
    }

    /// Replaces the configured credential, for example by a token that was exchanged for it.
    #[must_use]
    pub fn authorization(mut self, mut value: HeaderValue) -> Self {
        value.set_sensitive(true);
        self.authorization = Some(value);
        self
    }

    /// Shows what was given for this origin, whoever it belongs to, to this origin alone.
    #[must_use]
    pub(crate) fn ticket(mut self, origin: Origin, mut value: HeaderValue) -> Self {
        value.set_sensitive(true);
        self.ticket = Some((origin, value));
        self
    }
}
