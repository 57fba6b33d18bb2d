//! The contract that both databases keep: every test runs on each.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::similar_names,
    reason = "clippy knows only functions with #[test] as tests; `test` and `text` are different enough"
)]

#[macro_use]
mod harness;

mod access;
mod blobs;
mod collect;
mod fsck;
mod generations;
mod leases;
mod manifests;
mod modules;
mod providers;
mod races;
mod referrers;
mod repositories;
mod scheduled_syncs;
mod tags;
mod transactions;
mod upstreams;
