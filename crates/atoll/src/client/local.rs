//! The installation on this machine: through the socket of the server that runs, or by opening the data.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use atoll_app::App;
use atoll_server::serve::OwnerSocket;
use atoll_server::{Identity, Server, owner_router};
use tokio::net::UnixStream;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::config::{Environment, LogSettings, Overrides, env, load};
use crate::installation::{DataDir, Lock, SocketPath, open};
use crate::logging;

/// How long a process that has the lock may take to answer on its socket, or to be done.
const SOCKET_WAIT: Duration = Duration::from_secs(10);
/// How often it is tried.
const SOCKET_POLL: Duration = Duration::from_millis(20);
/// What is logged of a command's own work: what it finds it tells itself.
const LOG_LEVEL: &str = "error";

/// A way to the installation.
pub(super) struct Local {
    socket: SocketPath,
    opened: Option<Opened>,
}

/// Data that this process opened itself.
struct Opened {
    app: App,
    stop: CancellationToken,
    served: JoinHandle<std::io::Result<()>>,
    _lock: Lock,
}

impl Local {
    /// Finds the way: a server that has the lock answers on its socket. Where nobody has it, we open the data ourselves;
    /// another command that did so is soon done.
    pub(super) async fn open(
        overrides: &Overrides,
        environment: &Environment,
    ) -> anyhow::Result<Self> {
        let settings = load(overrides, environment)?;
        let data = DataDir::new(&settings.data_dir);
        let begun = Instant::now();
        loop {
            if let Some(lock) = data.try_lock()? {
                let level = environment
                    .non_empty(env::LOG)
                    .unwrap_or_else(|| LOG_LEVEL.to_owned());
                logging::init(&LogSettings {
                    level,
                    ..settings.log.clone()
                })?;
                let app = open(&settings).await?;
                let socket = SocketPath::new(&data.command_socket())?;
                return Ok(Self {
                    opened: Some(Opened::new(app, lock, socket.path())?),
                    socket,
                });
            }
            let socket = SocketPath::new(&data.socket())?;
            match UnixStream::connect(socket.path()).await {
                Ok(_) => {
                    return Ok(Self {
                        socket,
                        opened: None,
                    });
                }
                Err(_) if begun.elapsed() < SOCKET_WAIT => tokio::time::sleep(SOCKET_POLL).await,
                Err(error) => {
                    let holder = data.holder();
                    let message = format!(
                        "{holder} works on {} and does not answer on {}",
                        data.path().display(),
                        data.socket().display()
                    );
                    return Err(error).context(message);
                }
            }
        }
    }

    /// The socket on which the API answers.
    pub(super) fn socket(&self) -> &Path {
        self.socket.path()
    }

    /// Ends what was opened for this command.
    pub(super) async fn close(self) {
        if let Some(Opened {
            app,
            stop,
            served,
            _lock,
        }) = self.opened
        {
            stop.cancel();
            // It only fails by panicking, which has been shown.
            let _ = served.await;
            app.close().await;
        }
    }
}

impl Opened {
    fn new(app: App, lock: Lock, socket: &Path) -> anyhow::Result<Self> {
        let owner = OwnerSocket::bind(socket)
            .with_context(|| format!("failed to listen on {}", socket.display()))?;
        let stop = CancellationToken::new();
        let router = owner_router(Server::new(app.clone(), Identity::default()));
        let served = tokio::spawn(owner.serve(router, stop.clone()));
        Ok(Self {
            app,
            stop,
            served,
            _lock: lock,
        })
    }
}
