//! A mirror of one fake upstream.

use std::future::Future;
use std::num::NonZeroU32;
use std::time::Duration;

use atoll_app::Tasks;
use atoll_app::mirror::{
    FetchRight, MirrorError, MirrorLimits, Mirrors, ProviderList, ServedVersion,
};
use atoll_app::registry::{BlobSource, Registry, Trees};
use atoll_app::upstreams::{Anonymous, MinFree, UpstreamPolicy};
use atoll_blobs::Blobs;
use atoll_core::address::ProviderAddr;
use atoll_core::digest::Digest;
use atoll_core::platform::Platform;
use atoll_core::version::Version;
use atoll_db::{DatabaseUrl, Db};
use atoll_testkit::registry::FakeRegistry;
use atoll_upstream::{Egress, EgressSettings, Protocol, UpstreamSettings};
use futures_util::TryStreamExt as _;
use tempfile::TempDir;

/// The provider that most tests are about.
pub(crate) const CORAL: &str = "acme/coral";

/// A store, and a mirror in front of a fake upstream.
pub(crate) struct World {
    pub(crate) upstream: FakeRegistry,
    pub(crate) mirrors: Mirrors,
    pub(crate) store: Registry,
    pub(crate) db: Db,
    blobs: Blobs,
    directory: TempDir,
}

/// How the mirror is set up.
#[derive(Clone)]
pub(crate) struct Setup {
    pub(crate) policy: UpstreamPolicy,
    pub(crate) limits: MirrorLimits,
    pub(crate) protocol: Protocol,
    pub(crate) offline: bool,
}

impl Default for Setup {
    fn default() -> Self {
        let policy = UpstreamPolicy::new("tf.example".parse().unwrap(), Anonymous::Fetch);
        let limits = MirrorLimits {
            min_free: MinFree::Bytes(0),
            ..MirrorLimits::default()
        };
        Self {
            policy,
            limits,
            protocol: Protocol::Registry,
            offline: false,
        }
    }
}

impl Setup {
    pub(crate) fn policy(change: impl FnOnce(&mut UpstreamPolicy)) -> Self {
        let mut setup = Self::default();
        change(&mut setup.policy);
        setup
    }

    pub(crate) fn limits(change: impl FnOnce(&mut MirrorLimits)) -> Self {
        let mut setup = Self::default();
        change(&mut setup.limits);
        setup
    }

    pub(crate) fn patience(patience: Duration) -> Self {
        Self::limits(|limits| limits.patience = patience)
    }

