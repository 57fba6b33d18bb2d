//! `atoll repository …`

use atoll_core::permission::Visibility;
use atoll_core::repository::RepositoryName;
use clap::{Args, Subcommand};

use super::TargetArgs;

/// What can be done with repositories.
#[derive(Debug, Subcommand)]
pub(crate) enum RepositoryCommand {
    /// Show who may read a repository, and whether its tags may move
    Show(RepositoryShowArgs),
    /// Change what is named, and make the repository where there is none
    Set(RepositorySetArgs),
}

/// `atoll repository show`
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  atoll repository show acme/app")]
pub(crate) struct RepositoryShowArgs {
    /// The repository
    pub(crate) name: RepositoryName,
    /// Write JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// Whom to ask.
    #[command(flatten)]
    pub(crate) target: TargetArgs,
}

/// `atoll repository set`
#[derive(Debug, Args)]
#[command(
    after_help = "A repository that is not there is made, empty: so it can be public before the first push. What is not named\n\
    stays as it is. The module acme/vpc/aws is in modules/self/acme/vpc/aws, the provider acme/demo in providers/self/acme/demo.\n\n\
    Examples:\n  \
    atoll repository set acme/app --visibility public\n  \
    atoll repository set acme/app --immutable-tags true\n  \
    atoll repository set modules/self/acme/vpc/aws --visibility public"
)]
pub(crate) struct RepositorySetArgs {
    /// The repository; it is made where there is none
    pub(crate) name: RepositoryName,
    /// Who may read it: private is those with the right, public is everybody
    #[arg(
        long,
        value_name = "private|public",
        required_unless_present = "immutable_tags"
    )]
    pub(crate) visibility: Option<Visibility>,
    /// Whether a tag stays what it is once it was pushed
    #[arg(long, value_name = "true|false")]
    pub(crate) immutable_tags: Option<bool>,
    /// Write JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// Whom to ask.
    #[command(flatten)]
    pub(crate) target: TargetArgs,
}
