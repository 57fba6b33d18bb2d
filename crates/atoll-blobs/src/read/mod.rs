//! Reading blobs: pooled buffers, large reads that never block a worker, a cache of open files.

mod ahead;
mod blob;
mod chunks;
mod handles;
mod in_place;
mod pool;
mod seekable;

pub use blob::{Blob, BlobStream};
pub use seekable::BlobFile;

pub(crate) use chunks::{ChunkReader, truncated};
pub(crate) use handles::{Handles, open_file};
pub(crate) use pool::BufferPool;
