//! `atoll provider …`

use std::path::PathBuf;

use atoll_core::version::Version;
use clap::{Args, Subcommand};

use super::TargetArgs;

/// What can be done with providers.
#[derive(Debug, Subcommand)]
pub(crate) enum ProviderCommand {
    /// Publish a release directory: zips, their sums and the signature
    Publish(PublishArgs),
    /// Take over a tree that `terraform providers mirror` wrote
    Import(ImportArgs),
    /// Register the keys that releases of a namespace are signed with
    #[command(subcommand)]
    Key(KeyCommand),
}

/// `atoll provider publish`
#[derive(Debug, Args)]
#[command(
    after_help = "The directory is what GoReleaser writes: terraform-provider-TYPE_VERSION_OS_ARCH.zip for each platform,\n\
    terraform-provider-TYPE_VERSION_SHA256SUMS with its .sig, and terraform-registry-manifest.json. Without\n\
    sums and signature, Atoll signs.\n\n\
    Examples:\n  \
    atoll provider publish dist --address acme/cloud --version 1.2.0\n  \
    atoll provider publish dist --address acme/cloud --version 1.2.0 --platform-only"
)]
pub(crate) struct PublishArgs {
    /// The release directory
    #[arg(value_name = "DIST_DIR")]
    pub(crate) directory: PathBuf,
    /// What to publish, as configurations name it
    #[arg(long, value_name = "[HOST/]NS/TYPE")]
    pub(crate) address: String,
    /// Its version
    #[arg(long)]
    pub(crate) version: Version,
    /// Send the zips one by one and nothing else: they join the version, which Atoll signs
    #[arg(long)]
    pub(crate) platform_only: bool,
    /// Write JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// Whom to ask.
    #[command(flatten)]
    pub(crate) target: TargetArgs,
}

/// `atoll provider import`
#[derive(Debug, Args)]
#[command(
    after_help = "Versions are taken over one by one; what can't be is reported at the end, and the exit status is 1.\n\n\
    Example:\n  terraform providers mirror -platform=linux_amd64 ./mirror\n  atoll provider import ./mirror"
)]
pub(crate) struct ImportArgs {
    /// The tree: HOST/NAMESPACE/TYPE/terraform-provider-TYPE_VERSION_OS_ARCH.zip, with VERSION.json or without
    #[arg(value_name = "DIR")]
    pub(crate) directory: PathBuf,
    /// Write JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// Whom to ask.
    #[command(flatten)]
    pub(crate) target: TargetArgs,
}

/// What can be done with keys.
#[derive(Debug, Subcommand)]
pub(crate) enum KeyCommand {
    /// Register a public key for a namespace
    Add(KeyAddArgs),
    /// List a namespace's keys
    List(KeyListArgs),
    /// Accept no new release that this key signed; old ones stay
    Remove(KeyRemoveArgs),
}

/// `atoll provider key add`
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  gpg --armor --export 51852D87348FFC4C > key.asc\n  atoll provider key add acme key.asc"
)]
pub(crate) struct KeyAddArgs {
    /// The namespace
    pub(crate) namespace: String,
    /// The public key in ASCII armor; `-` for stdin
    #[arg(value_name = "KEY.asc")]
    pub(crate) file: PathBuf,
    /// Whom to ask.
    #[command(flatten)]
    pub(crate) target: TargetArgs,
}

/// `atoll provider key list`
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  atoll provider key list acme")]
pub(crate) struct KeyListArgs {
    /// The namespace
    pub(crate) namespace: String,
    /// Write JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// Whom to ask.
    #[command(flatten)]
    pub(crate) target: TargetArgs,
}

/// `atoll provider key remove`
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  atoll provider key remove acme 51852D87348FFC4C")]
pub(crate) struct KeyRemoveArgs {
    /// The namespace
    pub(crate) namespace: String,
    /// The key's id, as `atoll provider key list` shows it
    pub(crate) key_id: String,
    /// Whom to ask.
    #[command(flatten)]
    pub(crate) target: TargetArgs,
}
