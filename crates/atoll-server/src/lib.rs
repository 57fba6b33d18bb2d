//! The HTTP face of Atoll: a route table a protocol, extractors, renderers, TLS.

mod api;
mod extract;
mod http;
mod oci;
mod operations;
mod render;
mod router;
mod routes;
pub mod serve;
mod state;
mod terraform;
pub mod tls;

pub use operations::metrics::{Metrics, MetricsError};
pub use operations::requests::{REQUEST_LINES, current_request_id};
pub use router::{all_routes, owner_router, router};
pub use state::{Identity, Server};
