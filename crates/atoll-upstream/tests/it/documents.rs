//! Documents: headers, credentials, limits, retries, and what goes wrong.

use std::time::{Duration, Instant};

use atoll_core::kind::ErrorKind;
use atoll_testkit::registry::{FakeRegistry, Fault};
use atoll_upstream::{
    Ask, Credential, DocumentLimits, FetchError, LOOP_HEADER, SecretText, UpstreamSettings,
};
use http::StatusCode;
use http::header::IF_NONE_MATCH;

use crate::support::{INSTANCE, at, chain, egress, limits, upstream, upstream_with};

#[tokio::test]
async fn a_document_arrives_over_tls_with_the_authority_of_ca_file() {
    let registry = FakeRegistry::start_tls().await;
    registry.put("/x", "application/json; charset=utf-8", "{}");
    let document = upstream(&registry)
        .document(&at(&registry, "/x"), limits())
        .await
        .unwrap();
    assert_eq!(document.status, StatusCode::OK);
    assert_eq!(document.media_type().as_deref(), Some("application/json"));
    assert_eq!(&document.body[..], b"{}");
    assert_eq!(document.url, at(&registry, "/x"));
}

#[tokio::test]
async fn every_request_carries_the_loop_header_and_no_credential_by_default() {
    let registry = FakeRegistry::start().await;
    registry.put("/x", "text/plain", "x");
    upstream(&registry)
        .document(&at(&registry, "/x"), limits())
        .await
        .unwrap();
    let [request] = &registry.requests()[..] else {
        panic!("one request")
    };
    assert_eq!(request.header(LOOP_HEADER), Some(INSTANCE));
    assert!(request.header("user-agent").unwrap().starts_with("atoll/"));
    assert_eq!(request.header("authorization"), None);
    assert_eq!(request.header("referer"), None);
}

#[tokio::test]
async fn an_unknown_authority_is_a_tls_error_that_names_the_key() {
    let registry = FakeRegistry::start_tls().await;
    let upstream = upstream_with(&registry, |settings| settings.ca_pem = None);
    let error = upstream
        .document(&at(&registry, "/x"), limits())
        .await
        .unwrap_err();
    assert!(matches!(error, FetchError::Tls { .. }), "{}", chain(&error));
    assert!(
        error
            .to_string()
            .contains("`ca_file` of upstream \"tf.corp.example\""),
        "{error}"
    );
    assert!(error.is_connection_failure());
}

#[tokio::test]
async fn credentials_go_to_the_own_host_only() {
    let registry = FakeRegistry::start().await;
    let elsewhere = FakeRegistry::start().await;
    registry.put("/x", "text/plain", "x");
    elsewhere.put("/x", "text/plain", "x");
    registry.fault(Fault::redirect(at(&elsewhere, "/x").as_str()).on("/away"));
    registry.fault(Fault::redirect("/x").on("/here"));
    for (credential, expected) in [
        (Credential::Bearer(SecretText::new("t0k")), "Bearer t0k"),
        (
            Credential::Basic {
                username: "ci".into(),
                password: SecretText::new("pw"),
            },
            "Basic Y2k6cHc=",
        ),
    ] {
        let upstream = upstream_with(&registry, |settings| {
            settings.credential = credential;
            settings.allow_addresses = vec![elsewhere.host().parse().unwrap()];
        });
        for path in ["/x", "/here", "/away"] {
            upstream
                .document(&at(&registry, path), limits())
                .await
                .unwrap();
        }
        upstream
            .document(&at(&elsewhere, "/x"), limits())
            .await
            .unwrap();
        assert!(
            registry
                .requests()
                .iter()
                .all(|it| it.header("authorization") == Some(expected))
        );
        assert!(
            elsewhere
                .requests()
                .iter()
                .all(|it| it.header("authorization").is_none())
        );
        assert_eq!(elsewhere.requests().len(), 2);
        registry.clear_requests();
        elsewhere.clear_requests();
    }
}

