//! Puts defaults below a draft and decides what depends on several keys.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use atoll_app::upstreams::{Anonymous, UpstreamPolicy};
use atoll_core::address::Hostname;
use atoll_core::pattern::Pattern;
use atoll_db::DatabaseUrl;
use atoll_upstream::{Credential, UpstreamSettings};
use url::Url;

use super::builtin::{BUILTINS, Builtin};
use super::draft::{Draft, ServerDraft, ServerPlaces, UpstreamDraft};
use super::env::{self, Environment};
use super::error::{ConfigError, ConfigErrors, Place};
use super::settings::{
    LogSettings, Origin, ServerSettings, Settings, TerraformUpstream, TlsSettings, is_local,
};

/// Where the server listens without being told.
const LISTEN: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 8443);
/// What is logged without being told.
const LOG_LEVEL: &str = "info";
/// The embedded database's file in the data directory.
const DATABASE_FILE: &str = "atoll.db";
/// The master key's file in the data directory.
const SECRET_FILE: &str = "server.key";

/// Decides what a draft leaves open.
pub(super) fn resolve(
    origin: Origin,
    draft: Draft,
    environment: &Environment,
) -> Result<Settings, ConfigErrors> {
    let data_dir = draft.data_dir.or_else(|| environment.default_data_dir());
    let data_dir = data_dir.ok_or_else(|| {
        let variable = env::DATA_DIR;
        nowhere(format!(
            "there is no place for data: set `data_dir`, --data-dir or {variable}"
        ))
    })?;
    let data_dir = absolute(&data_dir)?;
    let (server, places) = server(draft.server, environment);
    let upstreams = upstreams(draft.upstreams, server.listen)?;
    check_names(&server, &places, &upstreams)?;
    let secret_file = draft.secret_file.map(|path| absolute(&path)).transpose()?;
    Ok(Settings {
        origin,
        offline: draft.offline.unwrap_or(false),
        secret_file: secret_file.unwrap_or_else(|| data_dir.join(SECRET_FILE)),
        server,
        metrics: draft.metrics.unwrap_or_default(),
        database: draft
            .database
            .unwrap_or_else(|| DatabaseUrl::sqlite(&data_dir.join(DATABASE_FILE))),
        log: LogSettings {
            format: draft.log_format.unwrap_or_default(),
            level: draft.log_level.unwrap_or_else(|| LOG_LEVEL.to_owned()),
        },
        upstreams,
        namespaces: draft.namespaces,
        data_dir,
    })
}

fn nowhere(message: String) -> ConfigError {
    ConfigError {
        place: Place::Nowhere,
        message,
    }
}

/// A server changes no directory, but what it logs is read elsewhere.
fn absolute(path: &Path) -> Result<PathBuf, ConfigError> {
    std::path::absolute(path)
        .map_err(|error| nowhere(format!("{:?} is no path: {error}", path.display())))
}

fn server(draft: ServerDraft, environment: &Environment) -> (ServerSettings, ServerPlaces) {
    let settings = ServerSettings {
        listen: draft.listen.unwrap_or(LISTEN),
        public_url: draft.public_url,
        aliases: draft.aliases.unwrap_or_default(),
        impersonate: draft.impersonate.unwrap_or_default(),
        opentofu_direct_modules: draft.opentofu_direct_modules.unwrap_or(false),
        min_free: draft.min_free.unwrap_or_default(),
        collect: draft.collect.unwrap_or(true),
        tls: draft.tls.unwrap_or(TlsSettings::Builtin),
        machine_name: environment.machine_name.clone(),
    };
    (settings, draft.places)
}

/// The upstreams as written, then those that are there without being written.
fn upstreams(
    drafts: Vec<UpstreamDraft>,
    listen: SocketAddr,
) -> Result<Vec<TerraformUpstream>, ConfigError> {
    let mut found = Vec::new();
    for UpstreamDraft {
        mut policy,
        anonymous,
        source,
    } in drafts
    {
        policy.anonymous = anonymous.unwrap_or_else(|| default_anonymous(&policy, &source, listen));
        found.push(TerraformUpstream { policy, source });
    }
    for builtin in &BUILTINS {
        let is_written =
            |upstream: &TerraformUpstream| upstream.policy.hostname.as_str() == builtin.name;
        if !found.iter().any(is_written) {
            found.push(unwritten(builtin, listen)?);
        }
    }
    Ok(found)
}

fn unwritten(builtin: &Builtin, listen: SocketAddr) -> Result<TerraformUpstream, ConfigError> {
    let name = builtin.name;
    let unusable = |error: &dyn std::error::Error| {
        nowhere(format!(
            "the built-in upstream {name:?} can't be used: {error}"
        ))
    };
    let hostname = name.parse::<Hostname>().map_err(|error| unusable(&error))?;
    let source = UpstreamSettings::new(name).map_err(|error| unusable(&error))?;
    let root: Result<Vec<Pattern>, _> = builtin.root.iter().map(|text| text.parse()).collect();
    let mut policy = UpstreamPolicy::new(hostname, Anonymous::None);
    policy.root = root.map_err(|error| unusable(&error))?;
    policy.aliases = builtin.aliases.iter().map(ToString::to_string).collect();
    policy.anonymous = default_anonymous(&policy, &source, listen);
    Ok(TerraformUpstream { policy, source })
}

/// What a request without a token may do, where nobody said.
fn default_anonymous(
    policy: &UpstreamPolicy,
    source: &UpstreamSettings,
    listen: SocketAddr,
) -> Anonymous {
    // Only what upstream shows to everybody is for everybody here. That holds on loopback too: other users of the machine and
    // whatever stands in front as a proxy come from there.
    if !matches!(source.credential, Credential::None) {
        return Anonymous::None;
    }
    if is_local(listen) || policy.patterns.allow.is_some() {
        Anonymous::Fetch
    } else {
        Anonymous::Read
    }
}

/// Refuses names that would mean two things.
fn check_names(
    server: &ServerSettings,
    places: &ServerPlaces,
    upstreams: &[TerraformUpstream],
) -> Result<(), ConfigErrors> {
    let is_upstream = |host: &str| {
        upstreams
            .iter()
            .any(|upstream| upstream.policy.hostname.host() == host)
    };
    let taken = |host: &str, place: &Place| ConfigError {
        place: place.clone(),
        message: format!(
            "{host:?} is a name of this server and of an upstream: to answer for an upstream, use `impersonate`"
        ),
    };
    let public = server
        .public_url
        .as_ref()
        .and_then(Url::host_str)
        .filter(|host| is_upstream(host));
    let mut errors: Vec<ConfigError> = public
        .map(|host| taken(host, &places.public_url))
        .into_iter()
        .collect();
    let aliases = server
        .aliases
        .iter()
        .map(Hostname::host)
        .filter(|host| is_upstream(host));
    errors.extend(aliases.map(|host| taken(host, &places.aliases)));
    for name in server
        .impersonate
        .iter()
        .filter(|name| !is_upstream(name.host()))
    {
        let name = name.as_str();
        let message =
            format!("there is no `upstream \"terraform\" {name:?}` that could be impersonated");
        errors.push(ConfigError {
            place: places.impersonate.clone(),
            message,
        });
    }
    if errors.is_empty() {
        Ok(())
    } else {
        Err(ConfigErrors(errors))
    }
}
