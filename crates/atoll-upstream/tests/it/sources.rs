//! Archives, buckets and OCI registries as sources of modules.

use atoll_core::getter::ArchiveFormat;
use atoll_core::kind::ErrorKind;
use atoll_testkit::connect_proxy::ConnectProxy;
use atoll_testkit::registry::{FakeRegistry, Fault};
use atoll_testkit::zips::{ZipBuilder, sha256_hex};
use atoll_upstream::source::{SourceError, SourceLimits};
use atoll_upstream::{Credential, DocumentLimits, FetchError, SecretText};
use bytes::Bytes;
use serde_json::{Value, json};

use crate::support::{
    SOURCE_LIMITS, at, chain, egress, fetch, fetch_within, settings, upstream, upstream_with,
};

fn module() -> Bytes {
    ZipBuilder::new().file("main.tf", 0o644, "# one\n").build()
}

#[tokio::test]
async fn an_archive_comes_as_it_is() {
    let registry = FakeRegistry::start_tls().await;
    registry.put("/vpc.zip", "application/zip", module());
    let upstream = upstream(&registry);
    let url = at(&registry, "/vpc.zip");
    let sum = sha256_hex(&module());
    for (query, format) in [
        ("", Some(ArchiveFormat::Zip)),
        ("?archive=tar.gz", Some(ArchiveFormat::TarGz)),
        (&format!("?checksum=sha256:{sum}"), Some(ArchiveFormat::Zip)),
    ] {
        let fetched = fetch(&upstream, &format!("{url}{query}")).await.unwrap();
        assert_eq!(fetched.bytes, module());
        assert_eq!(fetched.source.format, format);
        assert_eq!(fetched.source.commit, None);
        assert_eq!(fetched.source.origin, url.as_str());
    }
    let log = registry.requests();
    assert!(
        log.iter()
            .all(|request| !format!("{request:?}").contains("checksum")),
        "{log:?}"
    );
}

#[tokio::test]
async fn other_bytes_than_promised_are_refused() {
    let registry = FakeRegistry::start().await;
    registry.put("/vpc.zip", "application/zip", module());
    let text = format!("{}?checksum={}", at(&registry, "/vpc.zip"), "0".repeat(32));
    let error = fetch(&upstream(&registry), &text).await.unwrap_err();
    assert!(matches!(error, SourceError::Checksum { .. }), "{error}");
    assert_eq!(error.kind(), ErrorKind::UpstreamFailed);
}

#[tokio::test]
async fn a_checksum_may_be_in_a_file() {
    let registry = FakeRegistry::start().await;
    registry.put("/x/vpc.zip", "application/zip", module());
    let upstream = upstream(&registry);
    let url = at(&registry, "/x/vpc.zip");
    let text = format!("{url}?checksum=file:./SUMS&a=1");
    let (right, wrong) = (sha256_hex(&module()), "0".repeat(64));
    let put = |sums: String| registry.put("/x/SUMS", "text/plain", sums);
    for sums in [
        format!("{wrong}  other.zip\n{right}  vpc.zip\n"),
        format!("SHA256 (vpc.zip) = {right}\n"),
        right.clone(),
    ] {
        put(sums);
        assert_eq!(fetch(&upstream, &text).await.unwrap().bytes, module());
    }
    let object = format!("s3::{url}?checksum=file:SUMS");
    assert_eq!(fetch(&upstream, &object).await.unwrap().bytes, module());

    put(format!("{wrong}  vpc.zip\n"));
    let error = fetch(&upstream, &text).await.unwrap_err();
    assert!(matches!(error, SourceError::Checksum { .. }), "{error}");
    registry.clear_requests();
    put(format!("{right}  other.zip\n"));
    let error = fetch(&upstream, &text).await.unwrap_err();
    assert!(matches!(error, SourceError::NoChecksum { .. }), "{error}");
    assert_eq!(error.kind(), ErrorKind::UpstreamFailed);
    for words in ["/x/SUMS", "vpc.zip"] {
        assert!(error.to_string().contains(words), "{error}");
    }
    let forged = at(&registry, "/x/a%0A2026-01-01%20ERROR%20forged.zip");
    let error = fetch(&upstream, &format!("{forged}?checksum=file:SUMS"))
        .await
        .unwrap_err();
    assert!(matches!(error, SourceError::NoChecksum { .. }), "{error}");
    assert!(!chain(&error).contains('\n'), "{}", chain(&error));
    put(" ".repeat(usize::try_from(DocumentLimits::SUMS.bytes_max).unwrap() + 1));
    let error = fetch(&upstream, &text).await.unwrap_err();
    assert!(
        chain(&error).contains("is larger than"),
        "{}",
        chain(&error)
    );
    let inside = FakeRegistry::start().await;
    for elsewhere in [at(&registry, "/none"), at(&inside, "/x/SUMS")] {
        let text = format!("{url}?checksum=file:{elsewhere}");
        let error = fetch(&upstream, &text).await.unwrap_err();
        assert!(matches!(error, SourceError::ChecksumFile { .. }), "{error}");
    }
    assert!(inside.requests().is_empty());
    assert!(registry.requests_to("/x/vpc.zip").is_empty());
}

