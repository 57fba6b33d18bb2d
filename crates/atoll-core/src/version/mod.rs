//! Versions of artifacts: one canonical spelling, and a lenient way in for what other registries list.

mod canonical;
mod partial;
#[cfg(test)]
mod tests;

pub use canonical::{VERSION_BYTES_MAX, Version, VersionError, VersionRule};
pub(crate) use partial::{Partial, Precision};
