//! What proves the digests of a version: a manifest attached to its index, with the sums, their signature and the keys.
//!
//! Spec: <https://github.com/opencontainers/image-spec/blob/v1.1.1/manifest.md#image-manifest-property-descriptions>
//! (`subject`)

mod keys;
mod manifest;
#[cfg(test)]
mod tests;

pub use keys::{KEYS_BYTES_MAX, KeyMaterial, KeysError, parse_keys, render_keys};
pub use manifest::{ProofManifest, ProofManifestError, StoredBlob};

/// The artifact type of the manifest.
pub const PROOF_TYPE: &str = "application/vnd.atoll.shasums.v1";

/// The media type of the layer with `SHA256SUMS`.
pub const SUMS_TYPE: &str = "application/vnd.atoll.shasums.v1.sums";

/// The media type of the layer with the binary signature.
pub const SIGNATURE_TYPE: &str = "application/vnd.atoll.shasums.v1.signature";

/// The media type of the layer with the public keys, a JSON list of [`KeyMaterial`].
pub const KEYS_TYPE: &str = "application/vnd.atoll.shasums.v1.keys+json";

/// The annotation with the kind of proof, see [`crate::proof::Proof`].
pub const ANNOTATION_PROOF: &str = "vnd.atoll.proof";

/// The annotation with the id of the key that made the signature.
pub const ANNOTATION_SIGNER: &str = "vnd.atoll.signer";

/// The annotation with the host that the proof was captured from.
pub const ANNOTATION_ORIGIN: &str = "vnd.atoll.origin";
