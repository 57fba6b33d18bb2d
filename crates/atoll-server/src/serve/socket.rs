//! The owner's socket: commands on the same machine reach a running server here, with all rights.

use std::io;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};

use axum::ServiceExt;
use axum_server::Handle;
use http::Request;
use hyper::body::Incoming;
use tokio_util::sync::CancellationToken;

use super::Routed;

/// A bound socket that only its owner can open; its file goes with it.
pub struct OwnerSocket {
    listener: UnixListener,
    path: PathBuf,
}

impl OwnerSocket {
    /// Binds the socket. A file that an ended server left is replaced: the caller holds the lock on the data directory.
    pub fn bind(path: &Path) -> io::Result<Self> {
        match std::fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let listener = UnixListener::bind(path)?;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))?;
        listener.set_nonblocking(true)?;
        Ok(Self {
            listener,
            path: path.to_owned(),
        })
    }

    /// Serves until told to stop.
    pub async fn serve(self, routes: Routed, stop: CancellationToken) -> io::Result<()> {
        let handle = Handle::new();
        let stopper = handle.clone();
        tokio::spawn(async move {
            stop.cancelled().await;
            stopper.graceful_shutdown(None);
        });
        let served = axum_server::from_unix(self.listener)?
            .handle(handle)
            .serve(ServiceExt::<Request<Incoming>>::into_make_service(routes))
            .await;
        // The next server removes it as well; a missing file is no harm.
        let _ = std::fs::remove_file(&self.path);
        served
    }
}
