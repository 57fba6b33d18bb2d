//! Listening: TCP with or without TLS, the owner's socket, and all of a server together.

mod limits;
mod listener;
mod routed;
mod running;
mod socket;

pub use limits::ConnectionLimits;
pub use listener::{ListenError, Listener};
pub use routed::Routed;
pub use running::{Parts, Running};
pub use socket::OwnerSocket;
