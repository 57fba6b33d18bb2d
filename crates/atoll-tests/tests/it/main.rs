//! Black-box tests of Atoll.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "clippy knows only functions with #[test] as tests"
)]

mod clients;
mod coverage;
mod modules;
mod oci;
mod program;
mod terraform;
