//! `atoll token …`

use atoll_core::permission::Scope;
use clap::{Args, Subcommand};

use super::TargetArgs;
use super::duration::some_seconds;

/// What can be done with tokens.
#[derive(Debug, Subcommand)]
pub(crate) enum TokenCommand {
    /// Make a token and print it; it is never shown again
    Create(TokenCreateArgs),
    /// List tokens, without their secrets
    List(TokenListArgs),
    /// End a token at once
    Revoke(TokenRevokeArgs),
}

/// `atoll token create`
#[derive(Debug, Args)]
#[command(
    after_help = "Scopes: admin, or pull, push or delete with the repositories it is for; `*` matches anything.\n\
    Providers of the namespace acme are in providers/self/acme/*.\n\n\
    Examples:\n  \
    export ATOLL_TOKEN=$(atoll token create --name me --scope admin)\n  \
    atoll token create --name ci --scope 'push:providers/self/acme/*' --scope 'pull:*' --expires-in 90d"
)]
pub(crate) struct TokenCreateArgs {
    /// What people call it
    #[arg(long)]
    pub(crate) name: String,
    /// What it may do; can be given again
    #[arg(long = "scope", value_name = "SCOPE", required = true)]
    pub(crate) scopes: Vec<Scope>,
    /// When it ends, such as 12h or 90d; without it never
    #[arg(long, value_name = "TIME", value_parser = some_seconds)]
    pub(crate) expires_in: Option<u64>,
    /// Whom to ask.
    #[command(flatten)]
    pub(crate) target: TargetArgs,
}

/// `atoll token list`
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  atoll token list --server https://atoll.example.com")]
pub(crate) struct TokenListArgs {
    /// Write JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// Whom to ask.
    #[command(flatten)]
    pub(crate) target: TargetArgs,
}

/// `atoll token revoke`
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  atoll token revoke 3f0e8a52-6d0e-4a5e-9d3a-2f1b7c1f9a10")]
pub(crate) struct TokenRevokeArgs {
    /// The token's id, as `atoll token list` shows it
    pub(crate) id: String,
    /// Whom to ask.
    #[command(flatten)]
    pub(crate) target: TargetArgs,
}
