//! What a document holds.

use serde_json::{Value, json};

use super::*;
use crate::digest::Algorithm;

#[test]
fn lists_may_be_empty_and_extra_members_stay_unread() {
    for document in [
        with(image(), "/layers", json!([])),
        with(image(), "/layers", json!(null)),
        without(image(), "layers"),
        with(index(), "/manifests", json!([])),
        with(index(), "/annotations", json!(null)),
        without(artifact(), "blobs"),
        with(
            with(image(), "/org.example", json!({"deep": [1.5, null]})),
            "/config/org.example",
            json!("x"),
        ),
        with(image(), "/subject", json!(null)),
        with(image(), "/layers/0/annotations", json!(null)),
    ] {
        let read = read(&document);
        assert_eq!(
            parse(Some(&read.media_type), document.to_string().as_bytes()),
            Ok(read)
        );
    }
}

#[test]
fn members_that_are_needed_are_asked_for() {
    let missing = |document: &Value| match refused(None, document) {
        ManifestError::Missing { member, .. } => member,
        other => panic!("{other}"),
    };
    assert_eq!(missing(&without(image(), "config")), "config");
    assert_eq!(missing(&with(image(), "/config", json!(null))), "config");
    assert_eq!(missing(&without(index(), "manifests")), "manifests");
    assert_eq!(missing(&without(image(), "schemaVersion")), "schemaVersion");
    assert_eq!(missing(&json!({})), "schemaVersion");
    for version in [
        json!(0),
        json!(3),
        json!("2"),
        json!(2.0),
        json!(null),
        json!([2]),
        json!(u64::MAX),
    ] {
        let error = refused(None, &with(index(), "/schemaVersion", version));
        assert!(matches!(error, ManifestError::SchemaVersion(_)), "{error}");
    }
}

#[test]
fn every_descriptor_is_checked() {
    let at = |document: &Value, place: &'static str| match refused(None, document) {
        ManifestError::Member { member, problem } => {
            assert_eq!(member, place);
            problem
        }
        other => panic!("{other}"),
    };
    for (pointer, member, document) in [
        ("/config", "config", image()),
        ("/layers/0", "layers", image()),
        ("/manifests/0", "manifests", index()),
        ("/blobs/0", "blobs", artifact()),
        ("/subject", "subject", artifact()),
    ] {
        let set =
            |key: &str, value: Value| with(document.clone(), &format!("{pointer}/{key}"), value);
        assert!(at(&set("digest", json!("sha256:xyz")), member).contains("hexadecimal"));
        assert!(
            at(
                &set("digest", json!(format!("sha1:{}", "0".repeat(40)))),
                member
            )
            .contains("not supported")
        );
        assert!(at(&set("digest", json!(null)), member).contains("null"));
        for size in [
            json!(-1),
            json!(1.5),
            json!("1"),
            json!(null),
            json!(u64::MAX),
            json!(SIZE_BYTES_MAX + 1),
        ] {
            at(&set("size", size), member);
        }
        at(&set("annotations", json!({"a": 1})), member);
        at(&set("annotations", json!([])), member);
        at(&set("urls", json!("https://example.com")), member);
        at(&set("platform", json!("linux/amd64")), member);
        at(
            &with(document.clone(), pointer, json!("sha256:abc")),
            member,
        );
        at(
            &with(document.clone(), pointer, json!({"mediaType": "x"})),
            member,
        );
    }
    at(&with(image(), "/layers", json!({})), "layers");
    at(
        &with(image(), "/annotations", json!({"a": null})),
        "annotations",
    );
    at(&with(image(), "/artifactType", json!(1)), "manifest");
    at(&with(image(), "/mediaType", json!(1)), "manifest");
    for other in [json!([]), json!("x"), json!(null), json!(2)] {
        at(&other, "manifest");
    }
}

#[test]
fn embedded_data_is_compared() {
    let carrying = |data: &str| with(image(), "/config/data", json!(data));
    assert_eq!(
        read(&carrying("eA==")).config.unwrap().data.as_deref(),
        Some("eA==")
    );
    for data in ["eQ==", "", "eA", "eA==\n", "eB==", "eHg=", "*"] {
        assert_eq!(
            refused(None, &carrying(data)),
            ManifestError::Data(Digest::sha256(b"x")),
            "{data}"
        );
    }
    let short = with(carrying("eA=="), "/config/size", json!(2));
    assert!(matches!(refused(None, &short), ManifestError::Data(_)));
    let sha512 = Digest::of(Algorithm::Sha512, b"x");
    read(&with(carrying("eA=="), "/config/digest", json!(sha512)));
    let subject = with(artifact(), "/subject/data", json!("eQ=="));
    assert!(matches!(refused(None, &subject), ManifestError::Data(_)));
}

#[test]
fn layers_that_need_not_be_here_are_not_asked_for() {
    let types = [
        "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
        "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
        "application/vnd.oci.image.layer.v1.tar+gzip",
        "application/vnd.foreigners.tar",
    ];
    let layers: Vec<Value> = types.into_iter().map(descriptor).collect();
    // A configuration is always asked for, whatever it calls itself.
    let named = with(
        with(image(), "/layers", json!(layers)),
        "/config",
        descriptor("x.foreign.y"),
    );
    let parsed = read(&named);
    let needed: Vec<&str> = parsed
        .blobs()
        .map(|blob| blob.media_type.as_str())
        .collect();
    assert_eq!(needed, ["x.foreign.y", types[2], types[3]]);
    assert_eq!(parsed.layers.len(), 4);
    let optional: Vec<&str> = parsed
        .optional()
        .map(|named| named.media_type.as_str())
        .collect();
    assert_eq!(optional, types.get(..2).unwrap());
    assert_eq!(read(&index()).optional().count(), 1);
}

#[test]
fn a_referrer_is_listed_with_type_and_annotations() {
    let typed = with(
        with(image(), "/artifactType", json!("a/b")),
        "/annotations",
        json!({"k": "v"}),
    );
    let listed = read(&typed).to_referrer(Digest::sha256(b"y"), 7);
    let expected = json!({
        "mediaType": media_types::OCI_MANIFEST, "digest": Digest::sha256(b"y"), "size": 7, "artifactType": "a/b",
        "annotations": {"k": "v"},
    });
    assert_eq!(serde_json::to_value(&listed).unwrap(), expected);
    assert_eq!(
        read(&with(image(), "/artifactType", json!(""))).referrer_type(),
        Some("c")
    );
    let bare = serde_json::to_value(read(&index()).to_referrer(Digest::sha256(b"y"), 7)).unwrap();
    assert_eq!(bare.as_object().unwrap().len(), 3);
}
