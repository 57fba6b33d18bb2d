//! What was asked.

use std::time::Instant;

use http::{HeaderMap, Method};

/// A request that arrived.
#[derive(Clone, Debug)]
pub struct LoggedRequest {
    /// GET or HEAD.
    pub method: Method,
    /// Path without query.
    pub path: String,
    /// Query, if any.
    pub query: Option<String>,
    /// Every header.
    pub headers: HeaderMap,
    /// When.
    pub at: Instant,
}

impl LoggedRequest {
    /// A header's text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}
