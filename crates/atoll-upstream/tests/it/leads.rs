//! Addresses that name no archive, and lead to where the package is.

use std::time::Duration;

use atoll_core::getter::{GetterAddress, PAGE_BYTES_MAX};
use atoll_core::kind::ErrorKind;
use atoll_testkit::registry::{FakeRegistry, Fault};
use atoll_testkit::zips::{ZipBuilder, sha256_hex};
use atoll_upstream::source::{LEADS_MAX, SourceError};
use atoll_upstream::{Credential, Egress, EgressSettings, FetchError, SecretText, Upstream};
use bytes::Bytes;

use crate::support::{SOURCE_LIMITS, at, chain, fetch, upstream, upstream_with};

fn module() -> Bytes {
    ZipBuilder::new().file("main.tf", 0o644, "# one\n").build()
}

/// Answers every request for a path with the header.
fn lead(registry: &FakeRegistry, path: &str, next: &str) {
    registry.fault(
        Fault::status(204)
            .with_header("x-terraform-get", next)
            .on(path),
    );
}

async fn locate(upstream: &Upstream, text: &str) -> Result<GetterAddress, SourceError> {
    let located = upstream.locate_source(text.parse().unwrap()).await?;
    Ok(located.address)
}

fn asked(registry: &FakeRegistry) -> Vec<String> {
    let requests = registry.requests().into_iter();
    requests
        .map(|request| format!("{}?{}", request.path, request.query.unwrap_or_default()))
        .collect()
}

#[tokio::test]
async fn headers_and_pages_lead_to_an_archive_and_its_subdirectory() {
    let registry = FakeRegistry::start_tls().await;
    lead(&registry, "/modules/vpc", "./next?b=%2f//outer");
    // A page, which is reached by a redirect.
    registry.fault(Fault::redirect("/pages/vpc").on("/modules/next"));
    let page = r#"<!DOCTYPE html><html><head><meta charset="utf-8">
        <meta name="terraform-get" content="../files/vpc?archive=zip&amp;c=1"></head></html>"#;
    registry.put("/pages/vpc", "text/html", page);
    registry.put("/files/vpc", "application/zip", module());
    let upstream = upstream(&registry);
    let first = format!("{}?a=1", at(&registry, "/modules/vpc//in"));
    // What follows the `//` in a query is a part of the query.
    let located = locate(&upstream, &first).await.unwrap();
    let archive = at(&registry, "/files/vpc");
    assert_eq!(located.to_string(), format!("{archive}//in"));
    assert_eq!(
        asked(&registry),
        [
            "/modules/vpc?a=1&terraform-get=1",
            "/modules/next?b=%2f//outer&terraform-get=1",
            "/pages/vpc?",
        ]
    );
    let mut file = tokio::fs::File::from_std(tempfile::tempfile().unwrap());
    let fetched = upstream
        .fetch_source(&located, &mut file, SOURCE_LIMITS)
        .await;
    assert_eq!(fetched.unwrap().size_bytes, module().len() as u64);
    assert_eq!(asked(&registry).last().unwrap(), "/files/vpc?c=1");
    // Other kinds of addresses are asked nothing, and keep the subdirectories of all.
    registry.clear_faults();
    registry.clear_requests();
    lead(&registry, "/a", "/b//b1/b2");
    lead(&registry, "/b", "git::https://git.example/x.git//c?ref=v1");
    let first = at(&registry, "/a//a1").to_string();
    let located = locate(&upstream, &first).await.unwrap().to_string();
    assert_eq!(located, "git::https://git.example/x.git//c/b1/b2/a1?ref=v1");
    assert_eq!(
        asked(&registry),
        ["/a?terraform-get=1", "/b?terraform-get=1"]
    );
    for whole in [
        &located,
        "s3::https://h.example/b/o",
        "https://h.example/a.tgz",
    ] {
        locate(&upstream, whole).await.unwrap();
    }
    assert_eq!(asked(&registry).len(), 2);
}

#[tokio::test]
async fn an_archive_at_an_address_that_does_not_say_so_is_taken() {
    let registry = FakeRegistry::start().await;
    registry.put("/blob", "application/octet-stream", module());
    let upstream = upstream(&registry);
    let text = at(&registry, "/blob//x?sig=1").to_string();
    let address: GetterAddress = text.parse().unwrap();
    assert_eq!(locate(&upstream, &text).await.unwrap(), address);
    // What is signed is good for no other query.
    registry.fault(Fault::status(403).on("/blob").times(1));
    assert_eq!(locate(&upstream, &text).await.unwrap(), address);
    let fetched = fetch(&upstream, &text).await.unwrap();
    assert_eq!(fetched.bytes, module());
    let questions = asked(&registry);
    assert_eq!(
        questions,
        [
            "/blob?sig=1&terraform-get=1",
            "/blob?sig=1&terraform-get=1",
            "/blob?sig=1",
        ]
    );
    // What is broken is no answer.
    registry.fault(Fault::status(501).on("/blob"));
    let error = locate(&upstream, &text).await.unwrap_err();
    assert!(
        matches!(error, SourceError::Fetch(FetchError::Status { .. })),
        "{error}"
    );
}

