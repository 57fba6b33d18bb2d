//! Whom a command speaks to: a server by its address, or the installation on this machine.

use std::path::PathBuf;

use clap::Args;
use url::Url;

use crate::config::{Environment, Overrides, env};
use crate::output::UsageError;

/// Where an installation is on this machine.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct InstallationArgs {
    /// The configuration file.
    #[arg(
        long,
        value_name = "FILE",
        help = "The configuration file [env: ATOLL_CONFIG] [default: atoll.hcl, /etc/atoll/atoll.hcl]"
    )]
    pub(crate) config: Option<PathBuf>,
    /// Where everything is kept.
    #[arg(
        long,
        value_name = "DIR",
        help = "Where everything is kept [env: ATOLL_DATA_DIR]"
    )]
    pub(crate) data_dir: Option<PathBuf>,
}

/// Whom a command speaks to. Without a server it is the installation on this machine.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct TargetArgs {
    /// The server's address.
    #[arg(long, value_name = "URL", help = "The server's address [env: ATOLL_SERVER] [default: the installation on this machine]", conflicts_with_all = ["config", "data_dir"])]
    pub(crate) server: Option<String>,
    /// What to log in with.
    #[arg(long, value_name = "TOKEN", help = "What to log in with; the variable is not seen by others [env: ATOLL_TOKEN]", conflicts_with_all = ["config", "data_dir"])]
    pub(crate) token: Option<String>,
    /// Whom to trust besides the system's authorities.
    #[arg(long, value_name = "FILE", help = "The authority that signed the server's certificate [env: ATOLL_CA]", conflicts_with_all = ["config", "data_dir"])]
    pub(crate) ca: Option<PathBuf>,
    /// Where the installation is.
    #[command(flatten)]
    pub(crate) installation: InstallationArgs,
}

/// Whom a command speaks to, decided.
#[derive(Debug)]
pub(crate) enum Target {
    /// A server somewhere.
    Remote {
        /// Its address.
        url: Url,
        /// What to log in with.
        token: Option<String>,
        /// Whom to trust besides the system's authorities.
        ca: Option<PathBuf>,
    },
    /// The installation on this machine.
    Local(Overrides),
}

impl InstallationArgs {
    /// As the configuration takes them.
    pub(crate) fn overrides(&self) -> Overrides {
        Overrides {
            config: self.config.clone(),
            data_dir: self.data_dir.clone(),
            ..Overrides::default()
        }
    }
}

impl TargetArgs {
    /// Flags go before variables, and a flag for the one goes before a variable for the other.
    pub(crate) fn resolve(&self, environment: &Environment) -> Result<Target, UsageError> {
        let variable = |name| environment.non_empty(name);
        let is_local = self.installation.config.is_some() || self.installation.data_dir.is_some();
        let named = || variable(env::SERVER).filter(|_| !is_local);
        let server = self.server.clone().or_else(named);
        let Some(url) = server.as_deref().map(base_url).transpose()? else {
            if self.token.is_some() || self.ca.is_some() {
                return Err(UsageError(format!(
                    "--token and --ca are for a server: name it with --server or {}",
                    env::SERVER
                )));
            }
            return Ok(Target::Local(self.installation.overrides()));
        };
        Ok(Target::Remote {
            url,
            token: self.token.clone().or_else(|| variable(env::TOKEN)),
            ca: self
                .ca
                .clone()
                .or_else(|| variable(env::CA).map(PathBuf::from)),
        })
    }
}

/// A server's address; a name alone means HTTPS.
pub(super) fn base_url(text: &str) -> Result<Url, UsageError> {
    let with_scheme = if text.contains("://") {
        text.to_owned()
    } else {
        format!("https://{text}")
    };
    let bad = |why: &str| {
        UsageError(format!(
            "{text:?} is not the address of a server, such as https://atoll.example.com:8443: {why}"
        ))
    };
    let mut url = Url::parse(&with_scheme).map_err(|error| bad(&error.to_string()))?;
    if !matches!(url.scheme(), "https" | "http") {
        return Err(bad("it is neither https nor http"));
    }
    if url.host_str().is_none_or(str::is_empty) {
        return Err(bad("there is no host in it"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(UsageError(
            "the server's address must not have credentials in it: use --token".to_owned(),
        ));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(bad("it has a query or fragment"));
    }
    if !url.path().ends_with('/') {
        let path = format!("{}/", url.path());
        url.set_path(&path);
    }
    Ok(url)
}
