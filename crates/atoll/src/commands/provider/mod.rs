//! `atoll provider …`

mod import;
mod key;
mod platforms;
mod publish;
mod release_files;
#[cfg(test)]
mod tests;
mod tree;

use std::process::ExitCode;

use crate::cli::ProviderCommand;
use crate::config::Environment;

/// Runs `atoll provider …`.
pub(super) async fn run(
    command: ProviderCommand,
    environment: &Environment,
) -> anyhow::Result<ExitCode> {
    match command {
        ProviderCommand::Publish(args) => publish::run(&args, environment).await,
        ProviderCommand::Import(args) => import::run(&args, environment).await,
        ProviderCommand::Key(command) => key::run(command, environment).await,
    }
}
