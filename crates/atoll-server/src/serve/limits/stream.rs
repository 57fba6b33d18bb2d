//! The bytes of a connection, which ends when it does not move.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep};

use super::connection::Connection;

/// What is no more than this is chatter that keeps a connection of HTTP/2 open, such as a ping in a record of TLS, in bytes.
const CHATTER_BYTES_MAX: usize = 64;

/// In how many parts a limit is divided: a connection that is overdue is found that much later.
const LOOKS: u32 = 4;

/// A connection that is looked after whenever somebody waits to read from it. Servers of HTTP/2 always do, and those of HTTP/1 while
/// they wait for a request; while they write, the kernel looks.
pub(in crate::serve) struct WatchedStream {
    stream: TcpStream,
    connection: Connection,
    next_look: Pin<Box<Sleep>>,
}

impl WatchedStream {
    /// Also tells the kernel to end the connection when the client takes none of what was sent. Only the kernel knows: it holds
    /// megabytes, so that a slow client may take minutes until there is room for more.
    pub(super) fn new(stream: TcpStream, connection: Connection) -> io::Result<Self> {
        let millis = u32::try_from(connection.limits.write_stall.as_millis()).unwrap_or(u32::MAX);
        rustix::net::sockopt::set_tcp_user_timeout(&stream, millis)?;
        let next_look = Box::pin(tokio::time::sleep(pause(&connection)));
        Ok(Self {
            stream,
            connection,
            next_look,
        })
    }

    /// Waits for the moment when the connection is overdue.
    fn poll_overdue(&mut self, context: &mut Context<'_>) -> Poll<io::Error> {
        loop {
            ready!(self.next_look.as_mut().poll(context));
            if let Some(reason) = self.connection.overdue() {
                tracing::debug!("closing a connection: {reason}");
                return Poll::Ready(io::Error::new(io::ErrorKind::TimedOut, reason));
            }
            let next = Instant::now() + pause(&self.connection);
            self.next_look.as_mut().reset(next);
        }
    }

    fn written(&self, result: &Poll<io::Result<usize>>) {
        match result {
            Poll::Pending => self.connection.set_blocked(true),
            Poll::Ready(Ok(bytes)) => {
                self.connection.set_blocked(false);
                if *bytes > CHATTER_BYTES_MAX {
                    self.connection.moves();
                }
            }
            Poll::Ready(Err(_)) => {}
        }
    }
}

/// How long it takes until the connection is looked at again.
fn pause(connection: &Connection) -> Duration {
    let limits = &connection.limits;
    limits.write_stall.min(limits.keep_alive_idle) / LOOKS
}

impl AsyncRead for WatchedStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if let Poll::Ready(result) = Pin::new(&mut self.stream).poll_read(context, buffer) {
            return Poll::Ready(result);
        }
        self.poll_overdue(context).map(Err)
    }
}

impl AsyncWrite for WatchedStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.written(&result);
        result
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
        self.written(&result);
        result
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