#[tokio::test]
async fn an_answer_that_leads_nowhere_is_explained() {
    let registry = FakeRegistry::start().await;
    let upstream = upstream(&registry);
    let text = at(&registry, "/modules/vpc?token=hush").to_string();
    let tag = r#"<meta name="terraform-get" content="/vpc.zip">"#;
    let late = format!("{}{tag}", "x".repeat(PAGE_BYTES_MAX));
    for (fault, words) in [
        (
            Fault::body("text/html", "<!DOCTYPE html><body>Please log in"),
            "an HTML page (a login page?)",
        ),
        (
            Fault::body("application/json", r#"{"error":1}"#),
            "got JSON",
        ),
        (Fault::body("text/html", late), "in place of an archive"),
        (Fault::status(204), "an empty file"),
        (
            Fault::status(204).with_header("x-terraform-get", ""),
            "empty",
        ),
    ] {
        registry.clear_faults();
        registry.fault(fault);
        let error = locate(&upstream, &text).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UpstreamFailed);
        let shown = chain(&error);
        for words in [
            "names no archive",
            "`terraform-get=1`",
            "X-Terraform-Get",
            words,
        ] {
            assert!(shown.contains(words), "{words}: {shown}");
        }
        assert!(!shown.contains("hush"), "{shown}");
    }
    for next in ["file:///etc/passwd", "vpc", "hg::https://h.example/x"] {
        registry.clear_faults();
        lead(&registry, "/modules/vpc", next);
        let error = locate(&upstream, &text).await.unwrap_err();
        assert!(matches!(error, SourceError::Lead { .. }), "{next}: {error}");
        assert!(chain(&error).len() > error.to_string().len());
    }
    let pinned = format!("{text}&checksum={}", "0".repeat(64));
    lead(&registry, "/modules/vpc", "/vpc.zip");
    let error = locate(&upstream, &pinned).await.unwrap_err();
    assert!(chain(&error).contains("checksum"), "{}", chain(&error));
}

#[tokio::test]
async fn ten_addresses_in_a_row_are_asked_and_no_more() {
    let registry = FakeRegistry::start().await;
    let upstream = upstream(&registry);
    for number in 0..LEADS_MAX {
        lead(
            &registry,
            &format!("/{number}"),
            &format!("./{}", number + 1),
        );
    }
    let first = at(&registry, "/0").to_string();
    let error = locate(&upstream, &first).await.unwrap_err();
    assert!(matches!(error, SourceError::Leads { .. }), "{error}");
    assert!(
        error.to_string().contains(&format!("/{LEADS_MAX}")),
        "{error}"
    );
    assert_eq!(registry.requests().len(), LEADS_MAX);
    // As many as are asked may lead to a package.
    let second = at(&registry, "/1").to_string();
    registry.put(&format!("/{LEADS_MAX}"), "application/zip", module());
    registry.clear_requests();
    locate(&upstream, &second).await.unwrap();
    assert_eq!(registry.requests().len(), LEADS_MAX);

    registry.clear_faults();
    registry.clear_requests();
    lead(&registry, "/loop", "/loop");
    let error = locate(&upstream, at(&registry, "/loop").as_str())
        .await
        .unwrap_err();
    assert!(matches!(error, SourceError::Leads { .. }), "{error}");
    assert_eq!(registry.requests().len(), LEADS_MAX);
}

#[tokio::test]
async fn every_hop_is_bound_by_the_rules_of_the_way_out() {
    let registry = FakeRegistry::start().await;
    let inside = FakeRegistry::start().await;
    inside.put("/blob", "application/zip", module());
    let upstream = upstream(&registry);
    let text = at(&registry, "/a").to_string();
    let target = at(&inside, "/blob");
    let is_refused =
        |error: &SourceError| matches!(error, SourceError::Fetch(FetchError::Refused { .. }));
    lead(&registry, "/a", target.as_str());
    let error = locate(&upstream, &text).await.unwrap_err();
    assert!(is_refused(&error), "{error}");
    registry.clear_faults();
    registry.fault(Fault::redirect(target.as_str()));
    let error = locate(&upstream, &text).await.unwrap_err();
    assert!(is_refused(&error), "{error}");
    assert!(inside.requests().is_empty());

    registry.clear_faults();
    registry.fault(Fault::delay(Duration::from_mins(1)));
    let error = locate(&upstream, &text).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UpstreamTimeout, "{error}");

    registry.clear_requests();
    let offline = upstream_with(&registry, |settings| settings.offline = true);
    let error = locate(&offline, &text).await.unwrap_err();
    assert!(
        matches!(error, SourceError::Fetch(FetchError::Offline { .. })),
        "{error}"
    );
    assert!(registry.requests().is_empty());
}

