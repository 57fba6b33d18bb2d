//! Where the server listens.

use atoll_server::Metrics;
use atoll_server::serve::{Listener, OwnerSocket};
use tracing::warn;

use super::elsewhere;
use crate::config::{DEFAULT_METRICS, Settings};
use crate::installation::{DataDir, SocketPath};

/// Where everybody is served.
pub(super) fn public(settings: &Settings) -> anyhow::Result<Listener> {
    elsewhere(Listener::bind(settings.server.listen), "--listen")
}

/// Where metrics are served. Nobody asked for the usual place: that somebody else has it is no reason not to start.
pub(super) fn metrics(settings: &Settings) -> anyhow::Result<Option<(Listener, Metrics)>> {
    let listener = match settings.metrics {
        Some(address) => elsewhere(Listener::bind(address), "--metrics-listen")?,
        None => match Listener::bind(DEFAULT_METRICS) {
            Ok(listener) => listener,
            Err(error) => {
                warn!(%error, "metrics are not served: {DEFAULT_METRICS} is taken; choose another address with --metrics-listen");
                return Ok(None);
            }
        },
    };
    Ok(Some((listener, Metrics::install()?)))
}

/// Where the owner is served. Without it the server does its work, and commands on this machine need --server.
pub(super) fn owner(data: &DataDir) -> Option<OwnerSocket> {
    let path = data.socket();
    let bound = SocketPath::new(&path).and_then(|way| OwnerSocket::bind(way.path()));
    match bound {
        Ok(owner) => Some(owner),
        Err(error) => {
            warn!(%error, "commands on this machine need --server and --token: failed to listen on {}", path.display());
            None
        }
    }
}
