//! A private PostgreSQL cluster for the tests of one process.
//!
//! A crate of its own, below everything: the database's own tests use it as well as the server's, and a broken server
//! must not keep the database's tests from running.

mod binaries;
mod cluster;
mod watchdog;

pub use cluster::{Cluster, ClusterError};

/// What a test prints when it can't run.
pub const SKIPPED: &str = "skipped: PostgreSQL is not installed (apt-get install postgresql)";
