//! `atoll provider key …`

use std::io::Read as _;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::cli::{KeyAddArgs, KeyCommand, KeyListArgs, KeyRemoveArgs};
use crate::commands::table::Table;
use crate::commands::with_client;
use crate::config::Environment;
use crate::output;

/// The longest file of keys, in bytes.
const KEY_FILE_BYTES_MAX: u64 = 1 << 20;

#[derive(Deserialize, Serialize)]
struct KeyList {
    keys: Vec<RegisteredKey>,
}

#[derive(Deserialize, Serialize)]
struct RegisteredKey {
    key_id: String,
    armored: String,
    registered_at: String,
}

pub(super) async fn run(
    command: KeyCommand,
    environment: &Environment,
) -> anyhow::Result<ExitCode> {
    match command {
        KeyCommand::Add(args) => add(&args, environment).await?,
        KeyCommand::List(args) => list(&args, environment).await?,
        KeyCommand::Remove(args) => remove(&args, environment).await?,
    }
    Ok(ExitCode::SUCCESS)
}

async fn add(args: &KeyAddArgs, environment: &Environment) -> anyhow::Result<()> {
    let body = json!({"armored": read(&args.file)?});
    let path = ["namespaces", &args.namespace, "keys"];
    let added: KeyList = with_client(&args.target, environment, async |client| {
        Ok(client.post(&path, &body).await?)
    })
    .await?;
    for key in added.keys {
        output::line(key.key_id)?;
    }
    Ok(())
}

async fn list(args: &KeyListArgs, environment: &Environment) -> anyhow::Result<()> {
    let path = ["namespaces", &args.namespace, "keys"];
    let list: KeyList = with_client(&args.target, environment, async |client| {
        Ok(client.get(&path, &[]).await?)
    })
    .await?;
    if args.json {
        return output::json(&list);
    }
    let mut table = Table::new(["KEY", "REGISTERED"]);
    for key in list.keys {
        table.row([key.key_id, key.registered_at]);
    }
    output::raw(table.render().as_bytes())
}

async fn remove(args: &KeyRemoveArgs, environment: &Environment) -> anyhow::Result<()> {
    let path = ["namespaces", &args.namespace, "keys", &args.key_id];
    with_client(&args.target, environment, async |client| {
        Ok(client.delete(&path).await?)
    })
    .await?;
    output::note(format_args!(
        "removed the key {} from the namespace {}",
        args.key_id, args.namespace
    ));
    Ok(())
}

fn read(path: &Path) -> anyhow::Result<String> {
    let failed = || format!("failed to read the key {}", path.display());
    let mut text = String::new();
    if path == Path::new("-") {
        std::io::stdin()
            .take(KEY_FILE_BYTES_MAX)
            .read_to_string(&mut text)
            .with_context(failed)?;
    } else {
        let file = std::fs::File::open(path).with_context(failed)?;
        file.take(KEY_FILE_BYTES_MAX)
            .read_to_string(&mut text)
            .with_context(failed)?;
    }
    Ok(text)
}
