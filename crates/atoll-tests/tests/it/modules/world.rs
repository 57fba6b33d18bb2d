//! A server in front of a fake upstream that has modules.

use std::time::Duration;

use atoll_app::mirror::MirrorLimits;
use atoll_app::upstreams::UpstreamPolicy;
use atoll_testkit::modules;
use atoll_testkit::registry::FakeRegistry;
use atoll_testkit::server::{Client, Mirrored, Reply, TestServer, usual_limits};
use atoll_testkit::terraform::{Terraform, modules_block};
use atoll_upstream::UpstreamSettings;
use bytes::Bytes;
use http::{Method, StatusCode};

/// The host that is mirrored.
pub(super) const HOST: &str = "registry.coder.com";

/// The module that most tests are about.
pub(super) const REEF: &str = "coder/reef/coder";

/// A server in front of a fake upstream.
pub(super) struct World {
    pub(super) upstream: FakeRegistry,
    server: Option<TestServer>,
}

/// How the server is set up.
pub(super) struct Setup {
    pub(super) policy: UpstreamPolicy,
    pub(super) settings: UpstreamSettings,
    pub(super) limits: MirrorLimits,
    pub(super) tls: bool,
    pub(super) offline: bool,
    pub(super) direct: bool,
    pub(super) namespaces: Vec<String>,
}

impl World {
    pub(super) async fn new() -> Self {
        Self::with(|_| {}).await
    }

    pub(super) async fn with_tls() -> Self {
        Self::with(|setup| setup.tls = true).await
    }

    /// A server that is different from the usual one.
    pub(super) async fn with(change: impl FnOnce(&mut Setup)) -> Self {
        let mut world = Self {
            upstream: FakeRegistry::start().await,
            server: None,
        };
        world.restart(change).await;
        world
    }

    /// Starts the server again over what it stored.
    pub(super) async fn restart(&mut self, change: impl FnOnce(&mut Setup)) {
        let mut builder = TestServer::builder();
        if let Some(server) = self.server.take() {
            builder = builder.on(server.stop().await);
        }
        let Mirrored {
            mut policy,
            settings,
        } = Mirrored::at(HOST, self.upstream.url().as_str(), self.upstream.ca_pem());
        policy.root = vec!["*/*/coder".parse().unwrap()];
        policy.aliases = vec!["coder-registry".to_owned()];
        let mut setup = Setup {
            policy,
            settings,
            limits: usual_limits(),
            tls: false,
            offline: false,
            direct: false,
            namespaces: Vec::new(),
        };
        change(&mut setup);
        builder = builder
            .mirroring(Mirrored {
                policy: setup.policy,
                settings: setup.settings,
            })
            .mirror_limits(setup.limits)
            .impersonating(HOST);
        for namespace in &setup.namespaces {
            builder = builder.claiming(namespace);
        }
        if setup.tls {
            builder = builder.tls();
        }
        if setup.offline {
            builder = builder.offline();
        }
        if setup.direct {
            builder = builder.direct_modules();
        }
        self.server = Some(builder.start().await);
    }

    pub(super) fn server(&self) -> &TestServer {
        self.server.as_ref().unwrap()
    }

    pub(super) fn nobody(&self) -> Client {
        self.server().nobody()
    }

    /// Asks without a token.
    pub(super) async fn get(&self, path: &str) -> Reply {
        self.nobody().get(path).await
    }

    /// Upstream offers a version, whose archive it serves itself under this name.
    pub(super) fn offer(&self, module: &str, version: &str, name: &str, archive: impl Into<Bytes>) {
        let path = format!("/archives/{name}");
        self.upstream
            .put(&path, "application/octet-stream", archive.into());
        self.upstream.put_module(module, version, &path);
    }

    /// Upstream offers a version of the greeting.
    pub(super) fn offer_greeting(&self, module: &str, version: &str) {
        let name = format!("{}-{version}.tar.gz", module.replace('/', "-"));
        self.offer(module, version, &name, modules::tar_gz(modules::GREETING));
    }

    /// Asks where a version of the mirrored host is.
    pub(super) async fn download(&self, module: &str, version: &str) -> Reply {
        self.get(&download_path(module, version)).await
    }

    /// The host as sources and credentials name it.
    pub(super) fn host(&self) -> String {
        // Hosts of modules need a dot, so the address is the number.
        self.server().address().to_string()
    }

    /// The real client, told by its configuration that the mirrored host is here.
    pub(super) fn terraform(&self, test: &str) -> Option<Terraform> {
        let terraform = Terraform::find_for(test, self.server().ca_pem())?;
        terraform.configure(&self.override_block());
        Some(terraform)
    }

    /// The configuration that says so.
    pub(super) fn override_block(&self) -> String {
        let base = format!("{}/hosts/{HOST}/v1/modules/", self.server().url());
        modules_block(HOST, &base)
    }
}

/// Where a client asks for a version of the mirrored host.
pub(super) fn download_path(module: &str, version: &str) -> String {
    format!("/hosts/{HOST}/v1/modules/{module}/{version}/download")
}

/// What an answer to `/download` says, after checking that every client understands it.
pub(super) fn location(reply: &Reply) -> String {
    assert_eq!(reply.status, StatusCode::NO_CONTENT, "{}", reply.text());
    assert_eq!(reply.header("cache-control"), "no-store");
    let location = reply.header("x-terraform-get").to_owned();
    assert!(location.starts_with("/files/"), "{location}");
    let (path, query) = location.split_once('?').unwrap();
    let archive = path.split("//").next().unwrap();
    let extension = std::path::Path::new(archive).extension();
    assert_eq!(
        extension.and_then(std::ffi::OsStr::to_str),
        Some("zip"),
        "{location}"
    );
    assert!(query.starts_with("checksum=sha256:"), "{location}");
    location
}

/// The package behind an answer to `/download`, without a token and by its checksum.
pub(super) async fn fetch(client: &Client, location: &str) -> Bytes {
    let (path, query) = location.split_once('?').unwrap();
    let path = path.split("//").next().unwrap();
    let head = client.head(path).await;
    assert_eq!(head.status, StatusCode::OK);
    let reply = client.get(path).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    assert_eq!(reply.header("content-type"), "application/zip");
    assert_eq!(head.header("content-length"), reply.body.len().to_string());
    let digest = format!(
        "checksum=sha256:{}",
        atoll_testkit::zips::sha256_hex(&reply.body)
    );
    assert_eq!(query, digest);
    reply.body
}

/// The names in a zip.
pub(super) fn names(zip: &Bytes) -> Vec<String> {
    let archive = zip::ZipArchive::new(std::io::Cursor::new(zip.clone())).unwrap();
    archive
        .file_names()
        .map(|name| name.unwrap().into_owned())
        .collect()
}

/// Publishes a version here.
pub(super) async fn publish(
    client: &Client,
    module: &str,
    version: &str,
    archive: impl Into<reqwest::Body>,
) -> Reply {
    let path = format!("/api/v1/modules/self/{module}/{version}");
    client
        .send(client.request(Method::PUT, &path).body(archive.into()))
        .await
}

/// Waits until something holds.
pub(super) async fn eventually<T>(mut look: impl AsyncFnMut() -> Option<T>) -> T {
    for _ in 0..600 {
        if let Some(found) = look().await {
            return found;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("it never came");
}
