//! What each command does.

mod ca;
mod config;
#[cfg(test)]
mod fake_server;
mod list;
mod maintenance;
mod mirror;
mod module;
mod provider;
mod repository;
mod table;
mod token;
mod upload;

use std::process::ExitCode;

use crate::cli::{Command, TargetArgs};
use crate::client::Client;
use crate::config::Environment;
use crate::serve;

/// Runs a command.
pub(crate) async fn run(command: Command, environment: &Environment) -> anyhow::Result<ExitCode> {
    match command {
        Command::Serve(args) => serve::run(&args, environment).await,
        Command::Config(command) => config::run(&command, environment),
        Command::Token(command) => token::run(command, environment).await,
        Command::Provider(command) => provider::run(command, environment).await,
        Command::Module(command) => module::run(command, environment).await,
        Command::Mirror(command) => mirror::run(command, environment).await,
        Command::Repository(command) => repository::run(command, environment).await,
        Command::List(args) => list::run(args, environment).await,
        Command::Ca(command) => ca::run(&command, environment).await,
        Command::Gc(args) => maintenance::gc(args, environment).await,
        Command::Fsck(args) => maintenance::fsck(args, environment).await,
        Command::Reindex(args) => maintenance::reindex(args, environment).await,
    }
}

/// Does something with a server, and ends what was begun for it whatever came of it.
async fn with_client<T>(
    target: &TargetArgs,
    environment: &Environment,
    work: impl AsyncFnOnce(&Client) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    let client = Client::connect(target.resolve(environment)?, environment).await?;
    let done = work(&client).await;
    client.close().await;
    done
}
