//! `atoll config check`

use std::process::ExitCode;

use crate::cli::ConfigCommand;
use crate::config::{Environment, describe, load};
use crate::output;

/// Says what the configuration means.
pub(super) fn run(command: &ConfigCommand, environment: &Environment) -> anyhow::Result<ExitCode> {
    let ConfigCommand::Check(args) = command;
    let settings = load(&args.installation.overrides(), environment)?;
    output::raw(describe(&settings).as_bytes())?;
    Ok(ExitCode::SUCCESS)
}
