//! Errors of the specification, and the status that goes with each.

pub(super) const BLOB_UNKNOWN: (u16, &str) = (404, "BLOB_UNKNOWN");
pub(super) const BLOB_UPLOAD_UNKNOWN: (u16, &str) = (404, "BLOB_UPLOAD_UNKNOWN");
pub(super) const DIGEST_INVALID: (u16, &str) = (400, "DIGEST_INVALID");
pub(super) const MANIFEST_BLOB_UNKNOWN: (u16, &str) = (404, "MANIFEST_BLOB_UNKNOWN");
pub(super) const MANIFEST_INVALID: (u16, &str) = (400, "MANIFEST_INVALID");
pub(super) const MANIFEST_UNKNOWN: (u16, &str) = (404, "MANIFEST_UNKNOWN");
pub(super) const METHOD_UNSUPPORTED: (u16, &str) = (405, "UNSUPPORTED");
pub(super) const NAME_INVALID: (u16, &str) = (400, "NAME_INVALID");
pub(super) const NAME_UNKNOWN: (u16, &str) = (404, "NAME_UNKNOWN");
pub(super) const PAGINATION_NUMBER_INVALID: (u16, &str) = (400, "PAGINATION_NUMBER_INVALID");
pub(super) const RANGE_INVALID: (u16, &str) = (416, "RANGE_INVALID");
pub(super) const SIZE_INVALID: (u16, &str) = (413, "SIZE_INVALID");
pub(super) const TAG_INVALID: (u16, &str) = (400, "TAG_INVALID");
pub(super) const UNSUPPORTED: (u16, &str) = (400, "UNSUPPORTED");
