//! A fake upstream: a Terraform registry and network mirror, as a real server that can misbehave on demand.

mod answer;
mod catalog;
mod content;
mod documents;
mod fault;
mod log;
mod modules;
mod send;
mod server;

pub use catalog::{ProviderSetup, Signing};
pub use content::Content;
pub use fault::Fault;
pub use log::LoggedRequest;
pub use server::FakeRegistry;
