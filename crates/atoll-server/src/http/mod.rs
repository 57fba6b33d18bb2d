//! Pieces of HTTP that more than one protocol needs.

pub(crate) mod blob_response;
pub(crate) mod body;
pub(crate) mod conditional;
pub(crate) mod drain;
pub(crate) mod range;

use ::http::HeaderName;

/// Says where an answer came from and how old it is.
pub(crate) const CACHE_STATUS: HeaderName = HeaderName::from_static("x-atoll-cache");
