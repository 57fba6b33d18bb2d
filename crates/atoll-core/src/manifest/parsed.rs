//! What was read.

use std::collections::BTreeMap;

use super::descriptor::Descriptor;
use crate::digest::Digest;

/// What a manifest is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ManifestKind {
    /// A configuration and layers.
    Image,
    /// A list of manifests.
    Index,
    /// A list of blobs, in the form that went before 1.1.
    Artifact,
}

/// A manifest that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParsedManifest {
    /// What it is.
    pub kind: ManifestKind,
    /// How it is served: as it was pushed. One of [`super::media_types::MANIFESTS`].
    pub media_type: String,
    /// What kind of artifact it says it is.
    pub artifact_type: Option<String>,
    /// The configuration of an image.
    pub config: Option<Descriptor>,
    /// The layers of an image, or the blobs of an old artifact.
    pub layers: Vec<Descriptor>,
    /// The manifests of an index.
    pub manifests: Vec<Descriptor>,
    /// What it refers to.
    pub subject: Option<Descriptor>,
    /// Notes.
    pub annotations: BTreeMap<String, String>,
}

impl ParsedManifest {
    /// The blobs that must be here for it: configuration and layers, but for layers that need not be handed on.
    pub fn blobs(&self) -> impl Iterator<Item = &Descriptor> {
        let layers = self
            .layers
            .iter()
            .filter(|layer| !layer.is_nondistributable());
        self.config.iter().chain(layers)
    }

    /// What it names and may do without: the manifests of an index, and layers that need not be handed on. What is here of
    /// it stays here all the same, for as long as the manifest does.
    pub fn optional(&self) -> impl Iterator<Item = &Descriptor> {
        let layers = self
            .layers
            .iter()
            .filter(|layer| layer.is_nondistributable());
        self.manifests.iter().chain(layers)
    }

    /// What a list of referrers says it is: its own type, else its configuration's; an index without one has none.
    pub fn referrer_type(&self) -> Option<&str> {
        let of_config = || {
            self.config
                .as_ref()
                .map(|config| config.media_type.as_str())
        };
        self.artifact_type
            .as_deref()
            .or_else(of_config)
            .filter(|text| !text.is_empty())
    }

    /// What a list of referrers says of it, given the digest and the size of its bytes.
    ///
    /// Spec: <https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#listing-referrers>
    pub fn to_referrer(&self, digest: Digest, size: u64) -> Descriptor {
        Descriptor {
            media_type: self.media_type.clone(),
            digest,
            size,
            artifact_type: self.referrer_type().map(str::to_owned),
            annotations: (!self.annotations.is_empty()).then(|| self.annotations.clone()),
            urls: None,
            platform: None,
            data: None,
        }
    }

    pub(super) fn descriptors(&self) -> impl Iterator<Item = &Descriptor> {
        self.config
            .iter()
            .chain(&self.layers)
            .chain(&self.manifests)
            .chain(&self.subject)
    }
}
