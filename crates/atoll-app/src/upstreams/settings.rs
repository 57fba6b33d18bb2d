//! What an operator says about one upstream besides how it is reached.

use std::fmt;

use atoll_core::address::Hostname;
use atoll_core::pattern::{Pattern, Policy, Selection};
use atoll_core::platform::Platform;
use atoll_core::proof::Proof;
use atoll_core::schedule::DailyTime;

/// `retrieval_cache_period_seconds`, where it is left out.
pub const RETRIEVAL_CACHE_PERIOD_SECS: i64 = 7200;
/// `missed_cache_period_seconds`, where it is left out.
pub const MISSED_CACHE_PERIOD_SECS: i64 = 1800;
/// `assumed_offline_period_seconds`, where it is left out.
pub const ASSUMED_OFFLINE_PERIOD_SECS: i64 = 300;

/// What may be served from one upstream, to whom, and how long its answers hold. Built by the configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UpstreamPolicy {
    /// The host in the addresses of what comes from it.
    pub hostname: Hostname,
    /// When it is asked.
    pub mode: UpstreamMode,
    /// What may be served; patterns of two segments are for providers, of three for modules, `NAMESPACE/*` is for both.
    pub patterns: Policy,
    /// For which addresses it answers at the root of the server, without its name in the URL: providers where a pattern has two
    /// segments, modules where it has three.
    pub root: Vec<Pattern>,
    /// Its names in the URL shapes of other servers, besides its hostname. Nobody else's.
    pub aliases: Vec<String>,
    /// What is fetched ahead.
    pub sync: Option<SyncPolicy>,
    /// What a request without a token may do.
    pub anonymous: Anonymous,
    /// The weakest proof that is served. [`Proof::Hashed`] is everything.
    pub require_proof: Proof,
    /// Whether a namespace may only be signed by keys that were seen for it before.
    pub pin_keys: bool,
    /// How many bytes may be held from it; above, nothing more is fetched.
    pub max_bytes: Option<u64>,
    /// How long a list holds before upstream is asked again.
    pub retrieval_cache_period_secs: i64,
    /// How long it holds that upstream has no such thing.
    pub missed_cache_period_secs: i64,
    /// How long an upstream that could not be reached is left alone.
    pub assumed_offline_period_secs: i64,
    /// Out of service: nothing of it is served, held or not.
    pub blacked_out: bool,
}

impl UpstreamPolicy {
    /// The defaults for an upstream.
    pub fn new(hostname: Hostname, anonymous: Anonymous) -> Self {
        Self {
            hostname,
            mode: UpstreamMode::OnDemand,
            patterns: Policy::default(),
            root: Vec::new(),
            aliases: Vec::new(),
            sync: None,
            anonymous,
            require_proof: Proof::Hashed,
            pin_keys: false,
            max_bytes: None,
            retrieval_cache_period_secs: RETRIEVAL_CACHE_PERIOD_SECS,
            missed_cache_period_secs: MISSED_CACHE_PERIOD_SECS,
            assumed_offline_period_secs: ASSUMED_OFFLINE_PERIOD_SECS,
            blacked_out: false,
        }
    }

    /// Whether it is never asked.
    pub fn is_offline(&self) -> bool {
        self.mode == UpstreamMode::Offline
    }

    /// Whether a request may cause it to be asked.
    pub fn is_asked_on_demand(&self) -> bool {
        self.mode == UpstreamMode::OnDemand
    }
}

/// What is fetched from an upstream before anybody asks for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyncPolicy {
    /// Providers, modules, and which of their versions.
    pub select: Vec<Selection>,
    /// For which platforms providers are fetched; every one that upstream has, where this is empty.
    pub platforms: Vec<Platform>,
    /// When that happens by itself.
    pub schedule: Option<DailyTime>,
}

/// When an upstream is asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UpstreamMode {
    /// At the first request for something.
    #[default]
    OnDemand,
    /// When a sync fetches what was selected; for requests as if never.
    Scheduled,
    /// Never.
    Offline,
}

/// What a request without a token may do with an upstream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anonymous {
    /// Read what is held, and cause what is not to be fetched.
    Fetch,
    /// Read what is held.
    Read,
    /// Nothing.
    None,
}

impl Anonymous {
    /// The word used in configuration.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Fetch => "fetch",
            Self::Read => "read",
            Self::None => "none",
        }
    }

    /// Whether it may read what is held.
    pub const fn may_read(self) -> bool {
        matches!(self, Self::Fetch | Self::Read)
    }

    /// Whether it may cause a fetch.
    pub const fn may_fetch(self) -> bool {
        matches!(self, Self::Fetch)
    }
}

impl fmt::Display for Anonymous {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How much of the disk stays free: below, nothing more is fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MinFree {
    /// So many hundredths of the disk.
    Percent(u8),
    /// So many bytes.
    Bytes(u64),
}

impl Default for MinFree {
    fn default() -> Self {
        Self::Percent(10)
    }
}

impl MinFree {
    /// How many bytes of a disk stay free.
    pub fn bytes_of(self, disk_bytes: u64) -> u64 {
        match self {
            // Divided first: no disk is so small that the rest matters, and none so big that the product overflows.
            Self::Percent(percent) => disk_bytes / 100 * u64::from(percent),
            Self::Bytes(bytes) => bytes,
        }
    }
}

impl fmt::Display for MinFree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Percent(percent) => write!(f, "{percent}%"),
            Self::Bytes(bytes) => write!(f, "{bytes} bytes"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn free_space_is_a_share_or_a_size() {
        assert_eq!(MinFree::default().bytes_of(1_000_000), 100_000);
        assert_eq!(
            MinFree::Percent(100).bytes_of(u64::MAX),
            u64::MAX / 100 * 100
        );
        assert_eq!(MinFree::Bytes(7).bytes_of(0), 7);
        assert_eq!(MinFree::Percent(0).bytes_of(u64::MAX), 0);
    }

    #[test]
    fn only_on_demand_is_asked_by_requests() {
        use UpstreamMode::{Offline, OnDemand, Scheduled};
        let mut policy = UpstreamPolicy::new("a.example".parse().unwrap(), Anonymous::Read);
        for (mode, on_demand, offline) in [
            (OnDemand, true, false),
            (Scheduled, false, false),
            (Offline, false, true),
        ] {
            policy.mode = mode;
            assert_eq!(policy.is_asked_on_demand(), on_demand);
            assert_eq!(policy.is_offline(), offline);
        }
    }

    #[test]
    fn who_may_fetch_may_read() {
        for anonymous in [Anonymous::Fetch, Anonymous::Read, Anonymous::None] {
            assert!(anonymous.may_read() || !anonymous.may_fetch());
        }
    }
}
