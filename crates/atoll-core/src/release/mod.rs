//! The files of a provider release, as `GoReleaser` makes them and every registry expects them.
//!
//! Spec: <https://developer.hashicorp.com/terraform/registry/providers/publishing>

mod manifest;
mod names;
mod protocols;
#[cfg(test)]
mod tests;

pub use manifest::{MANIFEST_BYTES_MAX, RegistryManifest, RegistryManifestError};
pub use names::{Release, ZipNameError, parse_zip_name};
pub use protocols::{Protocol, ProtocolError, Protocols, ProtocolsError};
