//! Fetching ahead what upstreams' selections name: modules and providers, by schedule or when somebody asks for it.
//!
//! A sync goes through what it selects and takes what is not here yet, so one that was interrupted goes on where it stopped when it
//! is started again. One server at a time syncs an upstream, by a lease in the database.

mod agenda;
mod error;
mod job;
mod lease;
mod plan;
mod progress;
mod report;
mod run;
mod schedule;

pub use error::SyncError;
pub use job::{SyncId, SyncRequest, Syncs};
pub use progress::{SyncState, SyncStatus};
pub use report::{Failed, SyncReport};