#[tokio::test]
async fn no_credential_is_shown_where_another_host_redirects_to() {
    let registry = FakeRegistry::start().await;
    let elsewhere = FakeRegistry::start().await;
    registry.put("/private", "text/plain", "x");
    elsewhere.fault(Fault::redirect(at(&registry, "/private").as_str()));
    registry.fault(Fault::redirect(at(&elsewhere, "/").as_str()).on("/away"));
    let upstream = upstream_with(&registry, |settings| {
        settings.credential = Credential::Bearer(SecretText::new("t0k"));
        settings.allow_addresses = vec![elsewhere.host().parse().unwrap()];
    });
    let exchanged = |url| Ask::get(url).authorization("Bearer exchanged".parse().unwrap());
    for url in [at(&registry, "/away"), at(&elsewhere, "/")] {
        for ask in [Ask::get(url.clone()), exchanged(url)] {
            let document = upstream.document_for(&ask, limits()).await.unwrap();
            assert_eq!(document.url, at(&registry, "/private"));
            assert!(!document.is_own);
        }
    }
    let shown = |path: &str| {
        let requests = registry.requests_to(path).into_iter();
        let shown = requests.map(|request| request.header("authorization").is_some());
        shown.collect::<Vec<_>>()
    };
    assert_eq!(shown("/away"), [true; 2]);
    assert_eq!(shown("/private"), [false; 4]);
    let document = upstream
        .document(&at(&registry, "/private"), limits())
        .await;
    assert!(document.unwrap().is_own);
    assert_eq!(shown("/private").last(), Some(&true));
}

#[tokio::test]
async fn an_exchanged_token_replaces_the_credential_and_stays_home_too() {
    let registry = FakeRegistry::start().await;
    let elsewhere = FakeRegistry::start().await;
    elsewhere.put("/x", "text/plain", "x");
    registry.fault(Fault::redirect(at(&elsewhere, "/x").as_str()).on("/away"));
    let upstream = upstream_with(&registry, |settings| {
        settings.credential = Credential::Bearer(SecretText::new("configured"));
        settings.allow_addresses = vec![elsewhere.host().parse().unwrap()];
    });
    let ask = Ask::get(at(&registry, "/away"))
        .accept("text/plain")
        .authorization("Bearer exchanged".parse().unwrap());
    upstream.document_for(&ask, limits()).await.unwrap();
    assert_eq!(
        registry.requests()[0].header("authorization"),
        Some("Bearer exchanged")
    );
    assert_eq!(registry.requests()[0].header("accept"), Some("text/plain"));
    assert_eq!(elsewhere.requests()[0].header("authorization"), None);
}

#[tokio::test]
async fn relative_redirects_are_followed_and_circles_are_not() {
    let registry = FakeRegistry::start().await;
    registry.put("/a/target", "text/plain", "here");
    registry.fault(Fault::redirect("target#part").on("/a/start"));
    registry.fault(Fault::redirect("/circle").on("/circle"));
    let upstream = upstream(&registry);
    let document = upstream
        .document(&at(&registry, "/a/start"), limits())
        .await
        .unwrap();
    assert_eq!(document.url, at(&registry, "/a/target"));
    let error = upstream
        .document(&at(&registry, "/circle"), limits())
        .await
        .unwrap_err();
    assert!(
        error.to_string().contains("more than 5 redirects"),
        "{error}"
    );
    assert_eq!(registry.requests_to("/circle").len(), 6);
}

#[tokio::test]
async fn a_transient_failure_is_tried_once_more() {
    let registry = FakeRegistry::start().await;
    registry.put("/x", "text/plain", "x");
    let upstream = upstream(&registry);
    for status in [500, 502, 503, 429] {
        registry.fault(Fault::status(status).times(1));
        upstream
            .document(&at(&registry, "/x"), limits())
            .await
            .unwrap();
        registry.fault(Fault::status(status).times(2));
        let error = upstream
            .document(&at(&registry, "/x"), limits())
            .await
            .unwrap_err();
        assert!(matches!(error, FetchError::Status { .. }), "{error}");
        assert_eq!(error.kind(), ErrorKind::UpstreamFailed);
        assert_eq!(registry.requests().len(), 4);
        registry.clear_requests();
    }
    registry.fault(Fault::reset_after(0).times(1));
    upstream
        .document(&at(&registry, "/x"), limits())
        .await
        .unwrap();
    assert_eq!(registry.requests().len(), 2);
}

