//! Blobs and manifests for tests.

use atoll_core::digest::{Algorithm, Digest};
use atoll_core::manifest::media_types::{OCI_EMPTY, OCI_INDEX, OCI_MANIFEST};
use bytes::Bytes;
use serde_json::{Value, json};

pub(super) const LAYER_GZIP: &str = "application/vnd.oci.image.layer.v1.tar+gzip";
pub(super) const LAYER_TAR: &str = "application/vnd.oci.image.layer.v1.tar";
pub(super) const IMAGE_CONFIG: &str = "application/vnd.oci.image.config.v1+json";

/// Some bytes and what they are called.
#[derive(Clone, Debug)]
pub(super) struct Blob {
    pub(super) digest: Digest,
    pub(super) bytes: Bytes,
}

impl Blob {
    pub(super) fn new(algorithm: Algorithm, bytes: impl Into<Bytes>) -> Self {
        let bytes = bytes.into();
        Self {
            digest: Digest::of(algorithm, &bytes),
            bytes,
        }
    }

    /// Bytes that follow from the seed and from nothing else, and that differ from those of other seeds.
    pub(super) fn filled(algorithm: Algorithm, seed: &str, length: usize) -> Self {
        let mut state = seed.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, b| {
            (hash ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3)
        });
        let mut next = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state.to_le_bytes()[3]
        };
        Self::new(algorithm, (0..length).map(|_| next()).collect::<Vec<u8>>())
    }

    /// `{}`, the configuration of artifacts that have none.
    pub(super) fn empty_json(algorithm: Algorithm) -> Self {
        Self::new(algorithm, "{}")
    }

    pub(super) fn descriptor(&self, media_type: &str) -> Value {
        json!({"mediaType": media_type, "digest": self.digest.to_string(), "size": self.bytes.len()})
    }
}

/// A manifest as it is pushed.
#[derive(Clone, Debug)]
pub(super) struct Document {
    pub(super) media_type: &'static str,
    pub(super) digest: Digest,
    pub(super) bytes: Bytes,
}

impl Document {
    pub(super) fn new(algorithm: Algorithm, media_type: &'static str, value: &Value) -> Self {
        // Not the form that a serializer would choose: the registry must keep every byte.
        let bytes = Bytes::from(format!("{value:#}\n "));
        Self {
            media_type,
            digest: Digest::of(algorithm, &bytes),
            bytes,
        }
    }

    pub(super) fn descriptor(&self) -> Value {
        json!({"mediaType": self.media_type, "digest": self.digest.to_string(), "size": self.bytes.len()})
    }
}

/// An image manifest over blobs, to be changed and made a [`Document`].
pub(super) fn image(config: &Blob, layers: &[Value]) -> Value {
    json!({
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "config": config.descriptor(IMAGE_CONFIG),
        "layers": layers,
    })
}

/// An artifact: an image manifest with the empty configuration and a type of its own.
pub(super) fn artifact(empty: &Blob, artifact_type: &str, layers: &[Value]) -> Value {
    json!({
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "artifactType": artifact_type,
        "config": empty.descriptor(OCI_EMPTY),
        "layers": layers,
    })
}

/// An index over manifests.
pub(super) fn index(manifests: &[Value]) -> Value {
    json!({"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": manifests})
}
