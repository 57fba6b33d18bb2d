//! `atoll mirror …`

use atoll_core::address::Hostname;
use atoll_core::pattern::Selection;
use atoll_core::platform::Platform;
use clap::{Args, Subcommand};

use super::TargetArgs;

/// What can be done with upstreams.
#[derive(Debug, Subcommand)]
pub(crate) enum MirrorCommand {
    /// Fetch what is selected and not yet here; exits with 1 when something failed or moved
    Sync(SyncArgs),
}

/// `atoll mirror sync`
#[derive(Debug, Args)]
#[command(
    after_help = "What is fetched is what the `sync` blocks of the configuration select, or what --select says. The server goes on\n\
    when this command is interrupted; begun again, nothing is fetched twice.\n\n\
    A wildcard needs a registry that answers /v1/modules/NAMESPACE with what there is; where it does not, name the modules.\n\n\
    Examples:\n  \
    atoll mirror sync --dry-run\n  \
    atoll mirror sync --upstream registry.coder.com --select coder/code-server/coder\n  \
    atoll mirror sync --upstream registry.terraform.io --select 'terraform-aws-modules/* latest:1'\n  \
    atoll mirror sync --select 'hashicorp/aws ~> 5.90' --select 'terraform-aws-modules/vpc/aws latest:3' --platform linux_amd64"
)]
pub(crate) struct SyncArgs {
    /// Only from this upstream
    #[arg(long, value_name = "HOST")]
    pub(crate) upstream: Option<Hostname>,
    /// What to fetch: `NS/TYPE`, `NS/NAME/SYSTEM` or `NS/*`, with a constraint or `latest:N`; can be given again
    #[arg(long, value_name = "PATTERN")]
    pub(crate) select: Vec<Selection>,
    /// For which platform, such as `linux_amd64`; can be given again
    #[arg(long = "platform", value_name = "P")]
    pub(crate) platforms: Vec<Platform>,
    /// Only say what would be fetched, and how much that is
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Write JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// Whom to ask.
    #[command(flatten)]
    pub(crate) target: TargetArgs,
}
