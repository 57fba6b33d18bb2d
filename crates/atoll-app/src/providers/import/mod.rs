//! Taking over versions that `terraform providers mirror` or somebody else's server wrote into a tree.

mod check;
mod error;
mod merge;

pub use error::ImportError;

use std::collections::BTreeMap;

use atoll_core::address::ProviderAddr;
use atoll_core::platform::Platform;
use atoll_core::version::Version;

use super::ReleaseZip;

/// A version out of a tree, or some of its platforms.
#[derive(Debug)]
pub struct Import {
    /// Whose it is; not this server's own, which is published.
    pub provider: ProviderAddr,
    /// Which version of it.
    pub version: Version,
    /// The zips, stored already.
    pub zips: Vec<ReleaseZip>,
    /// What the tree or a lock file says of the zips: `zh:` and `h1:` hashes, of which one of each scheme has to be right.
    pub hashes: BTreeMap<Platform, Vec<String>>,
}

/// What was imported.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Imported {
    /// The provider.
    pub provider: String,
    /// The version.
    pub version: String,
    /// All its platforms now, held or not.
    pub platforms: Vec<String>,
    /// Those of them that are new.
    pub added: Vec<String>,
    /// How its digests are known.
    pub proof: String,
}
