//! Test servers, fake upstreams and builders.

#![expect(
    clippy::missing_panics_doc,
    reason = "a test that can't be set up must panic"
)]

#[cfg(feature = "server")]
pub mod atoll;
pub mod authority;
pub mod connect_proxy;
pub mod git;
pub mod keys;
pub mod modules;
pub mod program;
pub mod registry;
#[cfg(feature = "server")]
pub mod server;
pub mod skip;
pub mod terraform;
pub mod zips;
