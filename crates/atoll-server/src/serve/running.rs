//! A whole server: the application behind its listeners, and the work that goes on beside requests.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use atoll_app::App;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tracing::error;

use super::{Listener, OwnerSocket};
use crate::operations::metrics::Metrics;
use crate::state::{Identity, Server};
use crate::tls::TlsIdentity;
use crate::{owner_router, router};

/// How long work in the background may go on once nobody is served any more, in seconds.
const BACKGROUND_SECS: u64 = 60;

/// What a server is made of.
pub struct Parts {
    /// The use cases.
    pub app: App,
    /// How clients know the server.
    pub identity: Identity,
    /// What it proves itself with; nothing for plain HTTP.
    pub tls: Option<Arc<TlsIdentity>>,
    /// Where everybody is served.
    pub listener: Listener,
    /// Where the owner is served.
    pub owner: Option<OwnerSocket>,
    /// Where metrics are served, and which.
    pub metrics: Option<(Listener, Metrics)>,
}

/// A server that answers.
pub struct Running {
    app: App,
    address: SocketAddr,
    stop: CancellationToken,
    serving: JoinSet<()>,
}

impl Running {
    /// Starts to answer on all listeners. What has to go on beside them is started too.
    pub fn start(parts: Parts) -> Self {
        let Parts {
            app,
            identity,
            tls,
            listener,
            owner,
            metrics,
        } = parts;
        let stop = CancellationToken::new();
        let mut serving = JoinSet::new();
        let server = Server::new(app.clone(), identity);
        let address = listener.address();
        if let Some(owner) = owner {
            serving.spawn(log(
                "the owner's socket",
                owner.serve(owner_router(server.clone()), stop.clone()),
            ));
        }
        if let Some((listener, metrics)) = metrics {
            let answering = listener.serve(metrics.clone().router(), None, stop.clone());
            serving.spawn(log("the metrics listener", answering));
            let upkeep = stop.clone();
            serving.spawn(async move {
                upkeep.run_until_cancelled(metrics.keep_up()).await;
            });
        }
        let config = tls.as_ref().map(|identity| identity.server_config());
        if let Some(identity) = tls {
            serving.spawn(identity.watch(stop.clone()));
        }
        serving.spawn(log(
            "the listener",
            listener.serve(router(server), config, stop.clone()),
        ));
        Self {
            app,
            address,
            stop,
            serving,
        }
    }

    /// Where everybody is served.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The use cases.
    pub fn app(&self) -> &App {
        &self.app
    }

    /// Is cancelled when the server is told to stop: for work beside it.
    pub fn stopping(&self) -> CancellationToken {
        self.stop.clone()
    }

    /// Takes no more connections, lets running transfers finish, and closes the database.
    ///
    /// # Cancellation
    ///
    /// Dropping this future breaks off what still runs; what was acknowledged is safe.
    pub async fn stop(mut self) {
        self.stop.cancel();
        while self.serving.join_next().await.is_some() {}
        if tokio::time::timeout(Duration::from_secs(BACKGROUND_SECS), self.app.close())
            .await
            .is_err()
        {
            error!("work in the background did not end in {BACKGROUND_SECS} s and is broken off");
        }
    }
}

async fn log<E: std::error::Error>(
    what: &'static str,
    served: impl Future<Output = Result<(), E>>,
) {
    if let Err(failed) = served.await {
        let cause = failed.source().map(ToString::to_string).unwrap_or_default();
        error!(error = %failed, cause, "{what} ended");
    }
}
