//! The use cases of Atoll: push, publish, mirror, collect; knows no HTTP.

pub mod access;
mod app;
mod failure;
mod files;
mod generations;
pub mod holdings;
pub mod maintenance;
pub mod mirror;
pub mod modules;
mod origins;
mod projection;
pub mod providers;
mod pull;
pub mod registry;
mod root;
pub mod sync;
mod tasks;
pub mod upstreams;

pub use app::{App, AppSettings, OpenError};
pub use failure::Failure;
pub use files::{FileError, Files, Grant};
pub use origins::Origins;
pub use projection::{Contents, LayoutError};
pub use pull::{Pull, Reader};
pub use root::{Root, RootError, RootRules};
pub use tasks::{TaskFailed, Tasks};

use atoll_core::time_micros::Micros;

/// The present moment by the system's clock.
pub fn now() -> Micros {
    let since = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap_or_default();
    Micros::from_micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}
