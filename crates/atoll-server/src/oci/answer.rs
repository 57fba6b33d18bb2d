//! Headers that several answers share.

use atoll_core::digest::Digest;
use atoll_core::repository::RepositoryName;
use http::header::{ACCEPT_RANGES, CACHE_CONTROL, ETAG, LOCATION};
use http::{HeaderMap, HeaderName, HeaderValue};

use atoll_core::entity_tag;

pub(super) const CONTENT_DIGEST: HeaderName = HeaderName::from_static("docker-content-digest");
pub(super) const UPLOAD_UUID: HeaderName = HeaderName::from_static("docker-upload-uuid");
pub(super) const OCI_SUBJECT: HeaderName = HeaderName::from_static("oci-subject");
pub(super) const OCI_TAG: HeaderName = HeaderName::from_static("oci-tag");
pub(super) const FILTERS_APPLIED: HeaderName = HeaderName::from_static("oci-filters-applied");

/// Content that is named by its digest never changes: it may be kept for a year.
const IMMUTABLE: HeaderValue = HeaderValue::from_static("max-age=31536000, immutable");

/// A header's value from text that we made and that is known to be plain.
pub(super) fn value(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).expect("digests, names, sealed texts and numbers are visible ASCII")
}

/// How much of an upload is here. An empty one has no last byte; `0-0` is what clients and the conformance suite expect of it.
pub(super) fn received_range(received: u64) -> HeaderValue {
    value(&format!("0-{}", received.saturating_sub(1)))
}

/// What an answer says of content with a digest.
pub(super) fn content(digest: &Digest) -> HeaderMap {
    HeaderMap::from_iter([
        (CONTENT_DIGEST, value(&digest.to_string())),
        (ETAG, value(&entity_tag::of(digest))),
    ])
}

/// What an answer says of a blob.
pub(super) fn blob(digest: &Digest) -> HeaderMap {
    let mut headers = content(digest);
    headers.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    headers.insert(CACHE_CONTROL, IMMUTABLE);
    headers
}

/// What a 201 says of a blob that was stored.
pub(super) fn blob_created(repository: &RepositoryName, digest: &Digest) -> HeaderMap {
    HeaderMap::from_iter([
        (LOCATION, value(&format!("/v2/{repository}/blobs/{digest}"))),
        (CONTENT_DIGEST, value(&digest.to_string())),
    ])
}