#[tokio::test]
async fn large_missing_and_foreign_archives_are_refused() {
    let registry = FakeRegistry::start().await;
    let inside = FakeRegistry::start().await;
    registry.put("/vpc.zip", "application/zip", module());
    let upstream = upstream(&registry);
    let text = at(&registry, "/vpc.zip").to_string();
    let limits = SourceLimits {
        bytes_max: 10,
        ..SOURCE_LIMITS
    };
    let error = fetch_within(&upstream, &text, limits).await.unwrap_err();
    assert!(matches!(error, SourceError::TooLarge { .. }), "{error}");
    let error = fetch(&upstream, at(&registry, "/none.zip").as_str())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    let error = fetch(&upstream, at(&inside, "/vpc.zip").as_str())
        .await
        .unwrap_err();
    assert!(
        matches!(error, SourceError::Fetch(FetchError::Refused { .. })),
        "{error}"
    );
    registry.fault(Fault::redirect(at(&inside, "/vpc.zip").as_str()));
    let error = fetch(&upstream, &text).await.unwrap_err();
    assert!(
        matches!(error, SourceError::Fetch(FetchError::Refused { .. })),
        "{error}"
    );
    assert!(inside.requests().is_empty());
}

#[tokio::test]
async fn a_bucket_is_asked_with_a_signature_where_there_is_a_key() {
    let registry = FakeRegistry::start_tls().await;
    registry.put("/b/vpc.zip", "application/zip", module());
    let upstream = upstream(&registry);
    let url = at(&registry, "/b/vpc.zip");
    let fetched = fetch(&upstream, &format!("s3::{url}")).await.unwrap();
    assert_eq!(fetched.bytes, module());
    let keys = "aws_access_key_id=AKIA&aws_access_key_secret=hush&region=here";
    let fetched = fetch(&upstream, &format!("s3::{url}?{keys}"))
        .await
        .unwrap();
    assert_eq!(fetched.bytes, module());
    assert_eq!(fetched.source.format, Some(ArchiveFormat::Zip));
    let log = format!("{:?}", registry.requests());
    assert!(
        log.contains("X-Amz-Signature=") && !log.contains("hush"),
        "{log}"
    );
}

