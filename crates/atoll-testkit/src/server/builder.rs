//! How a test wants its server.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use atoll_app::access::Secrets;
use atoll_app::mirror::MirrorLimits;
use atoll_app::upstreams::{Anonymous, MinFree, UpstreamPolicy};
use atoll_app::{App, AppSettings};
use atoll_core::address::Hostname;
use atoll_db::DatabaseUrl;
use atoll_server::serve::{ConnectionLimits, Listener};
use atoll_server::tls::{CertificateNames, TlsIdentity};
use atoll_server::{Identity, Server, router};
use atoll_upstream::{Egress, EgressSettings, Upstream, UpstreamSettings};
use tempfile::TempDir;
use time::OffsetDateTime;
use tokio_util::sync::CancellationToken;

use super::TestServer;

/// The master key's file in the server's directory.
const SECRET_FILE: &str = "server.key";

/// A server that is not started yet.
#[derive(Default)]
pub struct TestServerBuilder {
    tls: bool,
    offline: bool,
    dir: Option<TempDir>,
    beside: Option<PathBuf>,
    database: Option<DatabaseUrl>,
    own_names: Vec<Hostname>,
    mirrored: Vec<Mirrored>,
    mirror_limits: Option<MirrorLimits>,
    namespaces: Vec<String>,
    impersonated: Vec<Hostname>,
    opentofu_direct_modules: bool,
    connection_limits: ConnectionLimits,
}

/// A host that the server mirrors.
pub struct Mirrored {
    /// What the operator says about it.
    pub policy: UpstreamPolicy,
    /// How it is reached.
    pub settings: UpstreamSettings,
}

impl Mirrored {
    /// A host of this name that is really at `url`; anybody may cause a fetch.
    pub fn at(hostname: &str, url: &str, ca_pem: Option<&str>) -> Self {
        let hostname: Hostname = hostname.parse().unwrap();
        let mut settings = UpstreamSettings::at(hostname.as_str(), url.parse().unwrap());
        settings.ca_pem = ca_pem.map(|pem| pem.as_bytes().to_vec());
        Self {
            policy: UpstreamPolicy::new(hostname, Anonymous::Fetch),
            settings,
        }
    }
}

impl TestServerBuilder {
    /// With TLS, by an authority of its own.
    #[must_use]
    pub fn tls(mut self) -> Self {
        self.tls = true;
        self
    }

    /// Telling OpenTofu to fetch modules by itself.
    #[must_use]
    pub fn direct_modules(mut self) -> Self {
        self.opentofu_direct_modules = true;
        self
    }

    /// Dialling nobody.
    #[must_use]
    pub fn offline(mut self) -> Self {
        self.offline = true;
        self
    }

    /// On a directory that another server left.
    #[must_use]
    pub fn on(mut self, dir: TempDir) -> Self {
        self.dir = Some(dir);
        self
    }

    /// With this database in the place of SQLite.
    #[must_use]
    pub fn database(mut self, url: DatabaseUrl) -> Self {
        self.database = Some(url);
        self
    }

    /// As a replica of another server, which it shares the store and the key with; the database has to be the same too.
    #[must_use]
    pub fn beside(mut self, other: &TestServer) -> Self {
        self.beside = Some(other.dir().to_owned());
        self
    }

    /// Going by this name, in its certificate as well.
    #[must_use]
    pub fn named(mut self, name: &str) -> Self {
        self.own_names.push(name.parse().unwrap());
        self
    }

    /// Mirroring this host.
    #[must_use]
    pub fn mirroring(mut self, mirrored: Mirrored) -> Self {
        self.mirrored.push(mirrored);
        self
    }

    /// With a namespace that is claimed, even while nothing is in it.
    #[must_use]
    pub fn claiming(mut self, namespace: &str) -> Self {
        self.namespaces.push(namespace.to_owned());
        self
    }

    /// With a certificate for the name of an upstream too, for clients that find it under that name.
    #[must_use]
    pub fn impersonating(mut self, name: &str) -> Self {
        self.impersonated.push(name.parse().unwrap());
        self
    }

    /// With these limits of its mirrors in the place of the usual ones.
    #[must_use]
    pub fn mirror_limits(mut self, limits: MirrorLimits) -> Self {
        self.mirror_limits = Some(limits);
        self
    }

    /// With these limits of its connections in the place of the usual ones.
    #[must_use]
    pub fn connection_limits(mut self, limits: ConnectionLimits) -> Self {
        self.connection_limits = limits;
        self
    }

    /// Starts it.
    pub async fn start(self) -> TestServer {
        let dir = self.dir.unwrap_or_else(|| TempDir::new().unwrap());
        let store = self.beside.unwrap_or_else(|| dir.path().to_owned());
        let secret_file = store.join(SECRET_FILE);
        // As the program does it: a server knows itself by its own key.
        let secrets = Secrets::load_or_create(&secret_file).unwrap();
        let mut egress = EgressSettings::new(secrets.instance_id());
        egress.offline = self.offline;
        let egress = Egress::new(egress).unwrap();
        let upstreams = self.mirrored.into_iter().map(|mirrored| {
            let upstream: Upstream = egress.upstream(&mirrored.settings).unwrap();
            (mirrored.policy, upstream)
        });
        let app = App::open(AppSettings {
            database: self
                .database
                .unwrap_or_else(|| DatabaseUrl::sqlite(&dir.path().join("atoll.db"))),
            blobs_dir: store,
            secret_file,
            own_names: self.own_names.clone(),
            upstreams: upstreams.collect(),
            namespaces: self.namespaces,
            mirror_limits: self.mirror_limits.unwrap_or_else(usual_limits),
        });
        let app = app.await.unwrap();
        let named = self.own_names.iter().chain(&self.impersonated);
        let tls = self.tls.then(|| identity(dir.path(), named));
        let ca_pem = tls.as_ref().and_then(|tls| tls.ca_pem().map(str::to_owned));
        let identity = Identity {
            public_url: None,
            tls: self.tls,
            ca_pem: ca_pem.clone(),
            opentofu_direct_modules: self.opentofu_direct_modules,
        };
        let listener = Listener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))
            .unwrap()
            .with_limits(self.connection_limits);
        let address = listener.address();
        let stop = CancellationToken::new();
        let serve = listener.serve(
            router(Server::new(app.clone(), identity)),
            tls.map(|tls| tls.server_config()),
            stop.clone(),
        );
        let serving = tokio::spawn(async move { serve.await.unwrap() });
        TestServer {
            app,
            address,
            ca_pem,
            dir: Some(dir),
            stop,
            serving: Some(serving),
        }
    }
}

/// A test's disk may be as full as it likes.
pub fn usual_limits() -> MirrorLimits {
    MirrorLimits {
        min_free: MinFree::Bytes(0),
        ..MirrorLimits::default()
    }
}

/// A certificate for the loopback addresses and these names.
fn identity<'a>(dir: &Path, more: impl Iterator<Item = &'a Hostname>) -> Arc<TlsIdentity> {
    let mut names = CertificateNames::local();
    names.extend(more.filter_map(|name| name.host().parse().ok()));
    let identity = TlsIdentity::builtin(&dir.join("tls"), names, OffsetDateTime::now_utc());
    Arc::new(identity.unwrap())
}
