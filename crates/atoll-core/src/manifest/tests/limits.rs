//! Large documents, and those that chance makes.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

#[test]
fn limits_hold() {
    assert!(matches!(
        parse(None, &vec![b' '; MANIFEST_BYTES_MAX + 1]),
        Err(ManifestError::TooLarge(_))
    ));
    let too_large = ManifestError::TooLarge(1);
    assert_eq!(too_large.kind(), ErrorKind::TooLarge);

    let small = json!({"digest": Digest::sha256(b"x"), "size": 1});
    let full = with(
        index(),
        "/manifests",
        json!(vec![small.clone(); DESCRIPTORS_MAX]),
    );
    assert_eq!(read(&full).manifests.len(), DESCRIPTORS_MAX);
    let over = refused(None, &with(full, "/subject", small));
    assert_eq!(over, ManifestError::TooManyDescriptors(DESCRIPTORS_MAX + 1));

    // What the conformance suite pushes.
    let annotations: serde_json::Map<_, _> = (0..390)
        .map(|number| {
            (
                format!("large-annotation-{number}"),
                json!("A".repeat(10_000)),
            )
        })
        .collect();
    read(&with(image(), "/annotations", Value::Object(annotations)));
    let more = refused(
        None,
        &with(
            image(),
            "/annotations",
            json!({"a": "b".repeat(ANNOTATION_BYTES_MAX)}),
        ),
    );
    assert_eq!(
        more,
        ManifestError::TooManyAnnotations(ANNOTATION_BYTES_MAX + 1)
    );
}

#[test]
fn types_of_manifests_are_told_from_others() {
    assert!(
        media_types::MANIFESTS
            .into_iter()
            .all(media_type_is_manifest)
    );
    for other in [
        "",
        "application/json",
        media_types::OCI_EMPTY,
        "application/vnd.oci.image.manifest.v1",
    ] {
        assert!(!media_type_is_manifest(other));
    }
}

proptest! {
    #[test]
    fn anything_is_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..300), content_type in ".{0,60}") {
        let _ = parse(Some(&content_type), &bytes);
    }

    #[test]
    fn a_cut_manifest_is_refused(at: prop::sample::Index) {
        let text = image().to_string();
        prop_assert!(parse(None, &text.as_bytes()[..at.index(text.len())]).is_err());
    }

    #[test]
    fn a_flipped_byte_is_read_or_refused(at: prop::sample::Index, byte: u8) {
        for document in [image(), index(), artifact()] {
            let mut bytes = document.to_string().into_bytes();
            let at = at.index(bytes.len());
            bytes[at] = byte;
            if let Ok(parsed) = parse(None, &bytes) {
                prop_assert!(media_type_is_manifest(&parsed.media_type));
                // Whatever was read is what Go's rules would find: no member of another kind is in sight.
                let has = |key: &str| serde_json::from_slice::<Value>(&bytes).unwrap().get(key).is_some();
                prop_assert!(!has("manifests") || !(has("layers") || has("config")));
            }
        }
    }

    #[test]
    fn members_in_any_order_read_alike(order in Just(vec![0_usize, 1, 2, 3, 4]).prop_shuffle()) {
        let document = with(image(), "/annotations", json!({"a": "b"}));
        let members: Vec<_> = document.as_object().unwrap().iter().collect();
        let text = |(key, value): (&String, &Value)| format!("{}:{value}", json!(key));
        let shuffled: Vec<_> = order.iter().map(|at| text(members[*at])).collect();
        let shuffled = format!("{{{}}}", shuffled.join(","));
        prop_assert_eq!(parse(None, shuffled.as_bytes()), Ok(read(&document)));
    }
}
