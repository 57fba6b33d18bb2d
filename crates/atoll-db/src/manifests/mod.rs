//! Manifests: their bytes once, the edges between them, and the repositories that link them.

mod edges;
mod find;
mod link;
mod write;

pub use edges::{TaggedAs, blob_digests, children, tagged_above, tagged_above_blob};
pub(crate) use find::stored;
pub use find::{
    ManifestHead, StoredManifest, find, find_by_tag, find_head, find_head_by_tag, find_kept,
    find_linked, first_kept_at,
};
pub use link::{link, unlink};
pub use write::{Insertion, NewManifest, insert};
