//! Blobs: what the store holds or can fetch, and through which repositories it is read.
//!
//! A condemned blob is absent to every function here but those that bring it back.

mod find;
mod link;
mod origin;
mod write;

pub use find::{
    BlobRow, BlobState, UnknownState, find, find_in_repository, find_many_in_repository,
    repositories_holding,
};
pub use link::{link, unlink};
pub use origin::{BlobOrigin, held_bytes_from, origins, put_origin};
pub use write::{insert_held, insert_lazy, mark_held, mark_lazy, renew_lease};
