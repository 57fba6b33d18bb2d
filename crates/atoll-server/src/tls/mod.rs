//! TLS: the built-in certificate authority, certificates from files, and swapping either without a restart.
//!
//! [`TlsIdentity`] is what the listener uses. [`Authority`] is the pure part of the built-in authority: it makes
//! and issues certificates and touches no file.

mod authority;
mod builtin;
mod der;
mod error;
mod facts;
mod files;
mod identity;
mod names;
mod pair;
mod renewal;
mod served;
mod store;

#[cfg(test)]
mod tests;

pub use authority::{Authority, IssuedLeaf};
pub use error::TlsError;
pub use facts::CertificateFacts;
pub use identity::{Checked, TlsIdentity};
pub use names::{CertificateName, CertificateNames, NameError};
pub use renewal::Renewal;
pub use store::authority_certificate;
