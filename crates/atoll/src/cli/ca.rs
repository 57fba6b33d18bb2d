//! `atoll ca …`

use std::path::PathBuf;

use clap::{Args, Subcommand};
use url::Url;

use super::InstallationArgs;
use super::target::base_url;
use crate::client::Fingerprint;
use crate::config::{Environment, env};
use crate::output::UsageError;

/// What can be done with the authority.
#[derive(Debug, Subcommand)]
pub(crate) enum CaCommand {
    /// Print the authority's certificate, for clients to trust; it is made where there is none yet
    Export(CaExportArgs),
    /// Replace the authority: clients have to trust the new one. The old one's files are kept beside it
    #[command(
        after_help = "Example:\n  systemctl stop atoll && atoll ca rotate && systemctl start atoll"
    )]
    Rotate(CaArgs),
}

/// `atoll ca export`
#[derive(Debug, Args)]
#[command(
    after_help = "Of a server elsewhere it is fetched from /ca.pem, which needs no token. Where nothing vouches for the connection yet,\n\
    whoever is in between could send another authority: it is exported only with the --fingerprint that `atoll ca export`\n\
    writes to stderr on the server's own machine. Where --ca or ATOLL_CA is given, that alone verifies the connection.\n\n\
    Examples:\n  \
    atoll ca export > atoll-ca.pem\n  \
    atoll ca export --server https://atoll.example.com --fingerprint 5A:0C:… > atoll-ca.pem"
)]
pub(crate) struct CaExportArgs {
    /// The server's address
    #[arg(long, value_name = "URL", help = "The server's address; ATOLL_SERVER does not count here [default: the installation on this machine]", conflicts_with_all = ["config", "data_dir"])]
    pub(crate) server: Option<String>,
    /// The authority that vouches for the connection, where it is not the one that is fetched
    #[arg(
        long,
        value_name = "FILE",
        help = "The authority that vouches for the connection, where it is not the one that is fetched [env: ATOLL_CA]",
        requires = "server"
    )]
    pub(crate) ca: Option<PathBuf>,
    /// What the certificate's SHA-256 must be; another one is refused
    #[arg(long, value_name = "SHA256")]
    pub(crate) fingerprint: Option<Fingerprint>,
    /// Where the installation is.
    #[command(flatten)]
    pub(crate) installation: InstallationArgs,
}

/// `atoll ca rotate`
#[derive(Debug, Args)]
pub(crate) struct CaArgs {
    /// Where the installation is.
    #[command(flatten)]
    pub(crate) installation: InstallationArgs,
}

impl CaExportArgs {
    /// The server to ask; none for the installation on this machine. A variable that other commands go by selects none: whoever is
    /// on the server's machine to compare fingerprints must not be answered from elsewhere.
    pub(crate) fn server(&self) -> Result<Option<Url>, UsageError> {
        self.server.as_deref().map(base_url).transpose()
    }

    /// The authority that the connection is verified by, where it is not one of the system's.
    pub(crate) fn verified_by(&self, environment: &Environment) -> Option<PathBuf> {
        let variable = || environment.non_empty(env::CA).map(PathBuf::from);
        self.ca.clone().or_else(variable)
    }
}
