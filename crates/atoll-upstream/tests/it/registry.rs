//! The provider registry protocol.

use atoll_core::kind::ErrorKind;
use atoll_core::openpgp::{PublicKey, verify_detached};
use atoll_testkit::registry::{FakeRegistry, Fault, Signing};
use atoll_testkit::zips;
use atoll_upstream::FetchError;
use atoll_upstream::terraform::{PackageDoc, Registry};
use serde_json::{Value, json};

use crate::support::{at, demo, egress, platform, read, settings, upstream, version};

async fn fake() -> FakeRegistry {
    let fake = FakeRegistry::start_tls().await;
    let _ = fake
        .provider("acme/demo")
        .version("1.2.3")
        .platform("linux_amd64")
        .platform("darwin_arm64")
        .protocols(&["5.0", "6.1"])
        .version("2.0.0-rc.1+build.5")
        .platform("linux_amd64")
        .warning("acme/demo has moved");
    fake
}

fn client(fake: &FakeRegistry) -> Registry {
    Registry::new(upstream(fake))
}

async fn package(fake: &FakeRegistry) -> Result<PackageDoc, FetchError> {
    client(fake)
        .package(&demo(), &version("1.2.3"), &platform("linux_amd64"))
        .await
}

#[tokio::test]
async fn versions_are_listed_with_protocols_platforms_and_warnings() {
    let fake = fake().await;
    let list = client(&fake).versions(&demo()).await.unwrap();
    assert_eq!(list.warnings, ["acme/demo has moved"]);
    assert_eq!(list.skipped, 0);
    let [first, second] = &list.versions[..] else {
        panic!("two versions")
    };
    assert_eq!(first.version, version("1.2.3"));
    assert_eq!(first.protocols, ["5.0", "6.1"]);
    assert_eq!(
        first.platforms,
        [platform("linux_amd64"), platform("darwin_arm64")]
    );
    assert_eq!(second.version, version("2.0.0-rc.1+build.5"));
}

#[tokio::test]
async fn discovery_is_asked_once() {
    let fake = fake().await;
    let client = client(&fake);
    let provider = demo();
    let (first, second) = tokio::join!(client.providers_url(), client.versions(&provider));
    assert_eq!(first.unwrap(), at(&fake, "/v1/providers/"));
    second.unwrap();
    client.clone().versions(&demo()).await.unwrap();
    assert_eq!(fake.requests_to("/.well-known/terraform.json").len(), 1);
    assert_eq!(
        client.modules_url().await.unwrap(),
        at(&fake, "/v1/modules/")
    );
}

#[tokio::test]
async fn a_failed_discovery_is_asked_again() {
    let fake = fake().await;
    let client = client(&fake);
    fake.fault(Fault::status(403).on("/.well-known/*").times(1));
    client.versions(&demo()).await.unwrap_err();
    client.versions(&demo()).await.unwrap();
}

