//! Streams: from any offset, and what breaks them.

use std::time::Duration;

use atoll_testkit::registry::{Content, FakeRegistry, Fault};
use atoll_testkit::zips::noise;
use atoll_upstream::FetchError;
use futures_util::TryStreamExt;

use crate::support::{at, read, upstream};

const LENGTH: usize = 300_000;

async fn registry() -> FakeRegistry {
    let registry = FakeRegistry::start_tls().await;
    registry.put("/x", "application/zip", noise(LENGTH));
    registry
}

#[tokio::test]
async fn a_whole_file_arrives() {
    let registry = registry().await;
    let download = upstream(&registry)
        .open(&at(&registry, "/x"), 0)
        .await
        .unwrap();
    assert_eq!(download.total(), Some(300_000));
    assert_eq!(download.offset(), 0);
    assert_eq!(download.url(), &at(&registry, "/x"));
    let bytes: Vec<u8> = download
        .into_stream()
        .try_fold(Vec::new(), |mut all, chunk| async move {
            all.extend_from_slice(&chunk);
            Ok(all)
        })
        .await
        .unwrap();
    assert_eq!(bytes, noise(LENGTH));
    let [request] = &registry.requests()[..] else {
        panic!("one request")
    };
    assert_eq!(request.header("range"), None);
    assert_eq!(request.header("accept-encoding"), Some("identity"));
}

#[tokio::test]
async fn a_file_on_disk_arrives() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), noise(LENGTH)).unwrap();
    let registry = registry().await;
    registry.put(
        "/file",
        "application/zip",
        Content::File(file.path().to_owned()),
    );
    let download = upstream(&registry)
        .open(&at(&registry, "/file"), 100_000)
        .await
        .unwrap();
    let (bytes, end) = read(download).await;
    end.unwrap();
    assert_eq!(bytes, noise(LENGTH)[100_000..]);
}

#[tokio::test]
async fn a_broken_stream_goes_on_where_it_broke() {
    let registry = registry().await;
    registry.fault(Fault::reset_after(100_000).times(1));
    let upstream = upstream(&registry);
    let download = upstream.open(&at(&registry, "/x"), 0).await.unwrap();
    let (mut bytes, end) = read(download).await;
    let error = end.unwrap_err();
    assert!(matches!(error, FetchError::Interrupted { .. }), "{error}");
    assert!(!error.is_connection_failure());

    let reached = u64::try_from(bytes.len()).unwrap();
    let download = upstream.open(&at(&registry, "/x"), reached).await.unwrap();
    assert_eq!(download.offset(), reached);
    assert_eq!(download.total(), Some(300_000));
    let (rest, end) = read(download).await;
    end.unwrap();
    bytes.extend_from_slice(&rest);
    assert_eq!(bytes, noise(LENGTH));
}

#[tokio::test]
async fn an_upstream_that_ignores_ranges_starts_again() {
    let registry = registry().await;
    registry.fault(Fault::ignore_range());
    let download = upstream(&registry)
        .open(&at(&registry, "/x"), 100_000)
        .await
        .unwrap();
    assert_eq!(download.offset(), 0);
    let (bytes, end) = read(download).await;
    end.unwrap();
    assert_eq!(bytes.len(), LENGTH);
}

#[tokio::test]
async fn a_range_behind_the_end_is_an_error() {
    let registry = registry().await;
    let error = upstream(&registry)
        .open(&at(&registry, "/x"), 300_000)
        .await
        .err()
        .unwrap();
    assert!(matches!(error, FetchError::Status { status, .. } if status.as_u16() == 416));
}

#[tokio::test]
async fn an_unannounced_length_is_streamed_to_its_end() {
    let registry = registry().await;
    registry.fault(Fault::no_length());
    let download = upstream(&registry)
        .open(&at(&registry, "/x"), 0)
        .await
        .unwrap();
    assert_eq!(download.total(), None);
    let (bytes, end) = read(download).await;
    end.unwrap();
    assert_eq!(bytes.len(), LENGTH);
}

#[tokio::test]
async fn a_stream_may_be_slow_but_not_silent() {
    let registry = registry().await;
    registry.put("/slow", "text/plain", "0123456789");
    registry.fault(
        Fault::drip(1, Duration::from_millis(60))
            .on("/slow")
            .times(1),
    );
    let upstream = upstream(&registry);
    let url = at(&registry, "/slow");
    let (bytes, end) = read(upstream.open(&url, 0).await.unwrap()).await;
    end.unwrap();
    assert_eq!(
        bytes, b"0123456789",
        "600 ms in all, with 300 ms allowed between two pieces"
    );

    registry.fault(Fault::drip(5, Duration::from_secs(30)).on("/slow"));
    let (_, end) = read(upstream.open(&url, 0).await.unwrap()).await;
    let error = end.unwrap_err();
    assert!(matches!(error, FetchError::Stalled { .. }), "{error}");
    assert!(!error.is_connection_failure());
}

#[tokio::test]
async fn a_host_that_hangs_before_its_headers_is_given_up() {
    let registry = registry().await;
    registry.fault(Fault::delay(Duration::from_mins(1)));
    let error = upstream(&registry)
        .open(&at(&registry, "/x"), 0)
        .await
        .err()
        .unwrap();
    assert!(matches!(error, FetchError::Timeout { .. }));
    assert!(error.is_connection_failure());
}

#[tokio::test]
async fn a_transient_failure_before_the_stream_is_tried_once_more() {
    let registry = registry().await;
    registry.fault(Fault::status(503).times(1));
    let download = upstream(&registry)
        .open(&at(&registry, "/x"), 0)
        .await
        .unwrap();
    assert_eq!(read(download).await.0.len(), LENGTH);
    assert_eq!(registry.requests().len(), 2);
}
