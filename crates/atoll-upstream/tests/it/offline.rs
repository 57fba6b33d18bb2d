//! Offline is provable: no socket is opened.

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use atoll_core::kind::ErrorKind;
use atoll_upstream::terraform::{NetworkMirror, Registry};
use atoll_upstream::{
    DocumentLimits, Egress, EgressSettings, FetchError, OfflineReason, Upstream, UpstreamSettings,
};
use url::Url;

use crate::support::{demo, egress, platform, version};

/// A port that counts who comes.
struct CountingListener {
    url: Url,
    accepted: Arc<AtomicUsize>,
}

impl CountingListener {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap())
            .parse()
            .unwrap();
        let accepted = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&accepted);
        std::thread::spawn(move || {
            for _ in listener.incoming() {
                counter.fetch_add(1, Ordering::SeqCst);
            }
        });
        Self { url, accepted }
    }

    fn accepted(&self) -> usize {
        self.accepted.load(Ordering::SeqCst)
    }
}

/// Everything an upstream can be asked.
async fn ask_everything(upstream: &Upstream) -> Vec<FetchError> {
    let url = upstream.url().join("x.zip").unwrap();
    let registry = Registry::new(upstream.clone());
    let mirror = NetworkMirror::new(upstream.clone());
    let (provider, version, platform) = (demo(), version("1.2.3"), platform("linux_amd64"));
    vec![
        upstream
            .document(&url, DocumentLimits::LIST)
            .await
            .unwrap_err(),
        upstream.size_of(&url).await.unwrap_err(),
        upstream.open(&url, 0).await.err().unwrap(),
        upstream.open(&url, 9).await.err().unwrap(),
        registry.modules_url().await.unwrap_err(),
        registry.versions(&provider).await.unwrap_err(),
        registry
            .package(&provider, &version, &platform)
            .await
            .unwrap_err(),
        registry.sums(&url).await.unwrap_err(),
        registry.signature(&url).await.unwrap_err(),
        mirror.index(&provider).await.unwrap_err(),
        mirror.archives(&provider, &version).await.unwrap_err(),
    ]
}

#[tokio::test]
async fn an_offline_server_opens_no_socket() {
    let listener = CountingListener::start();
    let mut egress_settings = EgressSettings::new("test");
    egress_settings.offline = true;
    let egress = Egress::new(egress_settings).unwrap();
    for is_proxied in [false, true] {
        let mut settings = UpstreamSettings::at("tf.corp.example", listener.url.clone());
        settings.proxy = is_proxied.then(|| listener.url.clone());
        let upstream = egress.upstream(&settings).unwrap();
        assert!(upstream.is_offline());
        for error in ask_everything(&upstream).await {
            assert!(
                matches!(
                    error,
                    FetchError::Offline {
                        reason: OfflineReason::Server,
                        ..
                    }
                ),
                "{error}"
            );
            assert_eq!(error.kind(), ErrorKind::Unavailable);
            assert!(!error.is_connection_failure());
        }
    }
    assert_eq!(listener.accepted(), 0);
}

#[tokio::test]
async fn an_offline_upstream_opens_no_socket() {
    let listener = CountingListener::start();
    let mut settings = UpstreamSettings::at("tf.corp.example", listener.url.clone());
    settings.offline = true;
    let upstream = egress().upstream(&settings).unwrap();
    for error in ask_everything(&upstream).await {
        assert!(
            matches!(
                error,
                FetchError::Offline {
                    reason: OfflineReason::Upstream,
                    ..
                }
            ),
            "{error}"
        );
    }
    assert_eq!(listener.accepted(), 0);
}

/// The listener above does count: the same questions online do arrive.
#[tokio::test]
async fn an_online_upstream_does_dial() {
    let listener = CountingListener::start();
    let settings = UpstreamSettings::at("tf.corp.example", listener.url.clone());
    let upstream = egress().upstream(&settings).unwrap();
    let limits = DocumentLimits {
        timeout: Duration::from_millis(500),
        ..DocumentLimits::LIST
    };
    upstream.document(&listener.url, limits).await.unwrap_err();
    assert!(listener.accepted() > 0);
}
