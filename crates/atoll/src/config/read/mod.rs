//! The blocks and keys of the configuration.

mod addresses;
mod file;
mod server;
mod upstream;
mod upstream_names;
mod upstream_patterns;
mod upstream_source;
mod upstream_sync;

pub(super) use addresses::{database_url, listen, log_format, log_level, public_url};
pub(super) use file::read;
