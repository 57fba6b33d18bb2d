//! The use cases, over a real database and a real store, against upstreams that are real servers.

#![expect(clippy::unwrap_used, reason = "a test that can't go on must panic")]

mod fsck;
mod gc;
mod holdings;
mod house;
mod imports;
mod keys;
mod mirror;
mod reindex;
