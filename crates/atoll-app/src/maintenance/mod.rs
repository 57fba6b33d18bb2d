//! Keeping the store tidy and whole, while it is in use.

pub mod fsck;
pub mod gc;
pub mod reindex;
mod service;
mod walk;

pub use service::Maintenance;

/// How many rows or files one step looks at.
const PAGE: usize = 1000;

/// How many manifests one step looks at: each has up to some megabytes.
const MANIFEST_PAGE: usize = 32;
