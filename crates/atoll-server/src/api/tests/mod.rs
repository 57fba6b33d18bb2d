//! The management API over a whole application, without sockets.

mod imports;
mod publishing;
mod rights;
mod settings;
mod world;
