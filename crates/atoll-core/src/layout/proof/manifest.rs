use crate::digest::Digest;
use crate::excerpt::excerpt;
use crate::layout::oci::{self, Annotations, Manifest};
use crate::manifest::media_types::OCI_INDEX;
use crate::manifest::{Descriptor, ParsedManifest};
use crate::openpgp::KeyId;
use crate::proof::Proof;

use super::{
    ANNOTATION_ORIGIN, ANNOTATION_PROOF, ANNOTATION_SIGNER, KEYS_TYPE, PROOF_TYPE, SIGNATURE_TYPE,
    SUMS_TYPE,
};

/// Something in the store, by its address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredBlob {
    /// The digest of the bytes.
    pub digest: Digest,
    /// How many there are.
    pub size_bytes: u64,
}

/// The proof of a version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProofManifest {
    /// The version's index.
    pub subject: StoredBlob,
    /// How the digests are known.
    pub proof: Proof,
    /// Who signed the sums: the id of the primary key.
    pub signer: Option<KeyId>,
    /// The host that it was captured from.
    pub origin: Option<String>,
    /// `SHA256SUMS`, byte for byte.
    pub sums: Option<StoredBlob>,
    /// `SHA256SUMS.sig`, byte for byte.
    pub signature: Option<StoredBlob>,
    /// The public keys as they were served, see [`super::KeyMaterial`].
    pub keys: Option<StoredBlob>,
}

/// Why a manifest can't be read as a proof.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProofManifestError {
    /// It is of another kind.
    #[error("the manifest is not a proof: its artifactType is {0:?}, not {PROOF_TYPE:?}")]
    ArtifactType(Box<str>),
    /// It is attached to nothing.
    #[error("the proof has no subject, so it proves nothing")]
    NoSubject,
    /// It doesn't say how much it is worth.
    #[error(
        "the proof's annotation {ANNOTATION_PROOF:?} is {0:?}; it is `signed`, `own`, `unsigned` or `hashed`"
    )]
    Proof(Box<str>),
    /// Its signer is no key.
    #[error("the proof's annotation {ANNOTATION_SIGNER:?} is {0:?}, which is not a key id")]
    Signer(Box<str>),
    /// It has two of what there is one of.
    #[error("the proof has several layers of type {0:?}")]
    TwoLayers(&'static str),
    /// A signed proof without what was signed.
    #[error("the proof claims to be `{proof}` but has no layer of type {missing:?}")]
    Incomplete {
        /// What it claims.
        proof: Proof,
        /// What would be needed.
        missing: &'static str,
    },
}

impl ProofManifest {
    /// The bytes of the manifest.
    pub fn to_bytes(&self) -> Vec<u8> {
        let layers = [
            (SUMS_TYPE, "SHA256SUMS", &self.sums),
            (SIGNATURE_TYPE, "SHA256SUMS.sig", &self.signature),
            (KEYS_TYPE, "keys.json", &self.keys),
        ];
        let layers = layers.into_iter().filter_map(|(media_type, title, blob)| {
            let blob = blob.as_ref()?;
            Some(oci::titled(
                oci::descriptor(media_type, blob.digest.clone(), blob.size_bytes),
                title,
            ))
        });
        let mut annotations = Annotations::from([(ANNOTATION_PROOF, self.proof.to_string())]);
        annotations.extend(
            self.signer
                .map(|signer| (ANNOTATION_SIGNER, signer.to_string())),
        );
        annotations.extend(
            self.origin
                .clone()
                .map(|origin| (ANNOTATION_ORIGIN, origin)),
        );
        let subject = oci::descriptor(
            OCI_INDEX,
            self.subject.digest.clone(),
            self.subject.size_bytes,
        );
        Manifest::new(PROOF_TYPE, layers.collect())
            .subject(subject)
            .annotations(annotations)
            .to_bytes()
    }

    /// Reads a manifest that was attached to an index, by us or by somebody else.
    pub fn read(manifest: &ParsedManifest) -> Result<Self, ProofManifestError> {
        let artifact_type = manifest.artifact_type.as_deref().unwrap_or_default();
        if artifact_type != PROOF_TYPE {
            return Err(ProofManifestError::ArtifactType(
                excerpt(artifact_type).into(),
            ));
        }
        let subject = manifest
            .subject
            .as_ref()
            .map(StoredBlob::of)
            .ok_or(ProofManifestError::NoSubject)?;
        let word = manifest
            .annotations
            .get(ANNOTATION_PROOF)
            .map(String::as_str)
            .unwrap_or_default();
        let proof = word
            .parse()
            .map_err(|_| ProofManifestError::Proof(excerpt(word).into()))?;
        let signer = manifest.annotations.get(ANNOTATION_SIGNER);
        let signer = signer.map(|id| {
            id.parse()
                .map_err(|_| ProofManifestError::Signer(excerpt(id).into()))
        });
        let found = Self {
            subject,
            proof,
            signer: signer.transpose()?,
            origin: manifest.annotations.get(ANNOTATION_ORIGIN).cloned(),
            sums: layer(manifest, SUMS_TYPE)?,
            signature: layer(manifest, SIGNATURE_TYPE)?,
            keys: layer(manifest, KEYS_TYPE)?,
        };
        found.check()?;
        Ok(found)
    }

    fn check(&self) -> Result<(), ProofManifestError> {
        let incomplete = |missing| {
            Err(ProofManifestError::Incomplete {
                proof: self.proof,
                missing,
            })
        };
        let (sums, signature) = match self.proof {
            Proof::Hashed => (false, false),
            Proof::Unsigned => (true, false),
            Proof::Own | Proof::Signed => (true, true),
        };
        match self {
            Self { sums: None, .. } if sums => incomplete(SUMS_TYPE),
            Self {
                signature: None, ..
            } if signature => incomplete(SIGNATURE_TYPE),
            Self { keys: None, .. } if signature => incomplete(KEYS_TYPE),
            _ => Ok(()),
        }
    }
}

impl StoredBlob {
    /// What a descriptor points at.
    pub fn of(descriptor: &Descriptor) -> Self {
        Self {
            digest: descriptor.digest.clone(),
            size_bytes: descriptor.size,
        }
    }
}

fn layer(
    manifest: &ParsedManifest,
    media_type: &'static str,
) -> Result<Option<StoredBlob>, ProofManifestError> {
    let mut layers = manifest
        .layers
        .iter()
        .filter(|layer| layer.media_type == media_type);
    match (layers.next(), layers.next()) {
        (_, Some(_)) => Err(ProofManifestError::TwoLayers(media_type)),
        (found, None) => Ok(found.map(StoredBlob::of)),
    }
}
