//! `atoll token …`

use std::process::ExitCode;

use atoll_core::permission::Scope;
use serde::{Deserialize, Serialize};

use super::table::Table;
use super::with_client;
use crate::cli::{TokenCommand, TokenCreateArgs, TokenListArgs, TokenRevokeArgs};
use crate::config::Environment;
use crate::output;

#[derive(Serialize)]
struct CreateBody<'a> {
    name: &'a str,
    scopes: &'a [Scope],
    expires_in_secs: Option<u64>,
}

#[derive(Deserialize)]
struct Created {
    id: String,
    token: String,
}

#[derive(Deserialize, Serialize)]
struct TokenList {
    tokens: Vec<Listed>,
}

#[derive(Deserialize, Serialize)]
struct Listed {
    id: String,
    name: String,
    prefix: String,
    scopes: Vec<String>,
    created_at: String,
    expires_at: Option<String>,
    revoked_at: Option<String>,
}

/// Runs `atoll token …`.
pub(super) async fn run(
    command: TokenCommand,
    environment: &Environment,
) -> anyhow::Result<ExitCode> {
    match command {
        TokenCommand::Create(args) => create(&args, environment).await?,
        TokenCommand::List(args) => list(&args, environment).await?,
        TokenCommand::Revoke(args) => revoke(&args, environment).await?,
    }
    Ok(ExitCode::SUCCESS)
}

async fn create(args: &TokenCreateArgs, environment: &Environment) -> anyhow::Result<()> {
    let body = CreateBody {
        name: &args.name,
        scopes: &args.scopes,
        expires_in_secs: args.expires_in,
    };
    let created: Created = with_client(&args.target, environment, async |client| {
        Ok(client.post(&["tokens"], &body).await?)
    })
    .await?;
    output::note(format_args!(
        "created token {} ({}); it is not shown again",
        created.id, args.name
    ));
    // Scripts read this: the secret and nothing else.
    output::line(created.token)
}

async fn list(args: &TokenListArgs, environment: &Environment) -> anyhow::Result<()> {
    let list: TokenList = with_client(&args.target, environment, async |client| {
        Ok(client.get(&["tokens"], &[]).await?)
    })
    .await?;
    if args.json {
        return output::json(&list);
    }
    let mut table = Table::new(["ID", "NAME", "PREFIX", "SCOPES", "CREATED", "ENDS"]);
    for token in list.tokens {
        let ends = match (token.revoked_at, token.expires_at) {
            (Some(at), _) => format!("revoked {at}"),
            (None, Some(at)) => at,
            (None, None) => "never".to_owned(),
        };
        table.row([
            token.id,
            token.name,
            token.prefix,
            token.scopes.join(" "),
            token.created_at,
            ends,
        ]);
    }
    output::raw(table.render().as_bytes())
}

async fn revoke(args: &TokenRevokeArgs, environment: &Environment) -> anyhow::Result<()> {
    with_client(&args.target, environment, async |client| {
        Ok(client.delete(&["tokens", &args.id]).await?)
    })
    .await?;
    output::note(format_args!("revoked token {}", args.id));
    Ok(())
}
