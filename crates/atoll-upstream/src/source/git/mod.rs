//! Git repositories, read by the system's git in a place of its own.
//!
//! Git gets an empty home, no configuration, no helpers and no prompt. It reaches the repository through a forwarder on
//! loopback that leads to one host and port under the upstream's address rules, and nothing else through it.

mod fetch;
mod forwarder;
mod gate;
mod process;
mod repository;
mod sandbox;
mod settings;
mod socks;
mod ssh;
mod visit;

pub(super) use fetch::{fetch, find_commit};
pub use sandbox::remove_leftovers;
pub(crate) use settings::{GitRuns, GitSettings};
