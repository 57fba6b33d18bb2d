//! `atoll serve`

use clap::Args;

use super::InstallationArgs;
use crate::config::Overrides;

/// `atoll serve`
#[derive(Debug, Default, Args)]
#[command(
    after_help = "Without any configuration: an embedded database, files in the data directory, an authority of its own,\n\
    and HTTPS on 127.0.0.1:8443.\n\n\
    Examples:\n  atoll serve\n  atoll serve --listen 0.0.0.0:8443 --public-url https://atoll.example.com --data-dir /var/lib/atoll"
)]
pub(crate) struct ServeArgs {
    /// Where the installation is.
    #[command(flatten)]
    pub(crate) installation: InstallationArgs,
    /// Where to listen [default: 127.0.0.1:8443]
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub(crate) listen: Option<String>,
    /// What clients call the server
    #[arg(long, value_name = "URL")]
    pub(crate) public_url: Option<String>,
    /// Never dial anything but the configured database
    #[arg(long)]
    pub(crate) offline: bool,
    /// Serve plain HTTP, for a proxy in front that speaks TLS
    #[arg(long)]
    pub(crate) no_tls: bool,
    /// Where to serve metrics [default: 127.0.0.1:9090]
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub(crate) metrics_listen: Option<String>,
    /// The database [default: SQLite in the data directory]
    #[arg(long, value_name = "URL")]
    pub(crate) database_url: Option<String>,
    /// The form of log lines: text or json
    #[arg(long, value_name = "FORMAT")]
    pub(crate) log_format: Option<String>,
    /// What to log.
    #[arg(
        long,
        value_name = "LEVEL",
        help = "What to log: a level, or directives such as info,atoll_upstream=debug [env: ATOLL_LOG]"
    )]
    pub(crate) log_level: Option<String>,
}

impl ServeArgs {
    /// As the configuration takes them.
    pub(crate) fn overrides(&self) -> Overrides {
        Overrides {
            listen: self.listen.clone(),
            public_url: self.public_url.clone(),
            offline: self.offline,
            no_tls: self.no_tls,
            metrics_listen: self.metrics_listen.clone(),
            database_url: self.database_url.clone(),
            log_format: self.log_format.clone(),
            log_level: self.log_level.clone(),
            ..self.installation.overrides()
        }
    }
}
