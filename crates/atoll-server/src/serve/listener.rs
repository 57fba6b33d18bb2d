//! The public listener.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use axum::ServiceExt;
use axum::extract::connect_info::IntoMakeServiceWithConnectInfo;
use axum_server::Handle;
use axum_server::tls_rustls::{RustlsAcceptor, RustlsConfig};
use http::Request;
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use tokio_util::sync::CancellationToken;

use super::Routed;
use super::limits::{ConnectionLimits, LimitingAcceptor};

/// The longest head of a request, in bytes: bearers with many scopes are long.
const HEAD_BYTES_MAX: usize = 64 * 1024;

/// How much a client of HTTP/2 may have on its way to us before we take it, in bytes, for a stream and a connection.
const H2_STREAM_WINDOW_BYTES: u32 = 1024 * 1024;
const H2_CONNECTION_WINDOW_BYTES: u32 = 8 * 1024 * 1024;

/// How much of an answer waits in memory for a slow client of HTTP/2, in bytes.
const H2_SEND_BUFFER_BYTES: usize = 512 * 1024;

/// How much HTTP/1 buffers of either direction, in bytes.
const H1_BUFFER_BYTES: usize = 512 * 1024;

/// How long running transfers may go on after the server was told to stop, in seconds.
const DRAIN_SECS: u64 = 600;

/// The server can't listen.
#[derive(Debug, thiserror::Error)]
#[error("failed to listen on {address}")]
pub struct ListenError {
    address: SocketAddr,
    #[source]
    source: io::Error,
}

/// A bound listener that does not answer yet.
pub struct Listener {
    socket: TcpListener,
    address: SocketAddr,
    limits: ConnectionLimits,
}

impl Listener {
    /// Binds an address; port 0 lets the kernel choose.
    pub fn bind(address: SocketAddr) -> Result<Self, ListenError> {
        let failed = |source| ListenError { address, source };
        let listener = TcpListener::bind(address).map_err(failed)?;
        listener.set_nonblocking(true).map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        Ok(Self {
            socket: listener,
            address,
            limits: ConnectionLimits::default(),
        })
    }

    /// With these limits in the place of the usual ones.
    #[must_use]
    pub fn with_limits(mut self, limits: ConnectionLimits) -> Self {
        self.limits = limits;
        self
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until told to stop, then lets running transfers finish.
    pub async fn serve(
        self,
        routes: impl Into<Routed>,
        tls: Option<Arc<rustls::ServerConfig>>,
        stop: CancellationToken,
    ) -> Result<(), ListenError> {
        let handle = Handle::new();
        tokio::spawn(drain(handle.clone(), stop));
        let service = routes.into();
        let service = ServiceExt::<Request<Incoming>>::into_make_service_with_connect_info(service);
        let address = self.address;
        self.run(service, tls, handle)
            .await
            .map_err(|source| ListenError { address, source })
    }

    async fn run(
        self,
        service: IntoMakeServiceWithConnectInfo<Routed, SocketAddr>,
        tls: Option<Arc<rustls::ServerConfig>>,
        handle: Handle<SocketAddr>,
    ) -> io::Result<()> {
        let limits = self.limits;
        let limiting = LimitingAcceptor(limits);
        let server = axum_server::from_tcp(self.socket)?.handle(handle);
        if let Some(config) = tls {
            let acceptor =
                RustlsAcceptor::new(RustlsConfig::from_config(config)).acceptor(limiting);
            let mut server = server.acceptor(acceptor);
            tune(server.http_builder(), &limits);
            server.serve(service).await
        } else {
            let mut server = server.acceptor(limiting);
            tune(server.http_builder(), &limits);
            server.serve(service).await
        }
    }
}

async fn drain(handle: Handle<SocketAddr>, stop: CancellationToken) {
    stop.cancelled().await;
    handle.graceful_shutdown(Some(Duration::from_secs(DRAIN_SECS)));
}

/// Limits and buffers of connections.
fn tune(builder: &mut Builder<TokioExecutor>, limits: &ConnectionLimits) {
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.header_read)
        .max_buf_size(H1_BUFFER_BYTES)
        .writev(true);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(limits.h2_ping_interval)
        .keep_alive_timeout(limits.h2_ping_timeout)
        .initial_stream_window_size(H2_STREAM_WINDOW_BYTES)
        .initial_connection_window_size(H2_CONNECTION_WINDOW_BYTES)
        .max_send_buf_size(H2_SEND_BUFFER_BYTES)
        .max_header_list_size(u32::try_from(HEAD_BYTES_MAX).unwrap_or(u32::MAX));
}
