//! Addresses of typed artifacts, and the repository names they map to.

pub mod component;
pub(crate) mod family;
mod hostname;
mod module;
mod provider;
#[cfg(test)]
mod tests;

pub use hostname::{HOSTNAME_INPUT_BYTES_MAX, Hostname, HostnameError, HostnameRule};
pub use module::{MODULE_PART_BYTES_MAX, ModuleAddr, ModuleAddrError, ModuleNameRule};
pub use provider::{NAME_BYTES_MAX, NameRule, ProviderAddr, ProviderAddrError};