#[tokio::test]
async fn a_final_answer_is_not_tried_again() {
    let registry = FakeRegistry::start().await;
    let upstream = upstream(&registry);
    for (status, kind) in [
        (400, ErrorKind::UpstreamFailed),
        (401, ErrorKind::UpstreamFailed),
        (403, ErrorKind::UpstreamFailed),
        (404, ErrorKind::NotFound),
        (410, ErrorKind::NotFound),
        (501, ErrorKind::UpstreamFailed),
    ] {
        registry.fault(Fault::status(status).times(1));
        let error = upstream
            .document(&at(&registry, "/x"), limits())
            .await
            .unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        assert!(!error.is_connection_failure());
        assert_eq!(registry.requests().len(), 1, "{status}");
        registry.clear_requests();
    }
}

#[tokio::test]
async fn retry_after_is_honoured_up_to_two_seconds() {
    let registry = FakeRegistry::start().await;
    registry.put("/x", "text/plain", "x");
    let upstream = upstream(&registry);
    registry.fault(Fault::retry_after(429, "1").times(1));
    let started = Instant::now();
    upstream
        .document(&at(&registry, "/x"), limits())
        .await
        .unwrap();
    assert!(started.elapsed() >= Duration::from_secs(1));

    registry.clear_requests();
    registry.fault(Fault::retry_after(503, "3").times(1));
    let error = upstream
        .document(&at(&registry, "/x"), limits())
        .await
        .unwrap_err();
    let FetchError::Status { retry_after, .. } = error else {
        panic!("{error}")
    };
    assert_eq!(retry_after, Some(Duration::from_secs(3)));
    assert_eq!(registry.requests().len(), 1);
}

#[tokio::test]
async fn an_answer_that_is_too_large_is_refused_announced_or_not() {
    let registry = FakeRegistry::start().await;
    registry.put("/x", "text/plain", vec![b'x'; 1001]);
    registry.put("/fits", "text/plain", vec![b'x'; 1000]);
    let upstream = upstream(&registry);
    upstream
        .document(&at(&registry, "/fits"), limits())
        .await
        .unwrap();
    for is_announced in [true, false] {
        if !is_announced {
            registry.fault(Fault::no_length());
        }
        let error = upstream
            .document(&at(&registry, "/x"), limits())
            .await
            .unwrap_err();
        assert!(
            matches!(
                error,
                FetchError::TooLarge {
                    bytes_max: 1000,
                    ..
                }
            ),
            "{error}"
        );
    }
    upstream
        .document(&at(&registry, "/fits"), limits())
        .await
        .unwrap();
}

#[tokio::test]
async fn the_time_limit_holds_for_headers_and_body() {
    let registry = FakeRegistry::start().await;
    registry.put("/x", "text/plain", "0123456789");
    let upstream = upstream(&registry);
    let limits = DocumentLimits {
        timeout: Duration::from_millis(300),
        ..limits()
    };
    for fault in [
        Fault::delay(Duration::from_secs(30)),
        Fault::drip(1, Duration::from_millis(100)),
    ] {
        registry.clear_faults();
        registry.fault(fault);
        let started = Instant::now();
        let error = upstream
            .document(&at(&registry, "/x"), limits)
            .await
            .unwrap_err();
        assert!(matches!(error, FetchError::Timeout { .. }), "{error}");
        assert_eq!(error.kind(), ErrorKind::UpstreamTimeout);
        assert!(started.elapsed() < Duration::from_secs(2));
    }
}

#[tokio::test]
async fn an_upstream_that_is_gone_is_a_connection_failure_and_comes_back() {
    let mut registry = FakeRegistry::start().await;
    registry.put("/x", "text/plain", "x");
    let upstream = upstream(&registry);
    upstream
        .document(&at(&registry, "/x"), limits())
        .await
        .unwrap();
    registry.stop().await;
    let error = upstream
        .document(&at(&registry, "/x"), limits())
        .await
        .unwrap_err();
    assert!(
        matches!(error, FetchError::Connect { .. }),
        "{}",
        chain(&error)
    );
    assert!(error.is_connection_failure());
    registry.restart().await;
    upstream
        .document(&at(&registry, "/x"), limits())
        .await
        .unwrap();
}

