//! Pieces of HTTP that more than one protocol needs.

pub(crate) mod blob_response;
pub(crate) mod body;
pub(crate) mod conditional;
pub(crate) mod drain;
pub(crate) mod range;

use ::http::{HeaderName, HeaderValue};
use atoll_app::mirror::Freshness;

/// Says where an answer came from and how old it is.
pub(crate) const CACHE_STATUS: HeaderName = HeaderName::from_static("x-atoll-cache");

/// The value of [`CACHE_STATUS`].
pub(crate) fn cache_status(freshness: Freshness) -> HeaderValue {
    match freshness.age_secs {
        None => HeaderValue::from_static(freshness.served_from.as_str()),
        Some(_) => HeaderValue::try_from(freshness.to_string())
            .expect("a word and a number are visible ASCII"),
    }
}
