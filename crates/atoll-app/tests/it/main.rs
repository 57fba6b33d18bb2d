//! The use cases, over a real database and a real store, against upstreams that are real servers.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that can't go on must panic; clippy knows only functions with #[test] as tests"
)]

#[macro_use]
mod house;

mod fsck;
mod gc;
mod holdings;
mod imports;
mod keys;
mod mirror;
mod modules;
mod reindex;
mod root;
mod syncs;
mod uploads;
