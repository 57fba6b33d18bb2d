//! Pushing, reading and deleting manifests.

use atoll_core::digest::Digest;
use atoll_core::manifest;
use atoll_core::origin::Origin;
use atoll_core::reference::{Reference, Tag};
use atoll_core::repository::RepositoryName;
use atoll_db::manifests;
pub use atoll_db::manifests::StoredManifest;
use bytes::Bytes;

use super::Registry;
use super::errors::{ManifestPushError, ReadError};
use super::plan::{Plan, PlannedManifest};

/// A manifest as a client pushes it.
pub struct ManifestPush {
    /// A tag, or the digest of the bytes.
    pub reference: Reference,
    /// More tags for the same manifest.
    pub tags: Vec<Tag>,
    /// What the client calls it.
    pub content_type: Option<String>,
    /// A condition on the tag's present value.
    pub if_match: Option<String>,
    /// The bytes.
    pub body: Bytes,
}

/// What was stored.
#[derive(Debug)]
pub struct PushedManifest {
    /// In the algorithm that the client asked for.
    pub digest: Digest,
    /// What it refers to.
    pub subject: Option<Digest>,
    /// The tags that were set besides the reference.
    pub tags: Vec<Tag>,
}

impl Registry {
    /// Stores a manifest byte for byte and points its tags at it.
    pub async fn push_manifest(
        &self,
        repository: &RepositoryName,
        push: ManifestPush,
    ) -> Result<PushedManifest, ManifestPushError> {
        let parsed = manifest::parse(push.content_type.as_deref(), &push.body)?;
        let digest = digest_as_named(&push.reference, &push.body)?;
        let subject = parsed
            .subject
            .as_ref()
            .map(|descriptor| descriptor.digest.clone());
        let mut plan = Plan::new(repository.clone(), Origin::Pushed);
        if let Reference::Tag(tag) = push.reference {
            plan.tags.push((tag, digest.clone()));
        }
        plan.tags
            .extend(push.tags.iter().map(|tag| (tag.clone(), digest.clone())));
        plan.if_match = push.if_match;
        plan.manifests.push(PlannedManifest {
            digest: digest.clone(),
            parsed,
            body: push.body,
        });
        self.apply(plan).await?;
        Ok(PushedManifest {
            digest,
            subject,
            tags: push.tags,
        })
    }

    /// A manifest of the repository, by tag or digest.
    pub async fn find_manifest(
        &self,
        repository: &RepositoryName,
        reference: &Reference,
    ) -> Result<Option<StoredManifest>, ReadError> {
        let Some(row) = self.db.find_repository(repository).await? else {
            return Ok(None);
        };
        let mut read = self.db.read().await?;
        let found = match reference {
            Reference::Tag(tag) => manifests::find_by_tag(&mut read, row.id, tag).await,
            Reference::Digest(digest) => manifests::find(&mut read, row.id, digest).await,
        };
        Ok(found?)
    }
}

/// The digest of the bytes, in the algorithm that the client named; sha256 where it named none.
fn digest_as_named(reference: &Reference, body: &[u8]) -> Result<Digest, ManifestPushError> {
    match reference {
        Reference::Tag(_) => Ok(Digest::sha256(body)),
        Reference::Digest(expected) => {
            let actual = Digest::of(expected.algorithm(), body);
            if actual == *expected {
                Ok(actual)
            } else {
                Err(ManifestPushError::DigestMismatch {
                    expected: expected.clone(),
                    actual,
                })
            }
        }
    }
}
