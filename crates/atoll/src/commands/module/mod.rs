//! `atoll module …`

mod address;
mod description;
mod lifecycle;
mod pack;
mod publish;
mod show;
#[cfg(test)]
mod tests;

use std::process::ExitCode;

use crate::cli::ModuleCommand;
use crate::config::Environment;

/// Runs `atoll module …`.
pub(super) async fn run(
    command: ModuleCommand,
    environment: &Environment,
) -> anyhow::Result<ExitCode> {
    match command {
        ModuleCommand::Publish(args) => publish::run(&args, environment).await,
        ModuleCommand::Show(args) => show::run(&args, environment).await,
        ModuleCommand::Deprecate(args) => lifecycle::deprecate(&args, environment).await,
        ModuleCommand::Undeprecate(args) => lifecycle::undeprecate(&args, environment).await,
        ModuleCommand::Delete(args) => lifecycle::delete(&args, environment).await,
        ModuleCommand::Undelete(args) => lifecycle::undelete(&args, environment).await,
    }
}
