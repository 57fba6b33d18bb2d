//! How artifacts lie in the store: the exact bytes of the OCI manifests that describe them.
//!
//! Manifests are addressed by their digests, so the same artifact must always become the same bytes: members stand in a
//! fixed order, without white space, and a golden test pins each layout.

pub mod module;
mod oci;
pub mod proof;
pub mod provider;

pub use oci::{ANNOTATION_TITLE, ANNOTATION_VERSION, EMPTY_CONFIG};
