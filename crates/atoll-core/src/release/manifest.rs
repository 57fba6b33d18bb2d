use serde::Deserialize;

use super::protocols::Protocols;

/// The longest manifest that is read, in bytes.
pub const MANIFEST_BYTES_MAX: usize = 64 << 10;

/// `terraform-registry-manifest.json`, read strictly: `{"version":1,"metadata":{"protocol_versions":["6.0"]}}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegistryManifest {
    /// The protocol versions that the provider speaks.
    pub protocols: Protocols,
}

/// Why a release's manifest can't be read.
#[derive(Debug, thiserror::Error)]
pub enum RegistryManifestError {
    /// The file is too long.
    #[error("the registry manifest is {0} bytes long; at most {MANIFEST_BYTES_MAX} are read")]
    TooLarge(usize),
    /// It is not what a manifest looks like.
    #[error(
        r#"the registry manifest is not of the form {{"version":1,"metadata":{{"protocol_versions":["6.0"]}}}}"#
    )]
    Form(#[source] serde_json::Error),
    /// It is one of the future.
    #[error("the registry manifest has version {0}; only version 1 is known")]
    Version(u64),
}

impl RegistryManifest {
    /// Reads the file.
    pub fn parse(bytes: &[u8]) -> Result<Self, RegistryManifestError> {
        if bytes.len() > MANIFEST_BYTES_MAX {
            return Err(RegistryManifestError::TooLarge(bytes.len()));
        }
        // The version comes first: a later one may have any other form.
        let head: VersionOnly =
            serde_json::from_slice(bytes).map_err(RegistryManifestError::Form)?;
        if head.version != 1 {
            return Err(RegistryManifestError::Version(head.version));
        }
        let document: Document =
            serde_json::from_slice(bytes).map_err(RegistryManifestError::Form)?;
        Ok(Self {
            protocols: document.metadata.protocol_versions,
        })
    }
}

#[derive(Deserialize)]
struct VersionOnly {
    version: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    #[serde(rename = "version")]
    _version: u64,
    metadata: Metadata,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Metadata {
    protocol_versions: Protocols,
}
