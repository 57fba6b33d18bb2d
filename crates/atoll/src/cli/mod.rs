//! The command line. Every command says what it does and shows an example.

mod ca;
mod duration;
mod maintenance;
mod mirror;
mod module;
mod provider;
mod repository;
mod serve;
mod target;
#[cfg(test)]
mod tests;
mod token;

use clap::{Args, Parser, Subcommand};

pub(crate) use ca::{CaCommand, CaExportArgs};
pub(crate) use maintenance::{FsckArgs, GcArgs, ReindexArgs};
pub(crate) use mirror::{MirrorCommand, SyncArgs};
pub(crate) use module::{
    ModuleCommand, ModuleDeleteArgs, ModuleDeprecateArgs, ModulePublishArgs, ModuleShowArgs,
    ModuleUndeleteArgs, ModuleUndeprecateArgs,
};
pub(crate) use provider::{
    ImportArgs, KeyAddArgs, KeyCommand, KeyListArgs, KeyRemoveArgs, ProviderCommand, PublishArgs,
};
pub(crate) use repository::{RepositoryCommand, RepositorySetArgs, RepositoryShowArgs};
pub(crate) use serve::ServeArgs;
pub(crate) use target::{InstallationArgs, Target, TargetArgs};
pub(crate) use token::{TokenCommand, TokenCreateArgs, TokenListArgs, TokenRevokeArgs};

/// Terraform and OpenTofu modules and providers, OCI artifacts and images on your side of the gap.
#[derive(Debug, Parser)]
#[command(
    name = "atoll",
    version,
    max_term_width = 100,
    arg_required_else_help = true
)]
pub(crate) struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What the program can do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run the server
    Serve(ServeArgs),
    /// Look at the configuration
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Create, list and revoke access tokens
    #[command(subcommand)]
    Token(TokenCommand),
    /// Publish and import providers, and register the keys that sign them
    #[command(subcommand)]
    Provider(ProviderCommand),
    /// Publish, look at, deprecate and delete modules
    #[command(subcommand)]
    Module(ModuleCommand),
    /// Fetch ahead from upstreams
    #[command(subcommand)]
    Mirror(MirrorCommand),
    /// Look at a repository's settings and change them
    #[command(subcommand)]
    Repository(RepositoryCommand),
    /// List what is held: kind, address, version, platforms, origin, age, proof
    List(ListArgs),
    /// Look after the built-in certificate authority
    #[command(subcommand)]
    Ca(CaCommand),
    /// Remove bytes that nothing refers to any more
    Gc(GcArgs),
    /// Check that everything that should be there is there; exits with 1 when it found damage
    Fsck(FsckArgs),
    /// Write anew what lists and searches are answered from
    Reindex(ReindexArgs),
}

/// What can be done with a configuration.
#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Read a configuration and say what it means
    #[command(after_help = "Example:\n  atoll config check --config /etc/atoll/atoll.hcl")]
    Check(ConfigCheckArgs),
}

/// `atoll config check`
#[derive(Debug, Args)]
pub(crate) struct ConfigCheckArgs {
    /// Where the installation is.
    #[command(flatten)]
    pub(crate) installation: InstallationArgs,
}

/// `atoll list`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  atoll list\n  atoll list 'hashicorp/*'\n  atoll list --json 'acme/* >= 1.0'"
)]
pub(crate) struct ListArgs {
    /// Only what this matches: the end of an address or its beginning, with `*`, and a version constraint if need be
    pub(crate) pattern: Option<String>,
    /// Write JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// Whom to ask.
    #[command(flatten)]
    pub(crate) target: TargetArgs,
}