#[tokio::test]
async fn a_file_of_checksums_in_the_same_bucket_is_asked_with_a_signature_too() {
    let registry = FakeRegistry::start_tls().await;
    registry.put("/b/x/vpc.zip", "application/zip", module());
    for path in ["/b/x/SUMS", "/b/SUMS", "/other/SUMS"] {
        registry.put(path, "text/plain", sha256_hex(&module()));
    }
    let upstream = upstream(&registry);
    let url = at(&registry, "/b/x/vpc.zip");
    let keys = "aws_access_key_id=AKIA&aws_access_key_secret=hush&region=here";
    for (file, path, query, is_signed) in [
        ("SUMS", "/b/x/SUMS", keys, true),
        ("../SUMS%3FversionId=1", "/b/SUMS", keys, true),
        ("/other/SUMS", "/other/SUMS", keys, false),
        ("SUMS", "/b/x/SUMS", "region=here", false),
    ] {
        registry.clear_requests();
        let text = format!("s3::{url}?{query}&checksum=file:{file}");
        fetch(&upstream, &text).await.unwrap();
        let query = registry.requests_to(path)[0].query.clone();
        let query = query.unwrap_or_default();
        assert_eq!(query.contains("X-Amz-Signature="), is_signed, "{file}");
        assert_eq!(query.contains("versionId=1"), file.contains("versionId"));
    }
    registry.put("/b/x/SUMS", "text/plain", "none");
    let text = format!("s3::{url}?{keys}&checksum=file:SUMS");
    let error = fetch(&upstream, &text).await.unwrap_err();
    assert!(matches!(error, SourceError::NoChecksum { .. }), "{error}");
    assert!(!chain(&error).contains("X-Amz"), "{}", chain(&error));
}

#[tokio::test]
async fn a_bucket_of_google_is_asked_at_its_download_address() {
    let registry = FakeRegistry::start_tls_as(&["storage.googleapis.com"]).await;
    registry.put("/b/a/vpc.zip", "application/zip", module());
    let proxy = ConnectProxy::start(registry.host().parse().unwrap()).await;
    let upstream = upstream_with(&registry, |settings| {
        settings.proxy = Some(proxy.url().parse().unwrap());
    });
    let text = "gcs::https://www.googleapis.com/storage/v1/b/a/vpc.zip";
    let fetched = fetch(&upstream, text).await.unwrap();
    assert_eq!(fetched.bytes, module());
    assert_eq!(proxy.asked(), ["storage.googleapis.com:443"]);
}

const MANIFEST_TYPE: &str = "application/vnd.oci.image.manifest.v1+json";

fn manifest(zip: &[u8]) -> Value {
    json!({
        "schemaVersion": 2, "mediaType": MANIFEST_TYPE, "artifactType": "application/vnd.opentofu.modulepkg",
        "config": {"mediaType": "application/vnd.oci.empty.v1+json", "digest": format!("sha256:{}", sha256_hex(b"{}")), "size": 2},
        "layers": [{"mediaType": "archive/zip", "digest": format!("sha256:{}", sha256_hex(zip)), "size": zip.len()}],
    })
}

#[tokio::test]
async fn a_package_of_an_oci_registry_by_tag_and_by_digest() {
    let registry = FakeRegistry::start_tls().await;
    let manifest = manifest(&module()).to_string();
    let digest = format!("sha256:{}", sha256_hex(manifest.as_bytes()));
    for reference in ["latest", &digest, &format!("sha256:{}", "0".repeat(64))] {
        registry.put(
            &format!("/v2/acme/vpc/manifests/{reference}"),
            MANIFEST_TYPE,
            manifest.clone(),
        );
    }
    let blob = format!("/v2/acme/vpc/blobs/sha256:{}", sha256_hex(&module()));
    registry.put(&blob, "application/octet-stream", module());
    let upstream = upstream(&registry);
    let base = format!("oci://{}/acme/vpc", registry.host());
    for query in ["", &format!("?digest={digest}")] {
        let fetched = fetch(&upstream, &format!("{base}{query}")).await.unwrap();
        assert_eq!(fetched.bytes, module());
        assert_eq!(fetched.source.format, Some(ArchiveFormat::Zip));
    }
    let other = format!("{base}?digest=sha256:{}", "0".repeat(64));
    let error = fetch(&upstream, &other).await.unwrap_err();
    assert!(matches!(error, SourceError::Package { .. }), "{error}");
    let error = fetch(&upstream, &format!("{base}?tag=none"))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    registry.put(&blob, "application/octet-stream", "other bytes");
    let error = fetch(&upstream, &base).await.unwrap_err();
    assert!(matches!(error, SourceError::Checksum { .. }), "{error}");
}

