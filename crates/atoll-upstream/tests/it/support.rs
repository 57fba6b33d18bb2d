//! What every test here needs.

use std::sync::LazyLock;
use std::time::Duration;

use atoll_core::address::ProviderAddr;
use atoll_core::platform::Platform;
use atoll_core::version::Version;
use atoll_testkit::registry::FakeRegistry;
use atoll_upstream::{
    DocumentLimits, Download, Egress, EgressSettings, FetchError, Upstream, UpstreamSettings,
};
use url::Url;

pub(crate) const INSTANCE: &str = "test-instance";

/// A door with short timeouts. All tests share what it knows of the system's authorities, and nothing else.
pub(crate) fn egress() -> Egress {
    static EGRESS: LazyLock<Egress> = LazyLock::new(|| {
        let mut settings = EgressSettings::new(INSTANCE);
        settings.timeouts.connect = Duration::from_secs(2);
        settings.timeouts.stream_headers = Duration::from_secs(2);
        settings.timeouts.stream_idle = Duration::from_millis(300);
        Egress::new(settings).unwrap()
    });
    EGRESS.clone()
}

pub(crate) fn settings(registry: &FakeRegistry) -> UpstreamSettings {
    let mut settings = UpstreamSettings::at("tf.corp.example", registry.url());
    settings.ca_pem = registry.ca_pem().map(|pem| pem.as_bytes().to_vec());
    settings
}

pub(crate) fn upstream(registry: &FakeRegistry) -> Upstream {
    egress().upstream(&settings(registry)).unwrap()
}

pub(crate) fn upstream_with(
    registry: &FakeRegistry,
    change: impl FnOnce(&mut UpstreamSettings),
) -> Upstream {
    let mut settings = settings(registry);
    change(&mut settings);
    egress().upstream(&settings).unwrap()
}

pub(crate) fn at(registry: &FakeRegistry, path: &str) -> Url {
    registry.url().join(path).unwrap()
}

pub(crate) fn limits() -> DocumentLimits {
    DocumentLimits {
        bytes_max: 1000,
        timeout: Duration::from_secs(3),
    }
}

pub(crate) fn demo() -> ProviderAddr {
    "tf.corp.example/acme/demo".parse().unwrap()
}

pub(crate) fn version(text: &str) -> Version {
    text.parse().unwrap()
}

pub(crate) fn platform(text: &str) -> Platform {
    text.parse().unwrap()
}

/// Everything that comes, and how it ended.
pub(crate) async fn read(mut download: Download) -> (Vec<u8>, Result<(), FetchError>) {
    let mut bytes = Vec::new();
    loop {
        match download.chunk().await {
            Ok(Some(chunk)) => bytes.extend_from_slice(&chunk),
            Ok(None) => return (bytes, Ok(())),
            Err(error) => return (bytes, Err(error)),
        }
    }
}

/// An error with all its causes.
pub(crate) fn chain(error: &FetchError) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}
