//! A server that mirrors one fake upstream, and what tests ask of it.

use std::time::Duration;

use atoll_app::mirror::MirrorLimits;
use atoll_app::upstreams::UpstreamPolicy;
use atoll_testkit::registry::{FakeRegistry, ProviderSetup};
use atoll_testkit::server::{Client, Mirrored, Reply, TestServer, usual_limits};
use atoll_upstream::UpstreamSettings;
use http::StatusCode;
use serde_json::Value;

/// The host that is mirrored. It has no port: clients can't mirror hosts that have one.
pub(super) const HOST: &str = "tf.example";

/// The provider that most tests are about.
pub(super) const CORAL: &str = "acme/coral";

/// The platform of the machine that the tests run on, or any other where that makes no difference.
pub(super) const LINUX: &str = "linux_amd64";

/// A server in front of a fake upstream.
pub(super) struct World {
    pub(super) upstream: FakeRegistry,
    server: Option<TestServer>,
}

/// How the server is set up.
pub(super) struct Setup {
    pub(super) policy: UpstreamPolicy,
    pub(super) settings: UpstreamSettings,
    pub(super) tls: bool,
    pub(super) offline: bool,
    pub(super) limits: MirrorLimits,
    /// Namespaces that are claimed.
    pub(super) namespaces: Vec<String>,
}

impl World {
    pub(super) async fn new() -> Self {
        Self::with(|_| {}).await
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

    /// A server that speaks TLS, as the real clients want.
    pub(super) async fn with_tls() -> Self {
        Self::with(|setup| setup.tls = true).await
    }

    /// Starts the server again over what it stored.
    pub(super) async fn restart(&mut self, change: impl FnOnce(&mut Setup)) {
        let mut builder = TestServer::builder();
        if let Some(server) = self.server.take() {
            builder = builder.on(server.stop().await);
        }
        let Mirrored { policy, settings } =
            Mirrored::at(HOST, self.upstream.url().as_str(), self.upstream.ca_pem());
        let mut setup = Setup {
            policy,
            settings,
            tls: false,
            offline: false,
            limits: usual_limits(),
            namespaces: Vec::new(),
        };
        change(&mut setup);
        let Setup {
            policy,
            settings,
            tls,
            offline,
            limits,
            namespaces,
        } = setup;
        builder = builder
            .mirroring(Mirrored { policy, settings })
            .mirror_limits(limits)
            .impersonating(HOST);
        for namespace in namespaces {
            builder = builder.claiming(&namespace);
        }
        if tls {
            builder = builder.tls();
        }
        if offline {
            builder = builder.offline();
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

    /// Upstream offers a version with tiny packages for these platforms.
    pub(super) fn offer(&self, provider: &str, version: &str, platforms: &[&str]) {
        self.change(provider, version, |setup| {
            platforms
                .iter()
                .fold(setup, |setup, platform| setup.platform(platform))
        });
    }

    /// Changes what upstream offers.
    pub(super) fn change<'a>(
        &'a self,
        provider: &str,
        version: &str,
        change: impl FnOnce(ProviderSetup<'a>) -> ProviderSetup<'a>,
    ) {
        drop(change(self.upstream.provider(provider).version(version)));
    }

    /// The document of a version's archives, which must be there.
    pub(super) async fn archives(&self, provider: &str, version: &str) -> Value {
        let reply = self
            .get(&mirror(provider, &format!("{version}.json")))
            .await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
        reply.json()["archives"].clone()
    }

    /// The address of an archive, as the network mirror gives it to nobody in particular.
    pub(super) async fn archive_url(
        &self,
        provider: &str,
        version: &str,
        platform: &str,
    ) -> String {
        let archives = self.archives(provider, version).await;
        archives[platform]["url"]
            .as_str()
            .unwrap_or_else(|| panic!("no {platform} in {archives}"))
            .to_owned()
    }

    /// The bytes of an archive.
    pub(super) async fn archive(&self, provider: &str, version: &str, platform: &str) -> Reply {
        let url = self.archive_url(provider, version, platform).await;
        self.get(&url).await
    }

    /// Waits until the version's document gives an `h1:` hash: then the bytes are here and were looked into.
    pub(super) async fn has_h1(&self, provider: &str, version: &str, platform: &str) {
        eventually("the h1 hash is known", async || {
            let archives = self.archives(provider, version).await;
            archives[platform]["hashes"]
                .as_array()
                .unwrap()
                .iter()
                .any(|hash| hash.as_str().unwrap().starts_with("h1:"))
        })
        .await;
    }

    /// How often upstream was asked for a package's bytes, sizes excepted.
    pub(super) fn zip_downloads(&self) -> usize {
        let requests = self.upstream.requests_to("*.zip").into_iter();
        requests
            .filter(|request| {
                request.method == "GET" && request.header("range") != Some("bytes=0-0")
            })
            .count()
    }
}

/// A path of the network mirror.
pub(super) fn mirror(provider: &str, document: &str) -> String {
    format!("/mirror/{HOST}/{provider}/{document}")
}

/// A path of the mirrored host's registry.
pub(super) fn registry(provider: &str, rest: &str) -> String {
    format!("/hosts/{HOST}/v1/providers/{provider}/{rest}")
}

/// The path of a package's description in the mirrored host's registry.
pub(super) fn package(provider: &str, version: &str, platform: &str) -> String {
    registry(
        provider,
        &format!("{version}/download/{}", platform.replace('_', "/")),
    )
}

/// Waits until something is so.
pub(super) async fn eventually(what: &str, is_so: impl AsyncFn() -> bool) {
    let waiting = async {
        while !is_so().await {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    let waited = tokio::time::timeout(Duration::from_secs(30), waiting).await;
    assert!(waited.is_ok(), "never came true: {what}");
}
