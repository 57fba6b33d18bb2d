//! Whole documents, good and hostile.

mod limits;
mod members;
mod types;

use serde_json::{Value, json};

use super::*;
use crate::digest::Digest;
use crate::kind::ErrorKind;

fn descriptor(media_type: &str) -> Value {
    json!({"mediaType": media_type, "digest": Digest::sha256(b"x").to_string(), "size": 1})
}

fn image() -> Value {
    json!({
        "schemaVersion": 2, "mediaType": media_types::OCI_MANIFEST,
        "config": descriptor("c"), "layers": [descriptor("l")],
    })
}

fn index() -> Value {
    let child = descriptor(media_types::OCI_MANIFEST);
    json!({"schemaVersion": 2, "mediaType": media_types::OCI_INDEX, "manifests": [child]})
}

fn artifact() -> Value {
    json!({
        "mediaType": media_types::OCI_ARTIFACT, "artifactType": "x/y", "blobs": [descriptor("b")],
        "subject": descriptor(media_types::OCI_MANIFEST),
    })
}

fn read(document: &Value) -> ParsedManifest {
    parse(None, document.to_string().as_bytes()).unwrap()
}

fn refused(content_type: Option<&str>, document: &Value) -> ManifestError {
    let error = parse(content_type, document.to_string().as_bytes()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
    error
}

/// The document with one member set, at a JSON pointer whose parent exists.
fn with(mut document: Value, pointer: &str, value: Value) -> Value {
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    match document.pointer_mut(parent).unwrap() {
        Value::Array(items) => items[key.parse::<usize>().unwrap()] = value,
        object => object[key] = value,
    }
    document
}

fn without(mut document: Value, key: &str) -> Value {
    document.as_object_mut().unwrap().remove(key);
    document
}
