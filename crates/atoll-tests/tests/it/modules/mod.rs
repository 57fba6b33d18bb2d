//! Modules: hosted, mirrored, explained, fetched ahead; over HTTP and with the real Terraform.

mod client_hosted;
mod client_mirrored;
mod details;
mod direct;
mod git;
mod hosted;
mod hostile;
mod mirrored;
mod outage;
mod root;
mod shapes;
mod sync;
mod world;
