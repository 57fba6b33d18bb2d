//! What every test here needs.

use std::io::SeekFrom;
use std::sync::LazyLock;
use std::time::Duration;

use atoll_core::address::ProviderAddr;
use atoll_core::getter::GetterAddress;
use atoll_core::platform::Platform;
use atoll_core::version::Version;
use atoll_testkit::program::{Program, find_program};
use atoll_testkit::registry::FakeRegistry;
use atoll_upstream::source::{FetchedSource, SourceError, SourceLimits};
use atoll_upstream::{
    DocumentLimits, Download, Egress, EgressSettings, FetchError, Upstream, UpstreamSettings,
};
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _, AsyncWriteExt as _};
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
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}

pub(crate) const SOURCE_LIMITS: SourceLimits = SourceLimits {
    bytes_max: 1 << 20,
    timeout: Duration::from_mins(1),
};

/// A source that was fetched, and its bytes.
#[derive(Debug)]
pub(crate) struct Fetched {
    pub(crate) source: FetchedSource,
    pub(crate) bytes: Vec<u8>,
}

pub(crate) async fn fetch(upstream: &Upstream, address: &str) -> Result<Fetched, SourceError> {
    fetch_within(upstream, address, SOURCE_LIMITS).await
}

pub(crate) async fn fetch_within(
    upstream: &Upstream,
    address: &str,
    limits: SourceLimits,
) -> Result<Fetched, SourceError> {
    let address: GetterAddress = address.parse().unwrap();
    let mut file = tokio::fs::File::from_std(tempfile::tempfile().unwrap());
    // What was in the file before does not stay.
    file.write_all(b"old").await.unwrap();
    let source = upstream.fetch_source(&address, &mut file, limits).await?;
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(0)).await.unwrap();
    file.read_to_end(&mut bytes).await.unwrap();
    assert_eq!(source.size_bytes, bytes.len() as u64);
    Ok(Fetched { source, bytes })
}

impl Fetched {
    /// What `tar` lists: mode, name, and the target of a link, without directories.
    pub(crate) async fn tar_lines(&self) -> Vec<String> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.tar");
        std::fs::write(&path, &self.bytes).unwrap();
        let tar = Program::new(find_program("tar").unwrap(), dir.path());
        let listed = tar.run(["-tvf", path.to_str().unwrap()]).await.succeeds();
        // Mode, owner, size, date and time, name.
        let line = |line: &str| {
            let mut words = line.split_whitespace();
            let mode = words.next().unwrap_or_default();
            let name: Vec<&str> = words.skip(4).collect();
            format!("{mode} {}", name.join(" "))
        };
        listed.lines().map(line).collect()
    }

    /// One file of the tar.
    pub(crate) async fn tar_file(&self, name: &str) -> String {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.tar");
        std::fs::write(&path, &self.bytes).unwrap();
        let tar = Program::new(find_program("tar").unwrap(), dir.path());
        tar.run(["-xOf", path.to_str().unwrap(), name])
            .await
            .succeeds()
    }
}
