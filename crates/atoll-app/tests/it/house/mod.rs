//! A whole store: what is published, pushed, mirrored and imported lives in it side by side.

mod images;
mod modules;
mod providers;

use std::path::PathBuf;
use std::sync::Arc;

use atoll_app::Tasks;
use atoll_app::access::Secrets;
use atoll_app::holdings::Holdings;
use atoll_app::maintenance::Maintenance;
use atoll_app::mirror::{FetchRight, MirrorLimits, Mirrors};
use atoll_app::modules::Modules;
use atoll_app::providers::{Providers, Signer};
use atoll_app::registry::{ManifestPush, ManifestPushError, Registry, Trees};
use atoll_app::upstreams::{Anonymous, MinFree, UpstreamPolicy};
use atoll_blobs::Blobs;
use atoll_core::digest::Digest;
use atoll_core::reference::Reference;
use atoll_core::repository::RepositoryName;
use atoll_core::time_micros::Micros;
use atoll_db::repositories::RepositoryId;
use atoll_db::{Conn, DatabaseUrl, Db, repositories};
use atoll_testkit::registry::FakeRegistry;
use atoll_testkit::skip::skip;
use atoll_testkit_postgres::Cluster;
use atoll_upstream::{Egress, EgressSettings, UpstreamSettings};
use bytes::Bytes;
use tempfile::TempDir;

/// The host of the fake upstream.
pub(crate) const UPSTREAM: &str = "tf.example";

/// Everything, over one directory.
pub(crate) struct House {
    pub(crate) upstream: FakeRegistry,
    pub(crate) db: Db,
    pub(crate) blobs: Blobs,
    pub(crate) registry: Registry,
    pub(crate) mirrors: Mirrors,
    pub(crate) providers: Arc<Providers>,
    pub(crate) modules: Arc<Modules>,
    pub(crate) maintenance: Maintenance,
    pub(crate) holdings: Holdings,
    directory: TempDir,
}

/// Runs each test on SQLite and on a private PostgreSQL.
macro_rules! house_tests {
    ($($name:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                super::$name(crate::house::House::new().await).await;
            })+
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                if let Some(house) = crate::house::House::on_postgres(stringify!($name)).await {
                    super::$name(house).await;
                }
            })+
        }
    };
}

impl House {
    /// On SQLite, as an installation is by default.
    pub(crate) async fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let url = DatabaseUrl::sqlite(&directory.path().join("atoll.db"));
        Self::over(directory, &url).await
    }

    /// On a database of a real server; says that the test is skipped where there is none.
    pub(crate) async fn on_postgres(test: &str) -> Option<Self> {
        let Some(cluster) = Cluster::shared().unwrap() else {
            skip(test, "PostgreSQL", "apt-get install postgresql");
            return None;
        };
        let url = cluster.create_database().unwrap().parse().unwrap();
        Some(Self::over(tempfile::tempdir().unwrap(), &url).await)
    }

    async fn over(directory: TempDir, url: &DatabaseUrl) -> Self {
        let upstream = FakeRegistry::start().await;
        let path = directory.path();
        let db = Db::open(url).await.unwrap();
        let blobs = Blobs::open_local(path.join("store")).await.unwrap();
        let secrets = Arc::new(Secrets::load_or_create(&path.join("server.key")).unwrap());
        let registry = Registry::new(
            db.clone(),
            blobs.clone(),
            Tasks::default(),
            Trees::default(),
        );
        let egress = Egress::new(EgressSettings::new("test-instance")).unwrap();
        let client = egress
            .upstream(&UpstreamSettings::at(UPSTREAM, upstream.url()))
            .unwrap();
        let policy = UpstreamPolicy::new(UPSTREAM.parse().unwrap(), Anonymous::Fetch);
        let limits = MirrorLimits {
            min_free: MinFree::Bytes(0),
            ..MirrorLimits::default()
        };
        let mirrors = Mirrors::new(registry.clone(), [(policy, client)], limits);
        let signer = Signer::new(db.clone(), secrets);
        let providers = Providers::new(registry.clone(), mirrors.clone(), signer);
        let modules = Modules::new(registry.clone(), mirrors.clone());
        let maintenance = Maintenance::new(registry.clone(), Arc::clone(&providers));
        let holdings = Holdings::new(registry.clone());
        Self {
            upstream,
            db,
            blobs,
            registry,
            mirrors,
            providers,
            modules,
            maintenance,
            holdings,
            directory,
        }
    }

    /// Pushes a manifest as an OCI client does.
    pub(crate) async fn push(
        &self,
        repository: &str,
        reference: &str,
        body: Bytes,
    ) -> Result<Digest, ManifestPushError> {
        let reference = match reference.parse::<Digest>() {
            Ok(digest) => Reference::Digest(digest),
            Err(_) => Reference::Tag(reference.parse().unwrap()),
        };
        let push = ManifestPush {
            reference,
            tags: Vec::new(),
            content_type: None,
            if_match: None,
            body,
        };
        Ok(self
            .registry
            .push_manifest(&name(repository), push)
            .await?
            .digest)
    }

    /// Whether a blob's row and bytes are both here.
    pub(crate) async fn has(&self, repository: &str, digest: &Digest) -> bool {
        let found = self
            .registry
            .find_blob(&name(repository), digest)
            .await
            .is_ok();
        found && self.blobs.find_size(digest).await.unwrap().is_some()
    }

    /// Whether the bytes of a blob are on disk.
    pub(crate) async fn has_bytes(&self, digest: &Digest) -> bool {
        self.blobs.look_at(digest).await.unwrap().is_some()
    }

    /// Where a blob's bytes are.
    pub(crate) fn file(&self, digest: &Digest) -> PathBuf {
        let hex = digest.hex();
        self.directory
            .path()
            .join("store/blobs")
            .join(digest.algorithm().as_str())
            .join(hex.get(..2).unwrap())
            .join(hex)
    }

    /// Changes a blob's bytes behind the store's back.
    pub(crate) fn damage(&self, digest: &Digest, bytes: &[u8]) {
        let path = self.file(digest);
        std::fs::remove_file(&path).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
}

/// The number of a repository that is here.
async fn id_of(conn: &mut Conn, repository: &str) -> RepositoryId {
    let found = repositories::find(conn, &name(repository)).await;
    found.unwrap().unwrap().id
}

/// Before any grace that a test could mean.
pub(crate) fn long_ago() -> Micros {
    atoll_app::now().minus_secs(10 * 24 * 60 * 60)
}

pub(crate) fn name(text: &str) -> RepositoryName {
    text.parse().unwrap()
}

pub(crate) fn client() -> FetchRight {
    FetchRight::of_client("somebody")
}
