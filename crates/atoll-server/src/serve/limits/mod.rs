//! What a client may keep busy without doing anything: how long it may be silent, in either direction.

mod acceptor;
mod connection;
mod request_body;
mod response_body;
mod service;
mod stream;
#[cfg(test)]
mod tests;

use std::time::Duration;

pub(in crate::serve) use acceptor::LimitingAcceptor;

/// How long a client may take to send the head of a request, in seconds. In HTTP/1 that is also how long a connection may be idle.
const HEADER_READ_SECS: u64 = 30;

/// How long a client may send no byte of a body that is waited for, in seconds.
const BODY_IDLE_SECS: u64 = 120;

/// How long a client may take no byte of an answer, in seconds.
const WRITE_STALL_SECS: u64 = 120;

/// How long a connection may be open without a request, in seconds. Clients that keep connections for themselves give them up
/// earlier: those of Go after 90.
const KEEP_ALIVE_IDLE_SECS: u64 = 120;

/// How often a client of HTTP/2 is asked whether it is there, and how long it may take to say so, in seconds.
const H2_PING_INTERVAL_SECS: u64 = 30;
const H2_PING_TIMEOUT_SECS: u64 = 20;

/// How long each kind of silence may last.
///
/// There is no limit on a whole request: uploads and downloads take as long as they take, as long as they move.
#[derive(Clone, Copy, Debug)]
pub struct ConnectionLimits {
    /// A client may take so long to send the head of a request; in HTTP/1 a connection may be idle for so long.
    pub header_read: Duration,
    /// A client may send no byte of a body for so long.
    pub body_idle: Duration,
    /// A client may take no byte of an answer for so long.
    pub write_stall: Duration,
    /// A connection may be without a request for so long.
    pub keep_alive_idle: Duration,
    /// So often a client of HTTP/2 is asked whether it is there.
    pub h2_ping_interval: Duration,
    /// It may take so long to say so.
    pub h2_ping_timeout: Duration,
}

impl Default for ConnectionLimits {
    fn default() -> Self {
        Self {
            header_read: Duration::from_secs(HEADER_READ_SECS),
            body_idle: Duration::from_secs(BODY_IDLE_SECS),
            write_stall: Duration::from_secs(WRITE_STALL_SECS),
            keep_alive_idle: Duration::from_secs(KEEP_ALIVE_IDLE_SECS),
            h2_ping_interval: Duration::from_secs(H2_PING_INTERVAL_SECS),
            h2_ping_timeout: Duration::from_secs(H2_PING_TIMEOUT_SECS),
        }
    }
}
