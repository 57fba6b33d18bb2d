//! `SHA256SUMS`: the list of file digests that a release's signature covers.
//!
//! Every line becomes part of a client's lock file, and Terraform crashes on some malformed ones, so what is published
//! here is read strictly and what was published elsewhere is read leniently.

mod rule;
mod sha_sums;
#[cfg(test)]
mod tests;

pub use rule::{SumsError, SumsRule};
pub use sha_sums::{SUMS_BYTES_MAX, ShaSums};
