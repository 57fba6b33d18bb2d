//! `atoll serve`: everything that is built at start-up, and how it ends.

mod announce;
mod identity;
mod listen;
mod signals;
mod upkeep;

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use atoll_server::Identity;
use atoll_server::serve::{ListenError, Parts, Running};
use atoll_server::tls::TlsIdentity;

use crate::cli::ServeArgs;
use crate::config::{Environment, Settings, load};
use crate::installation::{DataDir, open};
use crate::logging;
use signals::Signals;

/// Runs the server until it is told to stop.
pub(crate) async fn run(args: &ServeArgs, environment: &Environment) -> anyhow::Result<ExitCode> {
    let settings = load(&args.overrides(), environment)?;
    logging::init(&settings.log)?;
    // Before anything takes time: who is told to stop while starting stops.
    let mut signals = Signals::listen()?;
    let data = DataDir::new(&settings.data_dir);
    let Some(_lock) = data.try_lock()? else {
        let (holder, directory) = (data.holder(), settings.data_dir.display());
        bail!(
            "{holder} works on {directory} already; stop it, or choose another place with --data-dir"
        );
    };
    let running = tokio::select! {
        running = start(&settings, &data) => running?,
        () = signals.next() => return Ok(ExitCode::SUCCESS),
    };
    signals.next().await;
    announce::stopping(&settings);
    tokio::select! {
        () = running.stop() => Ok(ExitCode::SUCCESS),
        () = signals.next() => bail!("broken off by a second signal; transfers that still ran are incomplete"),
    }
}

async fn start(settings: &Settings, data: &DataDir) -> anyhow::Result<Running> {
    let listener = listen::public(settings)?;
    let metrics = listen::metrics(settings)?;
    let tls = identity::load(settings)?.map(Arc::new);
    let app = open(settings).await?;
    let owner = listen::owner(data);
    let address = listener.address();
    let metrics_address = metrics.as_ref().map(|(listener, _)| listener.address());
    let running = Running::start(Parts {
        app,
        identity: known_as(settings, tls.as_deref()),
        tls: tls.clone(),
        listener,
        owner,
        metrics,
    });
    upkeep::start_schedules(&running);
    if settings.server.collect {
        upkeep::start_sweeps(&running);
    }
    announce::ready(
        settings,
        &announce::Facts {
            address,
            metrics: metrics_address,
            tls: tls.as_deref(),
        },
    );
    Ok(running)
}

fn known_as(settings: &Settings, tls: Option<&TlsIdentity>) -> Identity {
    Identity {
        public_url: settings.server.public_url.clone(),
        tls: tls.is_some(),
        ca_pem: tls.and_then(TlsIdentity::ca_pem).map(str::to_owned),
        opentofu_direct_modules: settings.server.opentofu_direct_modules,
    }
}

/// What is said of a listener that can't be had.
fn elsewhere<T>(result: Result<T, ListenError>, flag: &str) -> anyhow::Result<T> {
    result.with_context(|| format!("the server can't start; choose another address with {flag}, or see who has this one with `ss -ltnp`"))
}
