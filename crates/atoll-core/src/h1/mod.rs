//! `h1:`, the hash over a package's files by which Terraform and OpenTofu lock providers.
//!
//! Spec: <https://pkg.go.dev/golang.org/x/mod/sumdb/dirhash#Hash1>, in its zip form: entries as the archive lists them,
//! directories included.

mod hash;
#[cfg(test)]
mod tests;

pub use hash::{H1, H1Builder, H1Error, H1TextError};
