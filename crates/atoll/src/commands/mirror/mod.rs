//! `atoll mirror …`

mod alike;
mod progress;
mod report;
mod sync;
#[cfg(test)]
mod tests;

use std::process::ExitCode;

use crate::cli::MirrorCommand;
use crate::config::Environment;

/// Runs `atoll mirror …`.
pub(super) async fn run(
    command: MirrorCommand,
    environment: &Environment,
) -> anyhow::Result<ExitCode> {
    match command {
        MirrorCommand::Sync(args) => sync::run(&args, environment).await,
    }
}
