//! New connections get their limits.

use std::future::{Ready, ready};

use axum_server::accept::Accept;
use tokio::net::TcpStream;

use super::ConnectionLimits;
use super::connection::Connection;
use super::service::LimitedService;
use super::stream::WatchedStream;

/// Takes connections on and puts limits on what is silent on them.
#[derive(Clone, Copy, Debug)]
pub(in crate::serve) struct LimitingAcceptor(pub(in crate::serve) ConnectionLimits);

impl<S> Accept<TcpStream, S> for LimitingAcceptor {
    type Stream = WatchedStream;
    type Service = LimitedService<S>;
    type Future = Ready<std::io::Result<(Self::Stream, Self::Service)>>;

    fn accept(&self, stream: TcpStream, service: S) -> Self::Future {
        let connection = Connection::new(self.0);
        let watched = stream
            .set_nodelay(true)
            .and_then(|()| WatchedStream::new(stream, connection.clone()));
        ready(watched.map(|stream| (stream, LimitedService::new(service, connection))))
    }
}
