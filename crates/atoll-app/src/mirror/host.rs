//! The mirror of one upstream.

use std::sync::Arc;
use std::time::Duration;

use atoll_core::address::ProviderAddr;
use atoll_core::permission::Visibility;
use atoll_core::platform::Platform;
use atoll_core::proof::Proof;
use atoll_core::repository::RepositoryName;
use atoll_core::version::Version;
use atoll_upstream::{FetchError, OnceMap, Upstream};
use moka::future::Cache;
use tokio::sync::Mutex;

use super::answers::{CapturedVersion, FetchRight, ProviderVersion};
use super::capture::HeldParts;
use super::error::MirrorError;
use super::fill::Promised;
use super::known::KnownLists;
use super::limits::Limits;
use super::list::PermittedList;
use super::modules::ModuleMirror;
use super::patience::Patience;
use super::policy;
use super::reach::{Change, Reach};
use super::source::Source;
use super::words::Chain;
use crate::failure::Failure;
use crate::providers::{StoredLists, StoredVersions};
use crate::registry::Registry;
use crate::upstreams::UpstreamPolicy;

/// The mirror of one upstream, shared by everybody who asks for something of it.
pub(super) struct Host {
    pub(super) policy: UpstreamPolicy,
    pub(super) source: Source,
    pub(super) store: Registry,
    pub(super) limits: Arc<Limits>,
    pub(super) reach: Reach,
    pub(super) known: KnownLists<ProviderAddr, PermittedList>,
    pub(super) held: StoredLists,
    pub(super) held_parts: HeldParts,
    pub(super) versions: StoredVersions,
    pub(super) captures:
        OnceMap<(RepositoryName, Version), Result<Arc<CapturedVersion>, MirrorError>>,
    pub(super) joins: OnceMap<PackageKey, Result<Arc<CapturedVersion>, MirrorError>>,
    /// Held while a version is written anew.
    pub(super) joining: Mutex<()>,
    /// Packages that upstream did not have when it was last asked.
    pub(super) absent: Cache<PackageKey, ()>,
    pub(super) modules: ModuleMirror,
    pub(super) promised: Promised,
}

/// Names a package.
type PackageKey = (RepositoryName, Version, Platform);

/// How many versions and platforms of upstream's lists are kept in memory.
const ENTRIES_IN_MEMORY_MAX: u64 = 500_000;

/// How many packages that upstream does not have are remembered.
const ABSENT_MAX: u64 = 10_000;

impl Host {
    pub(super) fn new(
        policy: UpstreamPolicy,
        upstream: Upstream,
        store: Registry,
        limits: Arc<Limits>,
    ) -> Self {
        Self {
            source: Source::new(upstream),
            limits,
            reach: Reach::new(policy.assumed_offline_period_secs),
            known: KnownLists::new(ENTRIES_IN_MEMORY_MAX, |list| {
                ProviderVersion::weight(&list.versions)
            }),
            held: StoredLists::new(store.clone()),
            held_parts: HeldParts::default(),
            versions: StoredVersions::new(store.clone()),
            captures: OnceMap::default(),
            joins: OnceMap::default(),
            joining: Mutex::default(),
            absent: Cache::builder()
                .max_capacity(ABSENT_MAX)
                .time_to_live(missed_period(&policy))
                .build(),
            modules: ModuleMirror::new(store.clone(), missed_period(&policy)),
            promised: Promised::default(),
            store,
            policy,
        }
    }

    /// The name that its documents and lazy blobs go by.
    pub(super) fn label(&self) -> &str {
        self.policy.hostname.as_str()
    }

    /// The patience of a client whose request begins now.
    pub(super) fn patience(&self) -> Patience {
        Patience::begin(self.limits.patience)
    }

    /// Who may read a repository that is mirrored from here.
    pub(super) fn visibility(&self) -> Visibility {
        if self.policy.anonymous.may_read() {
            Visibility::Public
        } else {
            Visibility::Private
        }
    }

    /// Refuses what the operator does not serve at all.
    pub(super) fn check_provider(&self, provider: &ProviderAddr) -> Result<(), MirrorError> {
        self.check_in_service(&provider.to_string())?;
        policy::check_provider(&self.policy.patterns, provider)
    }

    /// Refuses a version that the operator does not serve.
    pub(super) fn check_version(
        &self,
        provider: &ProviderAddr,
        version: &Version,
    ) -> Result<(), MirrorError> {
        self.check_in_service(&provider.to_string())?;
        policy::check_version(&self.policy.patterns, provider, version)
    }

    /// Refuses everything of an upstream that the operator took out of service.
    pub(super) fn check_in_service(&self, what: &str) -> Result<(), MirrorError> {
        if self.policy.blacked_out {
            let (what, hostname) = (what.into(), self.policy.hostname.clone());
            return Err(MirrorError::BlackedOut { what, hostname });
        }
        Ok(())
    }

