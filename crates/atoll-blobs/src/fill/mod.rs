//! Fills: blobs that are being fetched, and read by any number of clients while they grow.

mod reader;
mod registry;
mod state;
mod writer;

pub use reader::FillReader;
pub use registry::FillRole;
pub use state::WITHHELD_BYTES;
pub use writer::FillWriter;

pub(crate) use registry::{Fills, join_or_start};
pub(crate) use state::Fill;
