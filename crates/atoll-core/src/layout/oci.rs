use std::collections::BTreeMap;

use serde::Serialize;

use crate::digest::Digest;
use crate::manifest::Descriptor;
use crate::manifest::media_types::{OCI_EMPTY, OCI_INDEX, OCI_MANIFEST};

/// The content of a config that says nothing. Manifests refer to it, so it must be in the store with them.
///
/// Spec: <https://github.com/opencontainers/image-spec/blob/v1.1.1/manifest.md#guidance-for-an-empty-descriptor>
pub const EMPTY_CONFIG: &[u8] = b"{}";

/// The annotation with the file name of a layer, which `oras pull` writes it under.
pub const ANNOTATION_TITLE: &str = "org.opencontainers.image.title";

/// The annotation with the version as people write it: tags can't have a `+`.
pub const ANNOTATION_VERSION: &str = "org.opencontainers.image.version";

pub(super) type Annotations = BTreeMap<&'static str, String>;

/// An image manifest, members in the order they are written.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Manifest {
    schema_version: u8,
    media_type: &'static str,
    artifact_type: &'static str,
    config: Descriptor,
    layers: Vec<Descriptor>,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<Descriptor>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    annotations: Annotations,
}

/// An image index, members in the order they are written.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Index {
    schema_version: u8,
    media_type: &'static str,
    artifact_type: &'static str,
    manifests: Vec<Descriptor>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    annotations: Annotations,
}

impl Manifest {
    pub(super) fn new(artifact_type: &'static str, layers: Vec<Descriptor>) -> Self {
        let config = empty();
        // A manifest has at least one layer, be it an empty one.
        let layers = if layers.is_empty() {
            vec![empty()]
        } else {
            layers
        };
        Self {
            schema_version: 2,
            media_type: OCI_MANIFEST,
            artifact_type,
            config,
            layers,
            subject: None,
            annotations: Annotations::new(),
        }
    }

    pub(super) fn subject(self, subject: Descriptor) -> Self {
        Self {
            subject: Some(subject),
            ..self
        }
    }

    pub(super) fn annotations(self, annotations: Annotations) -> Self {
        Self {
            annotations,
            ..self
        }
    }

    pub(super) fn to_bytes(&self) -> Vec<u8> {
        to_bytes(self)
    }
}

impl Index {
    pub(super) fn new(
        artifact_type: &'static str,
        manifests: Vec<Descriptor>,
        annotations: Annotations,
    ) -> Self {
        Self {
            schema_version: 2,
            media_type: OCI_INDEX,
            artifact_type,
            manifests,
            annotations,
        }
    }

    pub(super) fn to_bytes(&self) -> Vec<u8> {
        to_bytes(self)
    }
}

/// A descriptor of some content. Its members are written in the order in which its type lists them.
pub(super) fn descriptor(media_type: &str, digest: Digest, size: u64) -> Descriptor {
    Descriptor {
        media_type: media_type.to_owned(),
        digest,
        size,
        artifact_type: None,
        annotations: None,
        urls: None,
        platform: None,
        data: None,
    }
}

/// A descriptor with the file name of the content.
pub(super) fn titled(descriptor: Descriptor, name: &str) -> Descriptor {
    let annotations = Some(BTreeMap::from([(
        ANNOTATION_TITLE.to_owned(),
        name.to_owned(),
    )]));
    Descriptor {
        annotations,
        ..descriptor
    }
}

fn empty() -> Descriptor {
    descriptor(
        OCI_EMPTY,
        Digest::sha256(EMPTY_CONFIG),
        EMPTY_CONFIG.len() as u64,
    )
}

pub(super) fn to_bytes(document: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(document).expect("a document of texts and numbers is always JSON")
}
