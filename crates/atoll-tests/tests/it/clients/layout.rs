//! OCI image layouts, written by hand.

use std::path::{Path, PathBuf};

use atoll_core::digest::Digest;
use atoll_core::manifest::media_types::{OCI_INDEX, OCI_MANIFEST};
use serde_json::{Value, json};

use super::image;

/// The annotation by which an image layout names what it holds.
const ANNOTATION_REF: &str = "org.opencontainers.image.ref.name";

/// A directory that is an OCI image layout.
pub(super) struct Layout {
    dir: PathBuf,
    roots: Vec<Value>,
}

impl Layout {
    /// An empty layout in a new directory.
    pub(super) fn create(dir: PathBuf) -> Self {
        std::fs::create_dir_all(dir.join("blobs/sha256")).unwrap();
        std::fs::write(dir.join("oci-layout"), r#"{"imageLayoutVersion":"1.0.0"}"#).unwrap();
        Self {
            dir,
            roots: Vec::new(),
        }
    }

    /// Adds bytes; the answer describes them.
    pub(super) fn add(&self, media_type: &str, bytes: &[u8]) -> Value {
        let digest = Digest::sha256(bytes);
        std::fs::write(self.dir.join("blobs/sha256").join(digest.hex()), bytes).unwrap();
        json!({"mediaType": media_type, "digest": digest.to_string(), "size": bytes.len()})
    }

    /// Adds a manifest or index.
    pub(super) fn add_manifest(&self, manifest: &Value) -> Value {
        let media_type = manifest["mediaType"].as_str().unwrap();
        self.add(media_type, manifest.to_string().as_bytes())
    }

    /// Adds an image of one layer.
    pub(super) fn add_image(&self, config: &Value, layer: &[u8]) -> Value {
        self.add_manifest(&json!({
            "schemaVersion": 2,
            "mediaType": OCI_MANIFEST,
            "config": self.add(image::CONFIG, config.to_string().as_bytes()),
            "layers": [self.add(image::LAYER, layer)],
        }))
    }

    /// Names what was added.
    pub(super) fn tag(&mut self, name: &str, mut descriptor: Value) {
        descriptor["annotations"] = json!({ANNOTATION_REF: name});
        self.roots.push(descriptor);
        let index = json!({"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": self.roots});
        std::fs::write(self.dir.join("index.json"), index.to_string()).unwrap();
    }

    /// What clients of the `oci:` transport call it.
    pub(super) fn reference(&self, name: &str) -> String {
        format!("oci:{}:{name}", self.dir.display())
    }
}

/// What a client wrote: the only root of a layout, and the manifests and blobs below it, each with the digest that it says.
pub(super) struct Written {
    dir: PathBuf,
    /// The root's digest.
    pub(super) digest: String,
}

impl Written {
    pub(super) fn read(dir: &Path) -> Self {
        let index: Value =
            serde_json::from_slice(&std::fs::read(dir.join("index.json")).unwrap()).unwrap();
        let digest = index["manifests"][0]["digest"].as_str().unwrap().to_owned();
        Self {
            dir: dir.to_owned(),
            digest,
        }
    }

    /// The bytes with this digest, which must be theirs.
    pub(super) fn blob(&self, digest: &str) -> Vec<u8> {
        let bytes = std::fs::read(self.dir.join("blobs").join(digest.replace(':', "/"))).unwrap();
        assert_eq!(Digest::sha256(&bytes).to_string(), digest);
        bytes
    }

    /// A manifest.
    pub(super) fn manifest(&self, digest: &str) -> Value {
        serde_json::from_slice(&self.blob(digest)).unwrap()
    }
}
