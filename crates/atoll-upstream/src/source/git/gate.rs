//! What a forwarder lets through, and what it has turned away.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::time::{Instant, sleep_until, timeout};
use url::Url;

use crate::Timeouts;
use crate::dialer::{DialError, Dialer};

/// One host and port, and how much may come from there.
pub(super) struct Gate {
    pub(super) dialer: Dialer,
    /// An https or http URL: its host and port are what is dialled.
    pub(super) target: Url,
    pub(super) bytes_max: u64,
    pub(super) timeouts: Timeouts,
    received: AtomicU64,
    trouble: Mutex<Option<Trouble>>,
}

/// Why something did not come through. The first of them explains why git failed.
#[derive(Debug)]
pub(super) enum Trouble {
    /// More than the limit.
    TooLarge,
    /// Git was sent to another host or port.
    Elsewhere(String),
    /// No connection.
    Dial(DialError),
    /// No connection in time, or a server that fell silent.
    Slow(Duration),
}

const BUFFER_BYTES: usize = 32 * 1024;

impl Gate {
    pub(super) fn new(dialer: Dialer, target: Url, bytes_max: u64, timeouts: Timeouts) -> Self {
        Self {
            dialer,
            target,
            bytes_max,
            timeouts,
            received: AtomicU64::new(0),
            trouble: Mutex::new(None),
        }
    }

    pub(super) fn report(&self, trouble: Trouble) {
        let mut first = self.trouble.lock().unwrap_or_else(PoisonError::into_inner);
        first.get_or_insert(trouble);
    }

    /// What went wrong first.
    pub(super) fn take_trouble(&self) -> Option<Trouble> {
        let mut first = self.trouble.lock().unwrap_or_else(PoisonError::into_inner);
        first.take()
    }

    /// Whether this is the one place that may be reached.
    pub(super) fn admits(&self, host: &str, port: u16) -> bool {
        let wanted = self.target.host_str().unwrap_or_default();
        let bare = wanted.trim_start_matches('[').trim_end_matches(']');
        bare.eq_ignore_ascii_case(host) && self.target.port_or_known_default() == Some(port)
    }

    /// Connects to the one place. What goes wrong is reported.
    pub(super) async fn dial(&self) -> Option<TcpStream> {
        let patience = self.timeouts.connect;
        match timeout(patience, self.dialer.dial(&self.target)).await {
            Ok(Ok(stream)) => return Some(stream),
            Ok(Err(error)) => self.report(Trouble::Dial(error)),
            Err(_) => self.report(Trouble::Slow(patience)),
        }
        None
    }

    /// Carries bytes both ways until both sides are done, too many have come, or nothing moves any more.
    pub(super) async fn carry(&self, client: TcpStream, server: TcpStream) {
        let (from_client, to_client) = client.into_split();
        let (from_server, to_server) = server.into_split();
        let motion = Motion::begin();
        let carrying = async {
            // A connection that breaks is git's to tell.
            let _ = tokio::try_join!(
                self.carry_one_way(from_client, to_server, &motion, None),
                self.carry_one_way(from_server, to_client, &motion, Some(self.bytes_max)),
            );
        };
        let idle = self.timeouts.repository_idle;
        tokio::select! {
            () = carrying => {}
            () = motion.stopped(idle) => self.report(Trouble::Slow(idle)),
        }
    }

    async fn carry_one_way(
        &self,
        mut from: OwnedReadHalf,
        mut to: OwnedWriteHalf,
        motion: &Motion,
        bytes_max: Option<u64>,
    ) -> std::io::Result<()> {
        let mut buffer = vec![0; BUFFER_BYTES];
        loop {
            let length = from.read(&mut buffer).await?;
            let Some(bytes) = buffer.get(..length).filter(|bytes| !bytes.is_empty()) else {
                return to.shutdown().await;
            };
            motion.note();
            if bytes_max.is_some_and(|bytes_max| self.receive(length) > bytes_max) {
                self.report(Trouble::TooLarge);
                return Err(std::io::ErrorKind::FileTooLarge.into());
            }
            to.write_all(bytes).await?;
            // The other side may have been slow to take it.
            motion.note();
        }
    }

    /// Counts what came, and says how much that is by now.
    fn receive(&self, length: usize) -> u64 {
        let more = u64::try_from(length).unwrap_or(u64::MAX);
        let before = self.received.fetch_add(more, Ordering::Relaxed);
        before.saturating_add(more)
    }
}

/// When something last moved through a connection.
struct Motion(Mutex<Instant>);

impl Motion {
    fn begin() -> Self {
        Self(Mutex::new(Instant::now()))
    }

    fn note(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    fn last(&self) -> Instant {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends when nothing has moved for so long.
    async fn stopped(&self, idle: Duration) {
        let mut until = self.last() + idle;
        while Instant::now() < until {
            sleep_until(until).await;
            until = self.last() + idle;
        }
    }
}