#[tokio::test]
async fn a_name_that_does_not_resolve_is_a_connection_failure() {
    let settings = UpstreamSettings::new("no-such-host.invalid").unwrap();
    let upstream = egress().upstream(&settings).unwrap();
    let error = upstream
        .document(upstream.url(), limits())
        .await
        .unwrap_err();
    assert!(error.is_connection_failure(), "{}", chain(&error));
}

#[tokio::test]
async fn dialling_oneself_is_explained() {
    let registry = FakeRegistry::start().await;
    registry.fault(Fault::status(508));
    let error = upstream(&registry)
        .document(&at(&registry, "/x"), limits())
        .await
        .unwrap_err();
    assert!(matches!(error, FetchError::Loop { .. }), "{error}");
    assert!(
        error.to_string().contains("`resolve = [\"IP\"]`"),
        "{error}"
    );
    assert_eq!(registry.requests().len(), 1);
}

#[tokio::test]
async fn errors_show_no_secrets_of_an_address() {
    let mut registry = FakeRegistry::start().await;
    let signed = at(&registry, "/x?X-Signature=s3cret");
    let upstream = upstream(&registry);
    let not_found = upstream.document(&signed, limits()).await.unwrap_err();
    registry.fault(Fault::reset_after(1));
    registry.put("/x", "text/plain", "0123456789");
    let interrupted = upstream.document(&signed, limits()).await.unwrap_err();
    registry.stop().await;
    let unreachable = upstream.document(&signed, limits()).await.unwrap_err();
    assert!(
        matches!(interrupted, FetchError::Interrupted { .. }),
        "{}",
        chain(&interrupted)
    );
    for error in [not_found, interrupted, unreachable] {
        let text = format!("{} {error:?}", chain(&error));
        assert!(!text.contains("s3cret"), "{text}");
    }
}

#[tokio::test]
async fn packed_documents_are_unpacked_and_limited_by_what_they_unpack_to() {
    let registry = FakeRegistry::start().await;
    let packed = |text: &str| data_encoding::BASE64.decode(text.as_bytes()).unwrap();
    // `{"versions":[]}`, and 5000 times `x` in 40 bytes.
    let small = packed("H4sIAAAAAAACA6tWKkstKs7MzytWsoqOrQUAf+hK+A8AAAA=");
    let bomb = packed("H4sIAAAAAAACA+3BMQEAAADCoNqLbwo/oAAAAACAtwEm8NsAiBMAAA==");
    let gzip = |body: Vec<u8>| {
        Fault::body("application/json", body).with_header("content-encoding", "gzip")
    };
    registry.fault(gzip(small).on("/small"));
    registry.fault(gzip(bomb).on("/bomb"));
    let upstream = upstream(&registry);
    let document = upstream
        .document(&at(&registry, "/small"), limits())
        .await
        .unwrap();
    assert_eq!(&document.body[..], br#"{"versions":[]}"#);
    let error = upstream
        .document(&at(&registry, "/bomb"), limits())
        .await
        .unwrap_err();
    assert!(matches!(error, FetchError::TooLarge { .. }), "{error}");
    assert_eq!(
        registry.requests()[0].header("accept-encoding"),
        Some("gzip")
    );
}

#[tokio::test]
async fn unchanged_is_an_answer() {
    let registry = FakeRegistry::start().await;
    registry.fault(Fault::status(304).with_header("etag", "\"1\""));
    let ask = Ask::get(at(&registry, "/x")).header(IF_NONE_MATCH, "\"1\"".parse().unwrap());
    let document = upstream(&registry)
        .document_for(&ask, limits())
        .await
        .unwrap();
    assert_eq!(document.status, StatusCode::NOT_MODIFIED);
    assert_eq!(document.headers["etag"], "\"1\"");
    assert_eq!(
        registry.requests()[0].header("if-none-match"),
        Some("\"1\"")
    );
}
