//! Which kind a document is.

use serde_json::json;

use super::*;

#[test]
fn each_kind_is_read() {
    let image = read(&image());
    assert_eq!(
        (image.kind, image.blobs().count(), image.referrer_type()),
        (ManifestKind::Image, 2, Some("c"))
    );
    let index = read(&index());
    assert_eq!(
        (index.kind, index.manifests.len(), index.blobs().count()),
        (ManifestKind::Index, 1, 0)
    );
    assert_eq!(index.referrer_type(), None);
    let artifact = read(&artifact());
    assert_eq!(
        (artifact.kind, artifact.layers.len()),
        (ManifestKind::Artifact, 1)
    );
    assert_eq!(
        (artifact.blobs().count(), artifact.referrer_type()),
        (1, Some("x/y"))
    );
    assert_eq!(artifact.subject.unwrap().digest, Digest::sha256(b"x"));
}

#[test]
fn the_type_may_be_in_header_or_body() {
    let untyped = without(image(), "mediaType").to_string();
    for header in [
        None,
        Some(""),
        Some("application/json; charset=utf-8"),
        Some("Application/Vnd.OCI.Image.Manifest.V1+JSON ; charset=utf-8"),
    ] {
        assert_eq!(
            parse(header, untyped.as_bytes()).unwrap().media_type,
            media_types::OCI_MANIFEST
        );
    }
    let docker = parse(Some(media_types::DOCKER_MANIFEST), untyped.as_bytes()).unwrap();
    assert_eq!(docker.media_type, media_types::DOCKER_MANIFEST);
    let list = parse(
        Some(media_types::DOCKER_LIST),
        without(index(), "mediaType").to_string().as_bytes(),
    )
    .unwrap();
    assert_eq!(
        (list.kind, list.media_type.as_str()),
        (ManifestKind::Index, media_types::DOCKER_LIST)
    );
    assert_eq!(
        read(&without(index(), "mediaType")).kind,
        ManifestKind::Index
    );
}

#[test]
fn header_and_body_agree() {
    for (header, body) in [
        (media_types::OCI_INDEX, image()),
        (media_types::OCI_MANIFEST, index()),
        (media_types::DOCKER_MANIFEST, image()),
        ("application/vnd.example+json", image()),
        ("application/vnd.oci.image.manifest.v1+jsonx", image()),
    ] {
        assert!(matches!(
            refused(Some(header), &body),
            ManifestError::TypeConflict { .. }
        ));
    }
}

#[test]
fn unknown_types_are_refused_with_those_that_are_taken() {
    let error = refused(None, &with(image(), "/mediaType", json!("text/x"))).to_string();
    for accepted in media_types::MANIFESTS {
        assert!(error.contains(accepted), "{error}");
    }
    let unknown = "application/vnd.oci.image.config.v1+json";
    assert_eq!(
        refused(Some(unknown), &without(image(), "mediaType")),
        ManifestError::Type(unknown.to_owned())
    );
}

#[test]
fn the_first_docker_format_is_refused_by_name() {
    let header = Some("application/vnd.docker.distribution.manifest.v1+prettyjws");
    let body = json!({"schemaVersion": 1, "name": "a", "fsLayers": [{"blobSum": "sha256:0"}], "signatures": []});
    assert_eq!(refused(header, &body), ManifestError::Schema1);
    assert_eq!(refused(None, &body), ManifestError::Schema1);
    assert_eq!(
        refused(None, &with(image(), "/schemaVersion", json!(1))),
        ManifestError::Schema1
    );
    assert_eq!(
        refused(None, &with(image(), "/fsLayers", json!(null))),
        ManifestError::Schema1
    );
    assert!(ManifestError::Schema1.to_string().contains("schema 1"));
}

#[test]
fn what_could_be_two_things_is_refused() {
    for both in [
        with(image(), "/manifests", json!([])),
        with(image(), "/manifests", json!(null)),
        with(index(), "/config", descriptor("c")),
        with(index(), "/layers", json!([])),
        with(without(index(), "mediaType"), "/layers", json!(null)),
        with(artifact(), "/layers", json!([])),
        with(artifact(), "/manifests", json!([])),
        with(image(), "/mediaType", json!(media_types::OCI_ARTIFACT)),
    ] {
        assert!(
            matches!(refused(None, &both), ManifestError::Ambiguous { .. }),
            "{both}"
        );
    }
    for text in [
        r#"{"schemaVersion":2,"manifests":[],"manifests":[]}"#,
        r#"{"schemaVersion":2,"manifests":[],"annotations":{"a":"1","a":"2"}}"#,
        r#"{"schemaVersion":2,"manifests":[],"x":[{"a":1,"a":1}]}"#,
        r#"{"schemaVersion":2,"manifests":[],"Layers":[]}"#,
        r#"{"schemaVersion":2,"manifests":[]}{"schemaVersion":2,"config":{},"layers":[]}"#,
    ] {
        assert!(
            matches!(parse(None, text.as_bytes()), Err(ManifestError::Json(_))),
            "{text}"
        );
    }
}
