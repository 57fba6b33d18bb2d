//! What a mirror answers.

use std::fmt;
use std::sync::Arc;

use atoll_core::digest::Digest;
use atoll_core::h1::H1;
use atoll_core::origin::Origin;
use atoll_core::platform::Platform;
use atoll_core::proof::Proof;
use atoll_core::time_micros::Micros;
use atoll_core::version::Version;
use atoll_db::providers::ListedVersion;
use serde::{Deserialize, Serialize};

/// Whether a request may cause a fetch, and whose misses it counts as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FetchRight {
    /// It may; misses are limited for each client.
    Yes {
        /// Tells clients apart: a token's id, or an address.
        client: Arc<str>,
    },
    /// It is the operator's own work, such as a sync: nobody's misses, and where nothing is fetched on demand it is how things
    /// come here.
    Operator,
    /// It may only read what is here.
    No,
}

impl FetchRight {
    /// The right to fetch, on a client's account.
    pub fn of_client(client: impl Into<Arc<str>>) -> Self {
        Self::Yes {
            client: client.into(),
        }
    }

    /// On whose account a fetch goes; none where nothing may be fetched.
    pub fn client(&self) -> Option<&str> {
        match self {
            Self::Yes { client } => Some(client),
            Self::Operator | Self::No => None,
        }
    }
}

/// The versions of a provider that a client may have.
#[derive(Clone, Debug)]
pub struct ProviderList {
    /// In upstream's order; what is served from the store alone is in order of precedence.
    pub versions: Arc<[ProviderVersion]>,
    /// What upstream tells everybody who installs it.
    pub warnings: Arc<[String]>,
    /// Where the list comes from.
    pub freshness: Freshness,
}

/// One version in a list.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct ProviderVersion {
    /// Its number.
    pub version: Version,
    /// Plugin protocol versions, such as `5.0`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub protocols: Vec<String>,
    /// What it was built for; empty where upstream does not say.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub platforms: Vec<Platform>,
}

impl ProviderVersion {
    /// What can be served of a version: the platforms whose bytes are here; nothing where there are none.
    pub(crate) fn servable(row: ListedVersion) -> Option<Self> {
        (!row.platforms.is_empty()).then_some(Self {
            version: row.version,
            protocols: row.protocols,
            platforms: row.platforms,
        })
    }

    /// How many versions and platforms a list has; a list of none counts as one.
    pub(crate) fn weight(list: &[Self]) -> u32 {
        let entries: usize = list.iter().map(|listed| 1 + listed.platforms.len()).sum();
        u32::try_from(entries).unwrap_or(u32::MAX).max(1)
    }
}

/// Where an answer comes from, and how old it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Freshness {
    /// Where from.
    pub served_from: ServedFrom,
    /// Seconds since upstream said it; none for what only the store knows.
    pub age_secs: Option<i64>,
}

/// Where an answer comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServedFrom {
    /// What upstream said not long ago, or what is held for good.
    Hit,
    /// What is held, because upstream failed.
    Stale,
    /// Upstream, just now.
    Fetched,
    /// What is held, because upstream is not asked.
    Offline,
}

impl ServedFrom {
    /// The word for headers and metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Hit => "hit",
            Self::Stale => "stale",
            Self::Fetched => "fetched",
            Self::Offline => "offline",
        }
    }
}

impl fmt::Display for ServedFrom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Freshness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.served_from)?;
        self.age_secs.map_or(Ok(()), |age| write!(f, "; age={age}"))
    }
}

impl Freshness {
    pub(crate) const fn new(served_from: ServedFrom, age_secs: Option<i64>) -> Self {
        Self {
            served_from,
            age_secs,
        }
    }
}

/// A version as it was captured: it never changes, but platforms may join.
#[derive(Clone, Debug)]
pub struct CapturedVersion {
    /// The version.
    pub version: Version,
    /// Plugin protocol versions, such as `5.0`.
    pub protocols: Vec<String>,
    /// How its digests are known.
    pub proof: Proof,
    /// How it came here.
    pub origin: Origin,
    /// The version's index.
    pub index: Digest,
    /// Its platforms, in order.
    pub platforms: Vec<CapturedPlatform>,
    /// `SHA256SUMS`, where there is one.
    pub sums: Option<Digest>,
    /// `SHA256SUMS.sig`, where there is one.
    pub signature: Option<Digest>,
    /// The keys as they were served, see [`atoll_core::layout::proof::KeyMaterial`].
    pub keys: Option<Digest>,
    /// When it was first known here.
    pub captured_at: Micros,
}

/// A version, and where the answer comes from.
#[derive(Clone, Debug)]
pub struct ServedVersion {
    /// The version.
    pub captured: Arc<CapturedVersion>,
    /// Where from.
    pub freshness: Freshness,
}

/// One platform of a version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CapturedPlatform {
    /// What it runs on.
    pub platform: Platform,
    /// The digest of its zip.
    pub digest: Digest,
    /// The size of its zip in bytes.
    pub size: u64,
    /// The name of its zip.
    pub file_name: String,
    /// Whether the bytes are here.
    pub held: bool,
    /// The hash of its contents, once the bytes were here.
    pub h1: Option<H1>,
}

impl CapturedVersion {
    /// The platform's package.
    pub fn find_platform(&self, platform: &Platform) -> Option<&CapturedPlatform> {
        self.platforms
            .iter()
            .find(|candidate| candidate.platform == *platform)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn freshness_says_where_from_and_how_old() {
        assert_eq!(
            Freshness::new(ServedFrom::Hit, Some(12)).to_string(),
            "hit; age=12"
        );
        assert_eq!(
            Freshness::new(ServedFrom::Offline, None).to_string(),
            "offline"
        );
    }
}
