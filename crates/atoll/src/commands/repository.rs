//! `atoll repository …`

use std::process::ExitCode;

use atoll_core::permission::Visibility;
use atoll_core::repository::RepositoryName;
use serde::{Deserialize, Serialize};

use super::with_client;
use crate::cli::{RepositoryCommand, RepositorySetArgs, RepositoryShowArgs};
use crate::config::Environment;
use crate::output;

#[derive(Serialize)]
struct ChangeBody {
    #[serde(skip_serializing_if = "Option::is_none")]
    visibility: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    immutable_tags: Option<bool>,
}

#[derive(Deserialize, Serialize)]
struct Shown {
    name: String,
    visibility: String,
    immutable_tags: bool,
    /// The repository of the module or provider that has the name for its address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    elsewhere: Option<String>,
}

/// Runs `atoll repository …`.
pub(super) async fn run(
    command: RepositoryCommand,
    environment: &Environment,
) -> anyhow::Result<ExitCode> {
    match command {
        RepositoryCommand::Show(args) => show(&args, environment).await?,
        RepositoryCommand::Set(args) => set(&args, environment).await?,
    }
    Ok(ExitCode::SUCCESS)
}

async fn show(args: &RepositoryShowArgs, environment: &Environment) -> anyhow::Result<()> {
    let path = path(&args.name);
    let shown = with_client(&args.target, environment, async |client| {
        Ok(client.get(&path, &[]).await?)
    });
    write(&shown.await?, args.json)
}

async fn set(args: &RepositorySetArgs, environment: &Environment) -> anyhow::Result<()> {
    let path = path(&args.name);
    let body = ChangeBody {
        visibility: args.visibility.map(Visibility::as_str),
        immutable_tags: args.immutable_tags,
    };
    let shown = with_client(&args.target, environment, async |client| {
        Ok(client.put(&path, &body).await?)
    });
    write(&shown.await?, args.json)
}

/// The address has the name's slashes as they are.
fn path(name: &RepositoryName) -> Vec<&str> {
    ["repositories"]
        .into_iter()
        .chain(name.as_str().split('/'))
        .collect()
}

fn write(shown: &Shown, as_json: bool) -> anyhow::Result<()> {
    if let Some(elsewhere) = &shown.elsewhere {
        output::note(format_args!(
            "note: what has the address {} is in the repository {elsewhere}, and not in this one",
            shown.name
        ));
    }
    if as_json {
        return output::json(shown);
    }
    let readers = match shown.visibility.as_str() {
        "public" => "everybody may read it",
        _ => "those with the right may read it",
    };
    let tags = if shown.immutable_tags {
        "immutable: a tag stays what it is"
    } else {
        "mutable: a push moves them"
    };
    output::line(format_args!("name        {}", shown.name))?;
    output::line(format_args!("visibility  {}: {readers}", shown.visibility))?;
    output::line(format_args!("tags        {tags}"))
}
