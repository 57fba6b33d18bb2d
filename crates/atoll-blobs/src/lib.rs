//! The content-addressed blob store.
//!
//! Bytes come in through an [`Upload`] or a [`FillWriter`]: staged, hashed while they are written, and renamed to the
//! name of their digest when it matched. They go out as a [`BlobStream`] of pooled chunks, or are followed while they
//! are still being fetched ([`FillReader`]). Nothing here knows what the bytes are or who may have them.

mod blobs;
mod error;
mod fill;
mod layout;
mod local;
mod locks;
mod maintain;
mod read;
mod staging;
mod sync;

pub use blobs::Blobs;
pub use error::BlobError;
pub use fill::{FillReader, FillRole, FillWriter, WITHHELD_BYTES};
pub use locks::{DigestGuard, DigestLocks};
pub use maintain::{FreeSpace, Listed, OnDisk};
pub use read::{Blob, BlobFile, BlobStream};
pub use staging::{Committed, Upload, UploadId, UploadIdError};
