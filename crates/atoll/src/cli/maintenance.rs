//! `atoll gc`, `atoll fsck`, `atoll reindex`

use clap::Args;

use super::TargetArgs;
use super::duration::seconds;

/// `atoll gc`
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  atoll gc --dry-run\n  atoll gc --untagged --grace 7d")]
pub(crate) struct GcArgs {
    /// Only say what would be removed
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Remove manifests too that no tag, index or referrer leads to
    #[arg(long)]
    pub(crate) untagged: bool,
    /// How long bytes stay after nothing refers to them any more, such as 1h
    #[arg(long, value_name = "TIME", value_parser = seconds)]
    pub(crate) grace: Option<u64>,
    /// Write JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// Whom to ask.
    #[command(flatten)]
    pub(crate) target: TargetArgs,
}

/// `atoll fsck`
#[derive(Debug, Args)]
#[command(
    after_help = "Exits with 0 when all is well, and with 1 when there is damage.\n\nExamples:\n  atoll fsck\n  atoll fsck --verify-content"
)]
pub(crate) struct FsckArgs {
    /// Read every byte and compare it with its digest
    #[arg(long)]
    pub(crate) verify_content: bool,
    /// Mend what can be mended: fetch again, or hide until it is pushed again
    #[arg(long)]
    pub(crate) repair: bool,
    /// Write JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// Whom to ask.
    #[command(flatten)]
    pub(crate) target: TargetArgs,
}

/// `atoll reindex`
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  atoll reindex")]
pub(crate) struct ReindexArgs {
    /// Write JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// Whom to ask.
    #[command(flatten)]
    pub(crate) target: TargetArgs,
}