#[tokio::test]
async fn addresses_that_are_fast_one_by_one_are_given_up_together() {
    let registry = FakeRegistry::start().await;
    let mut settings = EgressSettings::new("test");
    settings.timeouts.locate = Duration::from_millis(600);
    let egress = Egress::new(settings).unwrap();
    let upstream = egress
        .upstream(&crate::support::settings(&registry))
        .unwrap();
    registry.fault(Fault::delay(Duration::from_millis(250)));
    lead(&registry, "/loop", "/loop");
    let first = at(&registry, "/loop").to_string();
    let error = locate(&upstream, &first).await.unwrap_err();
    assert!(matches!(error, SourceError::Timeout { .. }), "{error}");
    assert_eq!(error.kind(), ErrorKind::UpstreamTimeout);
    assert!(error.to_string().contains("after 0.6 s"), "{error}");
    let asked = registry.requests().len();
    assert!((2..LEADS_MAX).contains(&asked), "{asked}");
}

#[tokio::test]
async fn another_host_is_shown_no_credential() {
    let registry = FakeRegistry::start().await;
    let other = FakeRegistry::start().await;
    lead(&registry, "/a", at(&other, "/b").as_str());
    lead(&other, "/b", "/vpc.zip");
    let upstream = upstream_with(&registry, |settings| {
        settings.credential = Credential::Bearer(SecretText::new("hush"));
        settings.allow_addresses.push(other.host().parse().unwrap());
    });
    let text = at(&registry, "/a").to_string();
    let located = locate(&upstream, &text).await.unwrap();
    assert_eq!(located.to_string(), at(&other, "/vpc.zip").as_str());
    let shown = |registry: &FakeRegistry| {
        let request = registry.requests().remove(0);
        request.headers.contains_key("authorization")
    };
    assert!(shown(&registry) && !shown(&other));
}

#[tokio::test]
async fn what_another_host_leads_to_is_shown_no_credential_either() {
    let registry = FakeRegistry::start().await;
    let other = FakeRegistry::start().await;
    registry.put("/vpc.zip", "application/zip", module());
    let upstream = upstream_with(&registry, |settings| {
        settings.credential = Credential::Bearer(SecretText::new("hush"));
        settings.allow_addresses.push(other.host().parse().unwrap());
    });
    let archive = at(&registry, "/vpc.zip");
    let sums = format!("{archive}?checksum=file:./SUMS");
    registry.put("/SUMS", "text/plain", sha256_hex(&module()));
    // The other host comes first, second, or between two of the own by a redirect.
    lead(&other, "/to-archive", archive.as_str());
    lead(&other, "/to-sums", &sums);
    lead(&other, "/to-lead", at(&registry, "/lead").as_str());
    lead(&registry, "/lead", "/vpc.zip");
    let to_other = at(&other, "/to-lead");
    lead(&registry, "/to-other", to_other.as_str());
    other.fault(Fault::redirect(at(&registry, "/lead").as_str()).on("/back"));
    registry.fault(Fault::redirect(at(&other, "/back").as_str()).on("/around"));
    for (first, shown) in [
        (at(&registry, "/lead"), 2),
        (at(&other, "/to-archive"), 0),
        (at(&other, "/to-sums"), 0),
        (to_other, 0),
        (at(&registry, "/to-other"), 1),
        (at(&registry, "/around"), 1),
    ] {
        registry.clear_requests();
        let located = upstream.locate_source(first.as_str().parse().unwrap());
        let located = located.await.unwrap();
        let mut file = tokio::fs::File::from_std(tempfile::tempfile().unwrap());
        let size = located.upstream.source_size(&located.address).await;
        assert_eq!(size.unwrap(), Some(module().len() as u64));
        let fetched = located
            .upstream
            .fetch_source(&located.address, &mut file, SOURCE_LIMITS);
        fetched.await.unwrap();
        let requests = registry.requests();
        let with = |method: &str| {
            let shown = requests.iter().filter(|request| {
                request.method == method && request.headers.contains_key("authorization")
            });
            shown.count()
        };
        assert_eq!(with("GET"), shown, "{first}");
        let is_own = usize::from(shown == 2);
        assert_eq!(with("HEAD"), is_own, "{first}");
    }
    let requests = other.requests().into_iter();
    let mut headers = requests.map(|request| request.headers);
    assert!(!headers.any(|headers| headers.contains_key("authorization")));
}