#[tokio::test]
async fn a_host_without_the_service_is_not_found() {
    let fake = fake().await;
    for fault in [
        Fault::status(404),
        Fault::body("application/json", r#"{"modules.v1":"/m/"}"#),
    ] {
        fake.clear_faults();
        fake.fault(fault.on("/.well-known/*"));
        let error = client(&fake).versions(&demo()).await.unwrap_err();
        assert!(
            matches!(
                error,
                FetchError::NotOffered {
                    service: "providers.v1",
                    ..
                }
            ),
            "{error}"
        );
        assert_eq!(error.kind(), ErrorKind::NotFound);
    }
}

#[tokio::test]
async fn a_login_page_instead_of_discovery_is_explained() {
    let fake = fake().await;
    fake.fault(Fault::body("text/html", "<html>").on("/.well-known/*"));
    let error = client(&fake).versions(&demo()).await.unwrap_err();
    assert!(
        error
            .to_string()
            .contains("text/html, not application/json"),
        "{error}"
    );
}

#[tokio::test]
async fn an_address_with_a_path_is_asked_directly() {
    let fake = fake().await;
    fake.put_json(
        "/hosts/tf.example/v1/providers/acme/demo/versions",
        &json!({ "versions": [{ "version": "1.0.0" }] }),
    );
    let mut settings = settings(&fake);
    settings.url = at(&fake, "/hosts/tf.example");
    let client = Registry::new(egress().upstream(&settings).unwrap());
    assert_eq!(client.versions(&demo()).await.unwrap().versions.len(), 1);
    assert_eq!(fake.requests().len(), 1);
}

#[tokio::test]
async fn an_unknown_provider_is_not_found() {
    let fake = FakeRegistry::start().await;
    assert!(
        client(&fake)
            .versions(&demo())
            .await
            .unwrap_err()
            .is_not_found()
    );
    let error = package(&fake).await.unwrap_err();
    assert!(error.is_not_found());
}

#[tokio::test]
async fn bad_entries_never_spoil_a_list() {
    let fake = fake().await;
    let entries = json!([
        { "version": "1.0.0", "platforms": [{ "os": "linux", "arch": "amd64" }, { "os": "li/nux", "arch": "x" }, 3] },
        { "version": "v1.1.0" },
        { "version": "1.0.0" },
        { "version": "latest" },
        { "version": 3 },
        { "no": "version" },
        null,
        { "version": "1.2", "protocols": null, "platforms": null },
    ]);
    fake.put_json(
        "/v1/providers/acme/demo/versions",
        &json!({ "versions": entries, "id": "x" }),
    );
    let list = client(&fake).versions(&demo()).await.unwrap();
    let versions: Vec<String> = list
        .versions
        .iter()
        .map(|it| it.version.to_string())
        .collect();
    assert_eq!(versions, ["1.0.0", "1.2.0"]);
    assert_eq!(list.versions[0].platforms, [platform("linux_amd64")]);
    assert_eq!(list.skipped, 8);
}

#[tokio::test]
async fn an_empty_list_is_one_and_other_shapes_are_not() {
    let fake = fake().await;
    for (body, is_list) in [
        (json!({ "versions": [] }), true),
        (json!({ "versions": null }), true),
        (json!({ "versions": {} }), false),
        (json!([]), false),
        (json!("x"), false),
    ] {
        fake.put_json("/v1/providers/acme/demo/versions", &body);
        let list = client(&fake).versions(&demo()).await;
        assert_eq!(list.is_ok(), is_list, "{body}: {list:?}");
    }
}

#[tokio::test]
async fn a_package_can_be_fetched_and_proven() {
    let fake = fake().await;
    let package = package(&fake).await.unwrap();
    assert_eq!(package.protocols, ["5.0", "6.1"]);
    assert_eq!(
        package.filename,
        "terraform-provider-demo_1.2.3_linux_amd64.zip"
    );
    let client = client(&fake);
    let sums = client
        .sums(package.shasums_url.as_ref().unwrap())
        .await
        .unwrap();
    let signature = client
        .signature(package.shasums_signature_url.as_ref().unwrap())
        .await
        .unwrap();
    let key = PublicKey::parse_armored(&package.keys[0].ascii_armor).unwrap();
    assert_eq!(key.key_id().to_string(), package.keys[0].key_id);
    verify_detached(&[key], &sums, &signature).unwrap();
    let line = format!("{}  {}\n", package.digest.hex(), package.filename);
    assert!(String::from_utf8_lossy(&sums).contains(&line));
    let download = client
        .upstream()
        .open(&package.download_url, 0)
        .await
        .unwrap();
    let (zip, end) = read(download).await;
    end.unwrap();
    assert_eq!(zips::sha256_hex(&zip), package.digest.hex());
}

#[tokio::test]
async fn a_version_with_build_metadata_is_asked_by_its_name() {
    let fake = fake().await;
    let version = version("2.0.0-rc.1+build.5");
    client(&fake)
        .package(&demo(), &version, &platform("linux_amd64"))
        .await
        .unwrap();
    let asked = "/v1/providers/acme/demo/2.0.0-rc.1+build.5/download/linux/amd64";
    assert_eq!(fake.requests_to(asked).len(), 1);
}

#[tokio::test]
async fn wrong_and_missing_proof_is_seen() {
    let fake = fake().await;
    for signing in [Signing::WrongSignature, Signing::UnknownKey] {
        let _ = fake.provider("acme/demo").version("1.2.3").signing(signing);
        let package = package(&fake).await.unwrap();
        let client = client(&fake);
        let sums = client
            .sums(package.shasums_url.as_ref().unwrap())
            .await
            .unwrap();
        let url = package.shasums_signature_url.as_ref().unwrap();
        let signature = client.signature(url).await.unwrap();
        let key = PublicKey::parse_armored(&package.keys[0].ascii_armor).unwrap();
        assert!(
            verify_detached(&[key], &sums, &signature).is_err(),
            "{signing:?}"
        );
    }
    let _ = fake
        .provider("acme/demo")
        .version("1.2.3")
        .signing(Signing::Unsigned);
    let package = package(&fake).await.unwrap();
    assert!(package.keys.is_empty());
    let url = package.shasums_signature_url.unwrap();
    assert!(
        client(&fake)
            .signature(&url)
            .await
            .unwrap_err()
            .is_not_found()
    );
}

fn good_package() -> Value {
    json!({
        "protocols": ["5.0"],
        "os": "linux",
        "arch": "amd64",
        "filename": "terraform-provider-demo_1.2.3_linux_amd64.zip",
        "download_url": "files/x.zip?sig=1#frag",
        "shasum": "A".repeat(64),
        "shasums_url": "/sums",
        "shasums_signature_url": "",
        "signing_keys": { "gpg_public_keys": null },
        "packages": {
            "linux_amd64": { "hashes": ["zh:aa"], "package_size": 12 },
            "nonsense": { "hashes": [] },
            "linux_arm64": { "hashes": ["zh:bb"], "package_size": 0 },
        },
    })
}

const PACKAGE_PATH: &str = "/v1/providers/acme/demo/1.2.3/download/linux/amd64";

#[tokio::test]
async fn addresses_of_a_package_start_at_the_final_url() {
    let fake = fake().await;
    fake.put_json("/moved/doc", &good_package());
    fake.fault(Fault::redirect("/moved/doc").on(PACKAGE_PATH));
    let package = package(&fake).await.unwrap();
    assert_eq!(package.download_url, at(&fake, "/moved/files/x.zip?sig=1"));
    assert_eq!(package.shasums_url, Some(at(&fake, "/sums")));
    assert_eq!(package.shasums_signature_url, None);
    assert_eq!(package.digest.hex(), "a".repeat(64));
    assert!(package.keys.is_empty());
    let sizes: Vec<_> = package.packages.values().map(|it| it.size).collect();
    assert_eq!(sizes, [Some(12), None]);
}

#[tokio::test]
async fn a_bad_field_is_named() {
    let fake = fake().await;
    for (field, value) in [
        ("os", json!("windows")),
        ("arch", json!(null)),
        ("filename", json!("../x.zip")),
        ("filename", json!("a/b.zip")),
        ("filename", json!("a\\b.zip")),
        ("filename", json!(".zip")),
        ("filename", json!("a b.zip")),
        ("filename", json!("a\u{0}.zip")),
        ("filename", json!("")),
        ("filename", json!("x".repeat(256))),
        ("filename", json!(3)),
        ("download_url", json!("")),
        ("download_url", json!(null)),
        ("download_url", json!("ftp://cdn.example/x")),
        ("download_url", json!("https://")),
        ("download_url", json!(["x"])),
        ("shasum", json!("a".repeat(63))),
        ("shasum", json!("g".repeat(64))),
        ("shasum", json!(null)),
        ("shasums_url", json!(3)),
        ("shasums_url", json!("file:///etc/passwd")),
        ("shasums_signature_url", json!({})),
        ("protocols", json!("5.0")),
        ("protocols", json!(["five"])),
        ("protocols", json!(["5."])),
        ("protocols", json!([5])),
        ("signing_keys", json!([])),
        ("signing_keys", json!({ "gpg_public_keys": {} })),
        ("signing_keys", json!({ "gpg_public_keys": [{}] })),
        (
            "signing_keys",
            json!({ "gpg_public_keys": [{ "ascii_armor": 3 }] }),
        ),
        (
            "signing_keys",
            json!({ "gpg_public_keys": vec![json!({ "ascii_armor": "x" }); 65] }),
        ),
    ] {
        let mut document = good_package();
        document[field] = value.clone();
        fake.put_json(PACKAGE_PATH, &document);
        let error = package(&fake).await.unwrap_err();
        assert!(
            matches!(error, FetchError::BadDocument { .. }),
            "{field} {value}: {error}"
        );
        assert!(
            error.to_string().contains(field),
            "{field} {value}: {error}"
        );
        assert_eq!(error.kind(), ErrorKind::UpstreamFailed);
    }
    fake.put_json(PACKAGE_PATH, &good_package());
    package(&fake).await.unwrap();
}

#[tokio::test]
async fn a_download_address_inside_is_refused_when_it_is_opened() {
    let fake = fake().await;
    let inside = FakeRegistry::start().await;
    fake.set_files_origin(Some(inside.url().as_str()));
    let package = package(&fake).await.unwrap();
    let upstream = upstream(&fake);
    let error = upstream.open(&package.download_url, 0).await.err().unwrap();
    assert!(matches!(error, FetchError::Refused { .. }), "{error}");
    let error = client(&fake)
        .sums(package.shasums_url.as_ref().unwrap())
        .await
        .unwrap_err();
    assert!(matches!(error, FetchError::Refused { .. }), "{error}");
    assert!(inside.requests().is_empty());
}

#[tokio::test]
async fn a_token_opens_a_closed_registry() {
    let fake = fake().await;
    fake.require_token(Some("t0k"));
    assert!(client(&fake).versions(&demo()).await.is_err());
    let mut settings = settings(&fake);
    settings.credential =
        atoll_upstream::Credential::Bearer(atoll_upstream::SecretText::new("t0k"));
    let client = Registry::new(egress().upstream(&settings).unwrap());
    client.versions(&demo()).await.unwrap();
}
