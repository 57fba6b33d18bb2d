//! What a file says, before flags are put above it and defaults below it.

use std::net::SocketAddr;
use std::path::PathBuf;

use atoll_app::upstreams::{Anonymous, MinFree, UpstreamPolicy};
use atoll_core::address::Hostname;
use atoll_db::DatabaseUrl;
use atoll_upstream::UpstreamSettings;
use url::Url;

use super::error::Place;
use super::settings::{LogFormat, MetricsSettings, TlsSettings};

/// A file's content; what it leaves out is `None`.
#[derive(Debug, Default)]
pub(super) struct Draft {
    pub(super) data_dir: Option<PathBuf>,
    pub(super) offline: Option<bool>,
    pub(super) secret_file: Option<PathBuf>,
    pub(super) server: ServerDraft,
    pub(super) metrics: Option<MetricsSettings>,
    pub(super) database: Option<DatabaseUrl>,
    pub(super) log_format: Option<LogFormat>,
    pub(super) log_level: Option<String>,
    pub(super) upstreams: Vec<UpstreamDraft>,
    pub(super) namespaces: Vec<String>,
}

/// A block `server`.
#[derive(Debug, Default)]
pub(super) struct ServerDraft {
    pub(super) listen: Option<SocketAddr>,
    pub(super) public_url: Option<Url>,
    pub(super) aliases: Option<Vec<Hostname>>,
    pub(super) impersonate: Option<Vec<Hostname>>,
    pub(super) opentofu_direct_modules: Option<bool>,
    pub(super) min_free: Option<MinFree>,
    pub(super) collect: Option<bool>,
    pub(super) tls: Option<TlsSettings>,
    pub(super) places: ServerPlaces,
}

/// Where the names of a server were given, for errors that only show once everything is read.
#[derive(Debug, Default)]
pub(super) struct ServerPlaces {
    pub(super) public_url: Place,
    pub(super) aliases: Place,
    pub(super) impersonate: Place,
}

/// A block `upstream "terraform"`.
#[derive(Debug)]
pub(super) struct UpstreamDraft {
    /// Its `anonymous` is a guess until it is known where the server listens.
    pub(super) policy: UpstreamPolicy,
    pub(super) anonymous: Option<Anonymous>,
    pub(super) source: UpstreamSettings,
}
