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
    after_help = "Each damage is a line on stdout; at the end it says what was looked at, with --json under `counts`:\n  \
    damages       what is not as it should be\n  \
    versions      tags in modules/ and providers/ that are a version: their rows must say what the store holds\n  \
    manifests     of all repositories: their bytes, and whether everything they name is known\n  \
    held_blobs    blobs whose bytes should be here, and their held_bytes\n  \
    lazy_blobs    blobs of mirrored versions that nobody asked for yet: only their digest is known, and that is well\n  \
    orphans       files that nothing refers to, with their orphan_bytes: no damage, `atoll gc` removes them\n\n\
    Exits with 0 when all is well, and with 1 when there is damage.\n\n\
    Examples:\n  atoll fsck\n  atoll fsck --verify-content"
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
