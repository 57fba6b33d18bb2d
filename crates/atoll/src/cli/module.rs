//! `atoll module …`

use std::path::PathBuf;

use atoll_core::version::Version;
use clap::{Args, Subcommand};

use super::TargetArgs;

/// What can be done with modules.
#[derive(Debug, Subcommand)]
pub(crate) enum ModuleCommand {
    /// Publish a module: a directory, or an archive of one
    Publish(ModulePublishArgs),
    /// Say what a module is: its versions, inputs, outputs and what it needs from elsewhere
    Show(ModuleShowArgs),
    /// Advise against a module or a version of it, and say what to use instead
    Deprecate(ModuleDeprecateArgs),
    /// Take the advice against a module or version back
    Undeprecate(ModuleUndeprecateArgs),
    /// Delete a version; only the same bytes can be published under its number again
    Delete(ModuleDeleteArgs),
    /// Bring back a deleted version of another registry, with the bytes that it had
    Undelete(ModuleUndeleteArgs),
}

/// `atoll module publish`
#[derive(Debug, Args)]
#[command(
    after_help = "Of a directory, everything is sent but .git, .terraform and state files; links stay links. An archive, .zip or\n\
    .tar.gz, is sent as it is.\n\n\
    Examples:\n  \
    atoll module publish ./vpc --address acme/vpc/aws --version 1.2.0\n  \
    atoll module publish vpc-1.2.0.tar.gz --address acme/vpc/aws --version 1.2.0"
)]
pub(crate) struct ModulePublishArgs {
    /// The module's directory, or a .zip or .tar.gz of it
    #[arg(value_name = "DIR")]
    pub(crate) source: PathBuf,
    /// What to publish, as configurations name it
    #[arg(long, value_name = "[HOST/]NS/NAME/SYSTEM")]
    pub(crate) address: String,
    /// Its version
    #[arg(long)]
    pub(crate) version: Version,
    /// Write JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// Whom to ask.
    #[command(flatten)]
    pub(crate) target: TargetArgs,
}

/// `atoll module show`
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    atoll module show acme/vpc/aws\n  \
    atoll module show registry.coder.com/coder/code-server/coder --version 1.3.0 --json")]
pub(crate) struct ModuleShowArgs {
    /// The module; without a host, one that was published here
    #[arg(value_name = "[HOST/]NS/NAME/SYSTEM")]
    pub(crate) address: String,
    /// Which version; without it, the latest
    #[arg(long)]
    pub(crate) version: Option<Version>,
    /// Write JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// Whom to ask.
    #[command(flatten)]
    pub(crate) target: TargetArgs,
}

/// `atoll module deprecate`
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    atoll module deprecate acme/vpc/aws --message 'no longer maintained' --successor acme/network/aws\n  \
    atoll module deprecate acme/vpc/aws --version 1.2.0 --message 'loses routes: use 1.2.1'")]
pub(crate) struct ModuleDeprecateArgs {
    /// The module; without a host, one that was published here
    #[arg(value_name = "[HOST/]NS/NAME/SYSTEM")]
    pub(crate) address: String,
    /// Which version; without it, all of them
    #[arg(long)]
    pub(crate) version: Option<Version>,
    /// Why, in words for whoever uses it
    #[arg(long)]
    pub(crate) message: String,
    /// The module to use instead
    #[arg(long, value_name = "[HOST/]NS/NAME/SYSTEM")]
    pub(crate) successor: Option<String>,
    /// Whom to ask.
    #[command(flatten)]
    pub(crate) target: TargetArgs,
}

/// `atoll module undeprecate`
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  atoll module undeprecate acme/vpc/aws --version 1.2.0")]
pub(crate) struct ModuleUndeprecateArgs {
    /// The module; without a host, one that was published here
    #[arg(value_name = "[HOST/]NS/NAME/SYSTEM")]
    pub(crate) address: String,
    /// Which version; without it, what was said of all of them
    #[arg(long)]
    pub(crate) version: Option<Version>,
    /// Whom to ask.
    #[command(flatten)]
    pub(crate) target: TargetArgs,
}

/// `atoll module delete`
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  atoll module delete acme/vpc/aws --version 1.2.0")]
pub(crate) struct ModuleDeleteArgs {
    /// The module; without a host, one that was published here
    #[arg(value_name = "[HOST/]NS/NAME/SYSTEM")]
    pub(crate) address: String,
    /// Which version
    #[arg(long)]
    pub(crate) version: Version,
    /// Whom to ask.
    #[command(flatten)]
    pub(crate) target: TargetArgs,
}

/// `atoll module undelete`
#[derive(Debug, Args)]
#[command(
    after_help = "It is brought back from what is still here, or else fetched again; where upstream has another package by now it\n\
    stays deleted. What was published here comes back when the same bytes are published again, and in no other way.\n\n\
    Example:\n  atoll module undelete registry.coder.com/coder/code-server/coder --version 1.3.0"
)]
pub(crate) struct ModuleUndeleteArgs {
    /// The module, with the host that it comes from
    #[arg(value_name = "HOST/NS/NAME/SYSTEM")]
    pub(crate) address: String,
    /// Which version
    #[arg(long)]
    pub(crate) version: Version,
    /// Whom to ask.
    #[command(flatten)]
    pub(crate) target: TargetArgs,
}
