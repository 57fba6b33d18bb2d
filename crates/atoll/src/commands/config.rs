//! `atoll config check`

use std::process::ExitCode;
use std::time::SystemTime;

use atoll_core::time_micros::Micros;

use crate::cli::ConfigCommand;
use crate::config::{Environment, describe, load};
use crate::output;

/// Says what the configuration means.
pub(super) fn run(command: &ConfigCommand, environment: &Environment) -> anyhow::Result<ExitCode> {
    let ConfigCommand::Check(args) = command;
    let settings = load(&args.installation.overrides(), environment)?;
    let now = Micros::from(SystemTime::now());
    output::raw(describe(&settings, now).as_bytes())?;
    Ok(ExitCode::SUCCESS)
}
