//! The management API over a whole application, without sockets.

mod archives;
mod imports;
mod module_details;
mod module_notices;
mod module_refusals;
mod modules;
mod publishing;
mod rights;
mod settings;
mod syncs;
mod world;
