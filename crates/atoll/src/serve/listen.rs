//! Where the server listens.

use atoll_server::Metrics;
use atoll_server::serve::{Listener, OwnerSocket};
use tracing::warn;

use super::elsewhere;
use crate::config::{DEFAULT_METRICS, MetricsSettings, Settings};
use crate::installation::{DataDir, SocketPath};

/// Where everybody is served.
pub(super) fn public(settings: &Settings) -> anyhow::Result<Listener> {
    elsewhere(Listener::bind(settings.server.listen), "--listen")
}

/// Where metrics are served. Nobody asked for the usual place: that somebody else has it is no reason not to start.
pub(super) fn metrics(settings: &Settings) -> anyhow::Result<Option<(Listener, Metrics)>> {
    let listener = match settings.metrics {
        MetricsSettings::Off => return Ok(None),
        MetricsSettings::At(address) => elsewhere(Listener::bind(address), "--metrics-listen")?,
        MetricsSettings::Usual => match Listener::bind(DEFAULT_METRICS) {
            Ok(listener) => listener,
            Err(error) => {
                warn!(%error, "metrics are not served: {DEFAULT_METRICS} is taken; choose another address with --metrics-listen, or none with `metrics {{ enabled = false }}`");
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Environment, Overrides, load};

    #[test]
    fn metrics_that_are_turned_off_are_served_nowhere() {
        let place = tempfile::TempDir::new().unwrap();
        let file = place.path().join("atoll.hcl");
        std::fs::write(&file, "metrics { enabled = false }\n").unwrap();
        let overrides = Overrides {
            config: Some(file),
            data_dir: Some(place.path().to_owned()),
            ..Overrides::default()
        };
        let settings = load(&overrides, &Environment::fixed([])).unwrap();
        assert!(metrics(&settings).unwrap().is_none());
    }
}
