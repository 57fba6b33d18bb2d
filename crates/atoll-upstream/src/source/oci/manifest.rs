//! The manifest of a module package.

use atoll_core::digest::{Algorithm, Digest};
use serde::Deserialize;

/// What a manifest says.
///
/// Spec: <https://github.com/opencontainers/image-spec/blob/v1.1.1/manifest.md>
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ManifestJson {
    schema_version: u32,
    media_type: Option<String>,
    artifact_type: Option<String>,
    #[serde(default)]
    layers: Vec<LayerJson>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct LayerJson {
    media_type: String,
    digest: String,
    size: u64,
}

/// The one blob of a module package.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Layer {
    pub(super) digest: Digest,
    pub(super) size_bytes: u64,
}

pub(super) const MANIFEST_TYPE: &str = "application/vnd.oci.image.manifest.v1+json";
const ARTIFACT_TYPE: &str = "application/vnd.opentofu.modulepkg";
const LAYER_TYPE: &str = "archive/zip";

/// Finds the zip of a module package, or says what is wrong.
pub(super) fn zip_layer(bytes: &[u8], expected: Option<&Digest>) -> Result<Layer, String> {
    if let Some(expected) = expected
        && Digest::of(expected.algorithm(), bytes) != *expected
    {
        return Err(format!("its manifest is not {expected}"));
    }
    let manifest: ManifestJson = serde_json::from_slice(bytes)
        .map_err(|error| format!("its manifest can't be read: {error}"))?;
    let media_type = manifest.media_type.as_deref().unwrap_or(MANIFEST_TYPE);
    if manifest.schema_version != 2 || media_type != MANIFEST_TYPE {
        return Err(format!("it is a {media_type}, not a {MANIFEST_TYPE}"));
    }
    let artifact_type = manifest.artifact_type.as_deref().unwrap_or("nothing");
    if artifact_type != ARTIFACT_TYPE {
        return Err(format!(
            "its artifactType is {artifact_type}, not {ARTIFACT_TYPE}"
        ));
    }
    let mut zips = manifest
        .layers
        .iter()
        .filter(|layer| layer.media_type == LAYER_TYPE);
    let (Some(layer), None) = (zips.next(), zips.next()) else {
        return Err(format!("it has not exactly one {LAYER_TYPE} layer"));
    };
    let digest: Digest = layer
        .digest
        .parse()
        .map_err(|error| format!("its layer: {error}"))?;
    if digest.algorithm() != Algorithm::Sha256 {
        return Err("its layer is named by another algorithm than sha256".to_owned());
    }
    Ok(Layer {
        digest,
        size_bytes: layer.size,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn good() -> Value {
        let digest = Digest::sha256(b"zip").to_string();
        json!({
            "schemaVersion": 2, "mediaType": MANIFEST_TYPE, "artifactType": ARTIFACT_TYPE,
            "layers": [{"mediaType": LAYER_TYPE, "digest": digest, "size": 3}],
        })
    }

    #[test]
    fn a_package_has_one_zip() {
        let bytes = good().to_string();
        let layer = zip_layer(bytes.as_bytes(), None).unwrap();
        assert_eq!(
            (layer.digest, layer.size_bytes),
            (Digest::sha256(b"zip"), 3)
        );
        let expected = Digest::sha256(bytes.as_bytes());
        assert!(zip_layer(bytes.as_bytes(), Some(&expected)).is_ok());
        assert!(zip_layer(bytes.as_bytes(), Some(&Digest::sha256(b""))).is_err());
    }

    #[test]
    fn everything_else_is_refused() {
        for (field, value) in [
            ("schemaVersion", json!(1)),
            (
                "mediaType",
                json!("application/vnd.oci.image.index.v1+json"),
            ),
            ("artifactType", json!("application/vnd.opentofu.provider")),
            ("artifactType", Value::Null),
            ("layers", json!([])),
            (
                "layers",
                json!([{"mediaType": LAYER_TYPE, "digest": "sha256:../x", "size": 1}]),
            ),
        ] {
            let mut manifest = good();
            manifest[field] = value;
            assert!(
                zip_layer(manifest.to_string().as_bytes(), None).is_err(),
                "{field}"
            );
        }
        assert!(zip_layer(b"[", None).is_err());
    }
}
