//! The module registry protocol.

use atoll_testkit::registry::{FakeRegistry, Fault};
use atoll_upstream::FetchError;
use atoll_upstream::terraform::{ModulePath, ModuleSource, Registry};
use serde_json::json;

use crate::support::{at, upstream, upstream_with, version};

const MODULE: ModulePath<'_> = ModulePath {
    namespace: "Acme",
    name: "net",
    system: "aws",
};
const VERSIONS: &str = "/v1/modules/Acme/net/aws/versions";
const DOWNLOAD: &str = "/v1/modules/Acme/net/aws/1.2.3+b.1/download";

async fn source(fake: &FakeRegistry) -> Result<ModuleSource, FetchError> {
    Registry::new(upstream(fake))
        .module_source(&MODULE, &version("1.2.3+b.1"))
        .await
}

#[tokio::test]
async fn versions_are_those_of_the_first_module() {
    let fake = FakeRegistry::start().await;
    let listed = ["1.0.0", "v1.1.0", "1.2", "latest"].map(|it| json!({ "version": it }));
    fake.put_json(
        VERSIONS,
        &json!({ "modules": [
            { "source": "x", "versions": listed },
            { "versions": [{ "version": "9.9.9" }] },
        ] }),
    );
    let list = Registry::new(upstream(&fake))
        .module_versions(&MODULE)
        .await
        .unwrap();
    let versions: Vec<String> = list.versions.iter().map(ToString::to_string).collect();
    assert_eq!(versions, ["1.0.0", "1.1.0", "1.2.0"]);
    assert_eq!(list.skipped, 1);
}

#[tokio::test]
async fn a_list_without_modules_is_refused() {
    let fake = FakeRegistry::start().await;
    let client = Registry::new(upstream(&fake));
    assert!(
        client
            .module_versions(&MODULE)
            .await
            .unwrap_err()
            .is_not_found()
    );
    for body in [
        json!({}),
        json!({ "modules": [] }),
        json!({ "modules": [{}] }),
        json!([]),
    ] {
        fake.put_json(VERSIONS, &body);
        let error = client.module_versions(&MODULE).await.unwrap_err();
        assert!(matches!(error, FetchError::BadDocument { .. }), "{error}");
    }
}

#[tokio::test]
async fn the_header_says_where_a_package_is() {
    let fake = FakeRegistry::start().await;
    for (location, expected) in [
        (
            "https://cdn.example/x.zip?sig=1",
            "https://cdn.example/x.zip?sig=1".to_owned(),
        ),
        (
            "git::https://github.com/acme/net?ref=v1.2.3",
            "git::https://github.com/acme/net?ref=v1.2.3".to_owned(),
        ),
        ("/x.tar.gz//sub", at(&fake, "/x.tar.gz//sub").into()),
        (
            "./x.zip",
            at(&fake, "/v1/modules/Acme/net/aws/1.2.3+b.1/x.zip").into(),
        ),
    ] {
        fake.clear_faults();
        fake.fault(
            Fault::status(204)
                .with_header("x-terraform-get", location)
                .on(DOWNLOAD),
        );
        let source = source(&fake).await.unwrap();
        assert_eq!(source.location, expected);
        assert_eq!(source.use_registry_credentials, None);
    }
}

#[tokio::test]
async fn the_body_says_where_a_package_is() {
    let fake = FakeRegistry::start().await;
    fake.put_json(
        DOWNLOAD,
        &json!({ "location": "../x.zip", "use_registry_credentials": true }),
    );
    let source = source(&fake).await.unwrap();
    assert_eq!(
        source.location,
        at(&fake, "/v1/modules/Acme/net/aws/x.zip").as_str()
    );
    assert_eq!(source.use_registry_credentials, Some(true));
    assert!(source.is_own);
}

#[tokio::test]
async fn another_host_that_has_a_say_in_where_a_package_is_is_noted() {
    let fake = FakeRegistry::start().await;
    let other = FakeRegistry::start().await;
    let back = at(&fake, "/private.zip");
    for fault in [
        Fault::status(204).with_header("x-terraform-get", back.as_str()),
        Fault::body(
            "application/json",
            json!({ "location": back.as_str() }).to_string(),
        ),
    ] {
        other.clear_faults();
        other.fault(fault);
        fake.clear_faults();
        fake.fault(Fault::redirect(at(&other, "/x").as_str()).on(DOWNLOAD));
        let upstream = upstream_with(&fake, |settings| {
            settings.allow_addresses = vec![other.host().parse().unwrap()];
        });
        let source = Registry::new(upstream)
            .module_source(&MODULE, &version("1.2.3+b.1"))
            .await;
        let source = source.unwrap();
        assert_eq!(source.location, back.as_str());
        assert!(!source.is_own);
    }
}

#[tokio::test]
async fn an_answer_without_a_location_is_refused() {
    let fake = FakeRegistry::start().await;
    assert!(source(&fake).await.unwrap_err().is_not_found());
    for fault in [
        Fault::status(204),
        Fault::status(204).with_header("x-terraform-get", ""),
        Fault::body("application/json", "{}"),
        Fault::body("application/json", r#"{"location":3}"#),
        Fault::body("text/html", "<html>"),
    ] {
        fake.clear_faults();
        fake.fault(fault.on(DOWNLOAD));
        let error = source(&fake).await.unwrap_err();
        assert!(matches!(error, FetchError::BadDocument { .. }), "{error}");
    }
}
