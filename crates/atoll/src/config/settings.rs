//! What the configuration says, with nothing left to decide.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use atoll_app::upstreams::{MinFree, UpstreamPolicy};
use atoll_core::address::Hostname;
use atoll_db::DatabaseUrl;
use atoll_server::tls::{CertificateName, CertificateNames};
use atoll_upstream::UpstreamSettings;
use url::{Host, Url};

/// Where metrics are served without being told, if nobody else has the address.
pub(crate) const DEFAULT_METRICS: SocketAddr =
    SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 9090);

/// Everything the server is told.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// Where it was read.
    pub(crate) origin: Origin,
    /// Where everything is kept that is not kept elsewhere. Absolute.
    pub(crate) data_dir: PathBuf,
    /// Whether nothing is ever dialled.
    pub(crate) offline: bool,
    /// The master key; made where it is missing.
    pub(crate) secret_file: PathBuf,
    /// How the server is reached.
    pub(crate) server: ServerSettings,
    /// Where metrics are served.
    pub(crate) metrics: MetricsSettings,
    /// Where the database is.
    pub(crate) database: DatabaseUrl,
    /// What is logged and how.
    pub(crate) log: LogSettings,
    /// The upstreams, in the order in which they are asked.
    pub(crate) upstreams: Vec<TerraformUpstream>,
    /// Namespaces that never fall through to an upstream, in lower case.
    pub(crate) namespaces: Vec<String>,
}

/// Where settings were read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// This file.
    File(PathBuf),
    /// Nowhere: no file was found.
    Defaults,
}

/// How the server is reached.
#[derive(Clone, Debug)]
pub(crate) struct ServerSettings {
    /// The address it listens on.
    pub(crate) listen: SocketAddr,
    /// What clients call it, where that was said.
    pub(crate) public_url: Option<Url>,
    /// Its other names.
    pub(crate) aliases: Vec<Hostname>,
    /// Names of upstreams that it answers for.
    pub(crate) impersonate: Vec<Hostname>,
    /// Whether OpenTofu is given modules directly, instead of the address of a package.
    pub(crate) opentofu_direct_modules: bool,
    /// How much of the disk stays free.
    pub(crate) min_free: MinFree,
    /// Whether what nothing refers to is collected from time to time without being asked.
    pub(crate) collect: bool,
    /// What it proves itself with.
    pub(crate) tls: TlsSettings,
    /// What the machine calls itself.
    pub(crate) machine_name: Option<String>,
}

/// Where metrics are served.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum MetricsSettings {
    /// At [`DEFAULT_METRICS`]. Nobody asked for it: where somebody else has that address, there are none.
    #[default]
    Usual,
    /// Here.
    At(SocketAddr),
    /// Nowhere.
    Off,
}

/// What the server proves itself with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum TlsSettings {
    /// A certificate of the built-in authority.
    Builtin,
    /// A certificate that the operator keeps.
    Files {
        /// The chain, the server's own certificate first.
        certificate: PathBuf,
        /// Its key.
        key: PathBuf,
    },
    /// Nothing: somebody in front of it does.
    Off,
}

/// One source of providers and modules.
#[derive(Clone, Debug)]
pub(crate) struct TerraformUpstream {
    /// What is served from it, and to whom.
    pub(crate) policy: UpstreamPolicy,
    /// How it is reached.
    pub(crate) source: UpstreamSettings,
}

/// What is logged and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LogSettings {
    /// In which form.
    pub(crate) format: LogFormat,
    /// A level, or directives such as `info,atoll_upstream=debug`.
    pub(crate) level: String,
}

/// The form of log lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One object a line.
    Json,
}

impl LogFormat {
    /// The word used in configuration.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Json => "json",
        }
    }
}

impl Settings {
    /// The directory of the built-in authority.
    pub(crate) fn tls_dir(&self) -> PathBuf {
        self.data_dir.join("tls")
    }
}

impl ServerSettings {
    /// Whether only this machine reaches it.
    pub(crate) fn is_local(&self) -> bool {
        is_local(self.listen)
    }

    /// What clients call it: as configured, or as its address suggests. `bound` is where it listens by now.
    pub(crate) fn public_url_at(&self, bound: SocketAddr) -> String {
        if let Some(url) = &self.public_url {
            return url.as_str().trim_end_matches('/').to_owned();
        }
        let scheme = if self.tls == TlsSettings::Off {
            "http"
        } else {
            "https"
        };
        let ip = bound.ip();
        let host = match &self.machine_name {
            _ if ip.to_canonical().is_loopback() => "localhost".to_owned(),
            Some(name) if ip.is_unspecified() => name.clone(),
            None if ip.is_unspecified() => "localhost".to_owned(),
            _ if ip.is_ipv6() => format!("[{ip}]"),
            _ => ip.to_string(),
        };
        format!("{scheme}://{host}:{}", bound.port())
    }

    /// The names by which clients ask for what is published here, besides those that every server has.
    pub(crate) fn own_hostnames(&self) -> Vec<Hostname> {
        let public = self
            .public_url
            .as_ref()
            .and_then(Url::host_str)
            .and_then(|host| host.parse().ok());
        public
            .into_iter()
            .chain(self.aliases.iter().cloned())
            .collect()
    }

    /// What a certificate for this server has to name.
    pub(crate) fn certificate_names(&self) -> CertificateNames {
        let mut names = CertificateNames::local();
        let machine = self.machine_name.as_deref();
        let hosts = self
            .aliases
            .iter()
            .chain(&self.impersonate)
            .map(Hostname::host);
        for text in hosts.chain(machine).chain([Hostname::INTERNAL_ALIAS]) {
            // A machine may have a name that is none in DNS; configured names were checked.
            if let Ok(name) = text.parse() {
                names.insert(name);
            }
        }
        match self.public_url.as_ref().and_then(Url::host) {
            Some(Host::Domain(name)) => names.extend(name.parse::<CertificateName>()),
            Some(Host::Ipv4(ip)) => names.insert(CertificateName::Ip(ip.into())),
            Some(Host::Ipv6(ip)) => names.insert(CertificateName::Ip(ip.into())),
            None => {}
        }
        if !self.listen.ip().is_unspecified() {
            names.insert(CertificateName::Ip(self.listen.ip().to_canonical()));
        }
        names
    }
}

/// Whether an address is only reached from this machine.
pub(super) fn is_local(listen: SocketAddr) -> bool {
    listen.ip().to_canonical().is_loopback()
}