    /// A version that was captured before.
    pub(super) async fn find_captured(
        &self,
        provider: &ProviderAddr,
        version: &Version,
    ) -> Result<Option<Arc<CapturedVersion>>, Failure> {
        self.versions.find(&provider.repository(), version).await
    }

    /// Refuses a version that is known by less than the operator asks for.
    pub(super) fn check_proof(&self, what: &str, proof: Proof) -> Result<(), MirrorError> {
        let required = self.policy.require_proof;
        if proof >= required {
            Ok(())
        } else {
            Err(MirrorError::ProofTooWeak {
                what: what.into(),
                proof,
                required,
            })
        }
    }

    /// Why a request may not ask upstream, in words, whatever state it is in.
    pub(super) fn switched_off(&self, may_fetch: &FetchRight) -> Option<Box<str>> {
        let why = if self.source.upstream().is_offline() || self.policy.is_offline() {
            "this server or this upstream is offline"
        } else if self.policy.is_asked_on_demand() || *may_fetch == FetchRight::Operator {
            return None;
        } else {
            "what it has is only fetched by schedule or `atoll mirror sync`"
        };
        Some(format!("{} is not asked: {why}", self.label()).into())
    }

    /// Refuses to ask upstream, where it is not asked now, or not for this client.
    pub(super) fn check_asking(
        &self,
        what: &str,
        may_fetch: &FetchRight,
    ) -> Result<(), MirrorError> {
        if let Some(why) = self.switched_off(may_fetch) {
            return Err(MirrorError::Offline {
                what: what.into(),
                why,
            });
        }
        if let Some(until) = self.reach.assumed_offline_until(crate::now()) {
            return Err(MirrorError::AssumedOffline {
                what: what.into(),
                hostname: self.policy.hostname.clone(),
                until,
            });
        }
        self.check_right(what, may_fetch)
    }

    /// Refuses a client that may cause no fetch.
    pub(super) fn check_right(
        &self,
        what: &str,
        may_fetch: &FetchRight,
    ) -> Result<(), MirrorError> {
        match may_fetch {
            FetchRight::Yes { .. } | FetchRight::Operator => Ok(()),
            FetchRight::No => Err(MirrorError::NeedsToken {
                what: what.into(),
                hostname: self.policy.hostname.clone(),
            }),
        }
    }

    /// Counts a miss on the client's account.
    pub(super) fn count_miss(&self, may_fetch: &FetchRight) -> Result<(), MirrorError> {
        match may_fetch {
            FetchRight::Yes { client } => self.limits.count_miss(client),
            FetchRight::Operator | FetchRight::No => Ok(()),
        }
    }

    /// Takes note of how a request to the registry itself went, and names what it was for.
    pub(super) fn noted<T>(
        &self,
        what: &str,
        result: Result<T, FetchError>,
    ) -> Result<T, MirrorError> {
        let change = self.reach.note(crate::now(), &result);
        self.tell(change, result.as_ref().err());
        result.map_err(|error| {
            if error.is_not_found() {
                self.not_found(what)
            } else {
                MirrorError::upstream(what, error)
            }
        })
    }

    /// Says in the log, once for each change, whether upstream can be reached.
    fn tell(&self, change: Option<Change>, error: Option<&FetchError>) {
        let label = self.label();
        match (change, error) {
            (Some(Change::WentAway), Some(error)) => {
                let period_secs = self.policy.assumed_offline_period_secs;
                tracing::warn!(
                    upstream.label = label,
                    error = %Chain(error),
                    "{label} can't be reached: it is assumed offline, and asked again every {period_secs} s"
                );
            }
            (Some(Change::CameBack), _) => {
                tracing::warn!(upstream.label = label, "{label} can be reached again");
            }
            (Some(Change::WentAway) | None, _) => {}
        }
    }

    pub(super) fn inconsistent(&self, what: &str, how: impl Into<Box<str>>) -> MirrorError {
        MirrorError::Inconsistent {
            what: what.into(),
            hostname: self.policy.hostname.clone(),
            how: how.into(),
        }
    }

    pub(super) fn not_found(&self, what: &str) -> MirrorError {
        MirrorError::NotFound {
            what: what.into(),
            hostname: self.policy.hostname.clone(),
        }
    }

    pub(super) fn too_slow(&self, what: &str) -> MirrorError {
        MirrorError::TooSlow {
            what: what.into(),
            hostname: self.policy.hostname.clone(),
        }
    }
}

fn missed_period(policy: &UpstreamPolicy) -> Duration {
    Duration::from_secs(u64::try_from(policy.missed_cache_period_secs).unwrap_or_default())
}