/// Asks for a token, and gives one to whoever asks.
mod guarded {
    use std::net::{Ipv4Addr, SocketAddr};
    use std::sync::{Arc, Mutex};

    use axum::Router;
    use axum::extract::{Request, State};
    use axum::response::{IntoResponse, Response};
    use http::StatusCode;
    use http::header::{AUTHORIZATION, WWW_AUTHENTICATE};

    use super::{manifest, module};

    pub(super) struct Guarded {
        pub(super) address: SocketAddr,
        pub(super) log: Arc<Mutex<Vec<String>>>,
    }

    impl Guarded {
        pub(super) async fn start() -> Self {
            let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
                .await
                .unwrap();
            let address = listener.local_addr().unwrap();
            let log = Arc::<Mutex<Vec<String>>>::default();
            let router = Router::new()
                .fallback(answer)
                .with_state((address, Arc::clone(&log)));
            tokio::spawn(async move { axum::serve(listener, router).await });
            Self { address, log }
        }
    }

    type Shared = (SocketAddr, Arc<Mutex<Vec<String>>>);

    async fn answer(State((address, log)): State<Shared>, request: Request) -> Response {
        let shown = request.headers().get(AUTHORIZATION);
        let shown = shown
            .map_or("-", |value| value.to_str().unwrap())
            .to_owned();
        let uri = request.uri().to_string();
        log.lock().unwrap().push(format!("{uri} {shown}"));
        if uri.starts_with("/token") {
            return r#"{"access_token":"ticket"}"#.into_response();
        }
        if shown != "Bearer ticket" {
            let challenge = format!("Bearer realm=\"http://{address}/token?x=1\",service=\"here\"");
            return (StatusCode::UNAUTHORIZED, [(WWW_AUTHENTICATE, challenge)]).into_response();
        }
        if uri.contains("/manifests/") {
            manifest(&module()).to_string().into_response()
        } else {
            module().into_response()
        }
    }
}

#[tokio::test]
async fn a_registry_that_asks_for_a_token_gets_one() {
    let registry = guarded::Guarded::start().await;
    let url = format!("http://{}/", registry.address).parse().unwrap();
    let mut settings = atoll_upstream::UpstreamSettings::at("oci.corp.example", url);
    settings.credential = Credential::Basic {
        username: "ci".to_owned(),
        password: SecretText::new("hush"),
    };
    let upstream = egress().upstream(&settings).unwrap();
    let fetched = fetch(&upstream, &format!("oci://{}/acme/vpc", registry.address))
        .await
        .unwrap();
    assert_eq!(fetched.bytes, module());
    let log = registry.log.lock().unwrap().clone();
    assert_eq!(log.len(), 4, "{log:?}");
    let basic = "Basic Y2k6aHVzaA==";
    assert_eq!(log[0], format!("/v2/acme/vpc/manifests/latest {basic}"));
    assert_eq!(
        log[1],
        format!("/token?x=1&service=here&scope=repository%3Aacme%2Fvpc%3Apull {basic}")
    );
    assert_eq!(log[2], "/v2/acme/vpc/manifests/latest Bearer ticket");
    assert!(log[3].ends_with(" Bearer ticket"), "{log:?}");
}

#[tokio::test]
async fn an_offline_upstream_fetches_no_source() {
    let registry = FakeRegistry::start().await;
    let mut settings = settings(&registry);
    settings.offline = true;
    let upstream = egress().upstream(&settings).unwrap();
    let host = registry.host();
    for text in [
        at(&registry, "/vpc.zip").to_string(),
        format!("s3::{}", at(&registry, "/b/vpc.zip")),
        "gcs::https://www.googleapis.com/storage/v1/b/vpc.zip".to_owned(),
        format!("oci://{host}/acme/vpc"),
    ] {
        let error = fetch(&upstream, &text).await.unwrap_err();
        assert!(
            matches!(error, SourceError::Fetch(FetchError::Offline { .. })),
            "{error}"
        );
    }
    assert!(registry.requests().is_empty());
}
