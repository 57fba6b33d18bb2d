//! What one change adds to a repository. A push over the registry protocol, a provider's publication, a mirror's capture
//! and an import are all plans, and end in [`super::Registry::apply`].

use atoll_core::digest::Digest;
use atoll_core::layout::proof::PROOF_TYPE;
use atoll_core::manifest::{self, ManifestError, ParsedManifest};
use atoll_core::origin::Origin;
use atoll_core::permission::Visibility;
use atoll_core::proof::Proof;
use atoll_core::reference::Tag;
use atoll_core::repository::RepositoryName;
use bytes::Bytes;

/// Blobs, manifests and tags that join a repository in one transaction.
pub struct Plan {
    /// The repository; made where there is none.
    pub repository: RepositoryName,
    /// Who may read a repository that is made by this plan.
    pub visibility_when_new: Visibility,
    /// Blobs to link, before the manifests that name them.
    pub blobs: Vec<PlannedBlob>,
    /// Manifests, children before their parents.
    pub manifests: Vec<PlannedManifest>,
    /// Tags, and what they are to point to.
    pub tags: Vec<(Tag, Digest)>,
    /// A condition on the first tag: entity tags as `If-Match` lists them.
    pub if_match: Option<String>,
    /// How the content came here.
    pub origin: Origin,
    /// How its digests are known. The use case that makes the plan has verified it.
    pub proof: Proof,
}

/// How the content of a version is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KnownBy {
    pub(crate) origin: Origin,
    pub(crate) proof: Proof,
    /// The proof's manifest, where it comes with the version.
    pub(crate) proof_manifest: Option<Digest>,
}

/// A blob of a plan.
pub enum PlannedBlob {
    /// Its bytes are in the blob store already.
    Held {
        /// Its digest.
        digest: Digest,
        /// Its length in bytes.
        size: u64,
    },
    /// Its bytes are fetched when somebody asks.
    Lazy {
        /// Its digest.
        digest: Digest,
        /// Its length in bytes.
        size: u64,
        /// The upstream's name.
        upstream: String,
        /// What the upstream needs to find it again, as JSON.
        locator: String,
    },
}

/// A manifest of a plan.
pub struct PlannedManifest {
    /// The digest of its bytes.
    pub digest: Digest,
    /// What it says.
    pub parsed: ParsedManifest,
    /// Its bytes.
    pub body: Bytes,
}

impl Plan {
    pub(crate) fn known_by(&self) -> KnownBy {
        let is_proof = |manifest: &&PlannedManifest| {
            manifest.parsed.artifact_type.as_deref() == Some(PROOF_TYPE)
        };
        let proof_manifest = self
            .manifests
            .iter()
            .find(is_proof)
            .map(|manifest| manifest.digest.clone());
        KnownBy {
            origin: self.origin,
            proof: self.proof,
            proof_manifest,
        }
    }

    /// An empty plan, of content that is known by its digests alone.
    pub fn new(repository: RepositoryName, origin: Origin) -> Self {
        Self {
            repository,
            visibility_when_new: Visibility::Private,
            blobs: Vec::new(),
            manifests: Vec::new(),
            tags: Vec::new(),
            if_match: None,
            origin,
            proof: Proof::Hashed,
        }
    }
}

impl PlannedManifest {
    /// A manifest that we wrote ourselves.
    pub fn of(body: impl Into<Bytes>) -> Result<Self, ManifestError> {
        let body = body.into();
        let parsed = manifest::parse(None, &body)?;
        Ok(Self {
            digest: Digest::sha256(&body),
            parsed,
            body,
        })
    }
}
