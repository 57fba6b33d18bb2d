//! Modules: hosted, mirrored, explained, fetched ahead; over HTTP and with the real Terraform.

mod calls;
mod client_ages;
mod client_hosted;
mod client_impersonated;
mod client_mirrored;
mod client_private;
mod client_shapes;
mod deleted;
mod details;
mod direct;
mod git;
mod hosted;
mod hostile;
mod mirrored;
mod outage;
mod program_publish;
mod program_sync;
mod program_sync_moved;
mod program_sync_providers;
mod root;
mod shapes;
mod sync;
mod world;
