//! The atoll program: command line, configuration, wiring.

mod cli;
mod client;
mod commands;
mod config;
mod installation;
mod logging;
mod output;
mod progress;
mod serve;

use std::process::ExitCode;

use clap::Parser as _;

use crate::cli::Cli;
use crate::config::Environment;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    // Prints help and bad usage itself, and exits with 0 or 2.
    let cli = Cli::parse();
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    let builder = builder.enable_all().on_thread_park(logging::write_held);
    let runtime = match builder.build() {
        Ok(runtime) => runtime,
        Err(error) => {
            return output::failed(&anyhow::Error::new(error).context("failed to start threads"));
        }
    };
    let result = runtime.block_on(commands::run(cli.command, &Environment::of_process()));
    logging::hold_no_more();
    // What was told to stop at once does not wait for a file that is being read.
    runtime.shutdown_background();
    result.unwrap_or_else(|error| output::failed(&error))
}
