//! Content digests: the names that content has by itself.

mod algorithm;
mod content_digest;
mod hasher;
#[cfg(test)]
mod tests;

pub use algorithm::Algorithm;
pub use content_digest::{Digest, DigestError, SHA256_BYTES};
pub use hasher::Hasher;
