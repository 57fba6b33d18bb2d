//! An installation on this machine: its lock, its socket, and the application over its data.

mod lock;
mod open;
mod socket_path;

pub(crate) use lock::{DataDir, Lock};
pub(crate) use open::open;
pub(crate) use socket_path::SocketPath;
