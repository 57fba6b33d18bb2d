//! `atoll module deprecate`, `undeprecate`, `delete` and `undelete`

use std::process::ExitCode;

use atoll_core::version::Version;
use serde_json::json;

use super::address::Address;
use crate::cli::{
    ModuleDeleteArgs, ModuleDeprecateArgs, ModuleUndeleteArgs, ModuleUndeprecateArgs,
};
use crate::commands::with_client;
use crate::config::Environment;
use crate::output;

/// What the management API calls it.
const DEPRECATION: &str = "deprecation";
const TOMBSTONE: &str = "tombstone";

pub(super) async fn deprecate(
    args: &ModuleDeprecateArgs,
    environment: &Environment,
) -> anyhow::Result<ExitCode> {
    let address = Address::parse(&args.address)?;
    let successor = args.successor.as_deref().map(Address::parse).transpose()?;
    let version = args.version.as_ref().map(Version::to_string);
    let address = with_client(&args.target, environment, async |client| {
        let address = address.at(client.server());
        let successor = successor.map(|successor| successor.at(client.server()).to_string());
        let body = json!({"message": args.message, "successor": successor});
        let mut path = address.path(version.as_deref());
        path.push(DEPRECATION);
        client.put_quietly(&path, &body).await?;
        Ok(address)
    })
    .await?;
    let what = named(&address, version.as_deref());
    output::note(format_args!("deprecated {what}"));
    Ok(ExitCode::SUCCESS)
}

pub(super) async fn undeprecate(
    args: &ModuleUndeprecateArgs,
    environment: &Environment,
) -> anyhow::Result<ExitCode> {
    let address = Address::parse(&args.address)?;
    let version = args.version.as_ref().map(Version::to_string);
    let address = with_client(&args.target, environment, async |client| {
        let address = address.at(client.server());
        let mut path = address.path(version.as_deref());
        path.push(DEPRECATION);
        client.delete(&path).await?;
        Ok(address)
    })
    .await?;
    let what = named(&address, version.as_deref());
    output::note(format_args!("{what} is not deprecated any more"));
    Ok(ExitCode::SUCCESS)
}

pub(super) async fn delete(
    args: &ModuleDeleteArgs,
    environment: &Environment,
) -> anyhow::Result<ExitCode> {
    let address = Address::parse(&args.address)?;
    let version = args.version.to_string();
    let address = with_client(&args.target, environment, async |client| {
        let address = address.at(client.server());
        client.delete(&address.path(Some(&version))).await?;
        Ok(address)
    })
    .await?;
    output::note(format_args!("deleted {}", named(&address, Some(&version))));
    Ok(ExitCode::SUCCESS)
}

pub(super) async fn undelete(
    args: &ModuleUndeleteArgs,
    environment: &Environment,
) -> anyhow::Result<ExitCode> {
    let address = Address::parse(&args.address)?;
    let version = args.version.to_string();
    let address = with_client(&args.target, environment, async |client| {
        let address = address.at(client.server());
        let mut path = address.path(Some(&version));
        path.push(TOMBSTONE);
        client.delete(&path).await?;
        Ok(address)
    })
    .await?;
    output::note(format_args!("{} is back", named(&address, Some(&version))));
    Ok(ExitCode::SUCCESS)
}

fn named(address: &Address, version: Option<&str>) -> String {
    match version {
        Some(version) => format!("{address} {version}"),
        None => address.to_string(),
    }
}
