//! Conditional requests on content that is named by its digest.
//!
//! Spec: <https://www.rfc-editor.org/rfc/rfc9110#section-13.1>

use atoll_core::digest::Digest;
use atoll_core::entity_tag;
use http::HeaderMap;
use http::header::IF_NONE_MATCH;

/// Whether the client says that it holds this content already.
pub(crate) fn client_holds(headers: &HeaderMap, digest: &Digest) -> bool {
    let lists = headers
        .get_all(IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok());
    lists
        .into_iter()
        .any(|list| entity_tag::names(list, digest))
}
