//! The side-by-side harness: Atoll next to nginx and docker-registry, in alternating runs; prints medians and ratios.
//!
//! It never fails because something was slow. docs/benchmarks.md says how to run it and what it found.

#![expect(
    clippy::cast_precision_loss,
    reason = "bytes, requests and seconds are divided by each other; no figure here needs 53 bits"
)]

mod cli;
mod http1;
mod load;
mod peers;
mod process;
mod report;
mod sample;
mod scenarios;
mod store;
mod tools;

use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    match cli::run(cli::Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            report::note(&format!("atoll-bench: {error:#}"));
            ExitCode::FAILURE
        }
    }
}
