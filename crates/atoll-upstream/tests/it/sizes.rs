//! Sizes without fetching.

use atoll_testkit::registry::{FakeRegistry, Fault};
use atoll_upstream::FetchError;
use http::Method;

use crate::support::{at, upstream};

async fn registry() -> FakeRegistry {
    let registry = FakeRegistry::start().await;
    registry.put("/x", "application/zip", vec![b'x'; 5000]);
    registry
}

#[tokio::test]
async fn head_says_it() {
    let registry = registry().await;
    let size = upstream(&registry)
        .size_of(&at(&registry, "/x"))
        .await
        .unwrap();
    assert_eq!(size, Some(5000));
    let [request] = &registry.requests()[..] else {
        panic!("one request")
    };
    assert_eq!(request.method, Method::HEAD);
    assert_eq!(request.header("accept-encoding"), Some("identity"));
}

#[tokio::test]
async fn where_head_is_refused_the_first_byte_says_it() {
    let registry = registry().await;
    registry.fault(Fault::no_head());
    let size = upstream(&registry)
        .size_of(&at(&registry, "/x"))
        .await
        .unwrap();
    assert_eq!(size, Some(5000));
    assert_eq!(registry.requests()[1].header("range"), Some("bytes=0-0"));
}

#[tokio::test]
async fn where_ranges_are_ignored_the_length_says_it() {
    let registry = registry().await;
    registry.fault(Fault::no_head());
    registry.fault(Fault::ignore_range());
    let size = upstream(&registry)
        .size_of(&at(&registry, "/x"))
        .await
        .unwrap();
    assert_eq!(size, Some(5000));
}

#[tokio::test]
async fn an_upstream_that_never_says_it_is_no_error() {
    let registry = registry().await;
    registry.fault(Fault::no_length());
    registry.fault(Fault::ignore_range());
    assert_eq!(
        upstream(&registry)
            .size_of(&at(&registry, "/x"))
            .await
            .unwrap(),
        None
    );
}

#[tokio::test]
async fn an_absent_file_is_an_error() {
    let registry = registry().await;
    let error = upstream(&registry)
        .size_of(&at(&registry, "/y"))
        .await
        .unwrap_err();
    assert!(error.is_not_found());
    registry.fault(Fault::status(403));
    let error = upstream(&registry)
        .size_of(&at(&registry, "/x"))
        .await
        .unwrap_err();
    assert!(matches!(error, FetchError::Status { .. }));
}
