use std::error::Error as _;

use proptest::prelude::*;

use super::protocols::PROTOCOLS_MAX;
use super::*;
use crate::version::Version;

#[test]
fn files_have_their_usual_names() {
    let version: Version = "1.2.3-rc.1".parse().unwrap();
    let release = Release {
        type_: "google-beta",
        version: &version,
    };
    let zip = release.zip_name(&"linux_amd64".parse().unwrap());
    assert_eq!(
        zip,
        "terraform-provider-google-beta_1.2.3-rc.1_linux_amd64.zip"
    );
    assert_eq!(
        release.sums_name(),
        "terraform-provider-google-beta_1.2.3-rc.1_SHA256SUMS"
    );
    assert_eq!(
        release.signature_name(),
        "terraform-provider-google-beta_1.2.3-rc.1_SHA256SUMS.sig"
    );
    assert_eq!(
        release.manifest_name(),
        "terraform-provider-google-beta_1.2.3-rc.1_manifest.json"
    );
    assert_eq!(
        release.platform_of(&zip).unwrap().to_string(),
        "linux_amd64"
    );
    let (type_, parsed, platform) = parse_zip_name(&zip).unwrap();
    assert_eq!(
        (type_.as_str(), parsed, platform.to_string().as_str()),
        ("google-beta", version, "linux_amd64")
    );
}

#[test]
fn names_of_other_files_are_told_apart() {
    let version: Version = "1.2.3".parse().unwrap();
    let release = Release {
        type_: "aws",
        version: &version,
    };
    let of = |name: &str| release.platform_of(name).unwrap_err();
    assert!(matches!(
        of("terraform-provider-aws_1.2.3_SHA256SUMS"),
        ZipNameError::Form(_)
    ));
    assert!(matches!(
        of("terraform-provider-aws_1.2.4_linux_amd64.zip"),
        ZipNameError::OtherRelease { .. }
    ));
    assert!(matches!(
        of("terraform-provider-awsx_1.2.3_linux_amd64.zip"),
        ZipNameError::OtherRelease { .. }
    ));
    assert!(matches!(
        of("terraform-provider-aws_1.2.3.zip"),
        ZipNameError::OtherRelease { .. }
    ));
    assert!(matches!(
        of("terraform-provider-aws_1.2.3_linux.zip"),
        ZipNameError::Platform(_)
    ));
    assert!(matches!(
        of("terraform-provider-aws_1.2.3_.zip"),
        ZipNameError::Platform(_)
    ));
    for bad in [
        "",
        "terraform-provider-.zip",
        "terraform-provider-_1.0.0_linux_amd64.zip",
        "terraform-provider-aws_v1.0.0_linux_amd64.zip",
        "terraform-provider-aws_1.0.0_linux.zip",
        "terraform-provider-aws_1.0_linux_amd64.zip",
        "terraform-aws_1.0.0_linux_amd64.zip",
    ] {
        assert!(parse_zip_name(bad).is_err(), "{bad}");
    }
}

#[test]
fn a_manifest_tells_protocols() {
    let parse = |text: &str| RegistryManifest::parse(text.as_bytes());
    let both = parse(r#"{"version":1,"metadata":{"protocol_versions":["5.1","6.0"]}}"#).unwrap();
    assert_eq!(both.protocols.to_string(), "5.1,6.0");
    assert_eq!(Protocols::default().to_string(), "5.0");
    assert_eq!(
        serde_json::to_string(&both.protocols).unwrap(),
        r#"["5.1","6.0"]"#
    );
}

#[test]
fn a_bad_manifest_is_explained() {
    let explain = |text: &str| {
        let error = RegistryManifest::parse(text.as_bytes()).unwrap_err();
        let source = error.source().map(ToString::to_string).unwrap_or_default();
        format!("{error}: {source}")
    };
    let cases = [
        ("", "EOF while parsing"),
        ("[]", "expected"),
        ("{}", "missing field `version`"),
        (r#"{"version":"1"}"#, "invalid type: string"),
        (
            r#"{"version":2,"data":{}}"#,
            "has version 2; only version 1",
        ),
        (r#"{"version":1}"#, "missing field `metadata`"),
        (
            r#"{"version":1,"metadata":{}}"#,
            "missing field `protocol_versions`",
        ),
        (
            r#"{"version":1,"metadata":{"protocols":["6.0"]}}"#,
            "unknown field `protocols`",
        ),
        (
            r#"{"version":1,"metadata":{"protocol_versions":[]}}"#,
            "at least one",
        ),
        (
            r#"{"version":1,"metadata":{"protocol_versions":["6"]}}"#,
            "not \"6\"",
        ),
        (
            r#"{"version":1,"metadata":{"protocol_versions":[6.0]}}"#,
            "floating point",
        ),
        (
            r#"{"version":1,"metadata":{"protocol_versions":["6.0","6.0"]}}"#,
            "6.0 is listed twice",
        ),
        (
            r#"{"version":1,"metadata":{"protocol_versions":["6.0"]}} x"#,
            "trailing characters",
        ),
    ];
    for (text, expected) in cases {
        assert!(
            explain(text).contains(expected),
            "{text}: {}",
            explain(text)
        );
    }
    assert!(explain(&" ".repeat(MANIFEST_BYTES_MAX + 1)).contains("at most"));
}

#[test]
fn protocols_are_written_one_way() {
    for bad in [
        "", "6", "6.", ".0", "06.0", "6.00", "+6.0", "6.0.0", "6,0", " 6.0", "99999.0",
    ] {
        assert!(bad.parse::<Protocol>().is_err(), "{bad:?}");
    }
    for bad in ["", ",", "5.0,", "5.0,5.0", "5.0, 6.0"] {
        assert!(bad.parse::<Protocols>().is_err(), "{bad:?}");
    }
    let many: Vec<_> = (0..=PROTOCOLS_MAX)
        .map(|minor| format!("5.{minor}"))
        .collect();
    assert_eq!(
        many.join(",").parse::<Protocols>(),
        Err(ProtocolsError::TooMany)
    );
}

proptest! {
    #[test]
    fn protocols_parse_back(numbers in prop::collection::btree_set((any::<u16>(), any::<u16>()), 1..8)) {
        let list: Vec<_> = numbers.into_iter().map(|(major, minor)| Protocol { major, minor }).collect();
        let protocols = Protocols::try_from(list).unwrap();
        prop_assert_eq!(protocols.to_string().parse::<Protocols>().unwrap(), protocols.clone());
        let json = serde_json::to_string(&protocols).unwrap();
        prop_assert_eq!(serde_json::from_str::<Protocols>(&json).unwrap(), protocols);
    }

    #[test]
    fn any_name_is_parsed_or_refused(name in "\\PC{0,60}|terraform-provider-[a-z_0-9.]{0,40}\\.zip") {
        if let Ok((type_, version, platform)) = parse_zip_name(&name) {
            let release = Release { type_: &type_, version: &version };
            prop_assert_eq!(release.zip_name(&platform), name.clone());
            prop_assert_eq!(release.platform_of(&name).unwrap(), platform);
        }
    }
}