    pub(crate) fn misses(misses: u32) -> Self {
        Self::limits(|limits| limits.misses_per_minute = NonZeroU32::new(misses).unwrap())
    }
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with(Setup::default()).await
    }

    pub(crate) async fn with(setup: Setup) -> Self {
        let upstream = FakeRegistry::start().await;
        let directory = tempfile::tempdir().unwrap();
        let db = Db::open(&DatabaseUrl::sqlite(&directory.path().join("atoll.db")))
            .await
            .unwrap();
        let blobs = Blobs::open_local(directory.path().join("blobs"))
            .await
            .unwrap();
        let (store, mirrors) = build(&upstream, &db, &blobs, setup);
        Self {
            upstream,
            mirrors,
            store,
            db,
            blobs,
            directory,
        }
    }

    /// Starts again over the same store, set up in another way.
    pub(crate) fn restart(&mut self, setup: Setup) {
        let (store, mirrors) = build(&self.upstream, &self.db, &self.blobs, setup);
        self.store = store;
        self.mirrors = mirrors;
    }

    /// Lets upstream have a version, with its usual packages.
    pub(crate) fn offer(&self, provider: &str, version: &str, platforms: &[&str]) {
        let mut offered = self.upstream.provider(provider).version(version);
        for platform in platforms {
            offered = offered.platform(platform);
        }
    }

    pub(crate) async fn list(&self, provider: &str) -> Result<ProviderList, MirrorError> {
        self.mirrors.list(&addr(provider), &client()).await
    }

    pub(crate) async fn version(
        &self,
        provider: &str,
        version: &str,
    ) -> Result<ServedVersion, MirrorError> {
        self.mirrors
            .version(&addr(provider), &self::version(version), &client())
            .await
    }

    /// The digest of a platform's zip.
    pub(crate) async fn zip(&self, provider: &str, version: &str, platform: &str) -> Digest {
        let answer = self.version(provider, version).await.unwrap();
        answer
            .captured
            .find_platform(&self::platform(platform))
            .unwrap()
            .digest
            .clone()
    }

    pub(crate) async fn open(&self, digest: &Digest) -> Result<BlobSource, MirrorError> {
        self.mirrors.open(digest, &client()).await
    }

    /// The bytes of a blob, or what broke.
    pub(crate) async fn read(&self, digest: &Digest) -> Result<Vec<u8>, String> {
        read_all(self.open(digest).await.map_err(|error| chain(&error))?).await
    }

    /// How many files lie in the store, staged ones included.
    pub(crate) fn stored_files(&self) -> usize {
        count_files(&self.directory.path().join("blobs"))
    }

    pub(crate) fn zip_gets(&self) -> usize {
        let requests = self.upstream.requests_to("*.zip");
        requests
            .iter()
            .filter(|request| request.method == "GET")
            .count()
    }
}

fn build(upstream: &FakeRegistry, db: &Db, blobs: &Blobs, setup: Setup) -> (Registry, Mirrors) {
    let mut egress = EgressSettings::new("test-instance");
    egress.offline = setup.offline;
    let egress = Egress::new(egress).unwrap();
    let url = match setup.protocol {
        Protocol::Registry => upstream.url(),
        Protocol::NetworkMirror => upstream.mirror_url(),
    };
    let mut settings = UpstreamSettings::at(setup.policy.hostname.as_str(), url);
    settings.protocol = setup.protocol;
    let client = egress.upstream(&settings).unwrap();
    let store = Registry::new(
        db.clone(),
        blobs.clone(),
        Tasks::default(),
        Trees::default(),
    );
    let mirrors = Mirrors::new(store.clone(), [(setup.policy, client)], setup.limits);
    (store, mirrors)
}

pub(crate) async fn read_all(source: BlobSource) -> Result<Vec<u8>, String> {
    let size = source.size();
    let chunks: Vec<_> = source
        .stream(0..size)
        .try_collect()
        .await
        .map_err(|error| chain(&error))?;
    Ok(chunks.concat())
}

/// Waits until something is so.
pub(crate) async fn eventually<F: Future<Output = bool>>(what: &str, is_so: impl Fn() -> F) {
    let waiting = async {
        while !is_so().await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let waited = tokio::time::timeout(Duration::from_secs(20), waiting).await;
    assert!(waited.is_ok(), "never came true: {what}");
}

pub(crate) fn addr(provider: &str) -> ProviderAddr {
    format!("tf.example/{provider}").parse().unwrap()
}

pub(crate) fn version(text: &str) -> Version {
    text.parse().unwrap()
}

pub(crate) fn platform(text: &str) -> Platform {
    text.parse().unwrap()
}

pub(crate) fn client() -> FetchRight {
    FetchRight::of_client("somebody")
}

/// The versions in a list, as text.
pub(crate) fn versions(list: &ProviderList) -> Vec<String> {
    list.versions
        .iter()
        .map(|listed| listed.version.to_string())
        .collect()
}

pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}

fn count_files(directory: &std::path::Path) -> usize {
    let entries = std::fs::read_dir(directory).unwrap().map(Result::unwrap);
    entries
        .map(|entry| {
            if entry.file_type().unwrap().is_dir() {
                count_files(&entry.path())
            } else {
                1
            }
        })
        .sum()
}
