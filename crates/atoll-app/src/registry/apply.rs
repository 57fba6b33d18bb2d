//! The one way into a repository.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use atoll_core::digest::Digest;
use atoll_core::entity_tag;
use atoll_core::manifest::Descriptor;
use atoll_core::reference::Tag;
use atoll_core::repository::RepositoryName;
use atoll_core::time_micros::Micros;
use atoll_core::version::Version;
use atoll_db::blobs::{self, BlobOrigin};
use atoll_db::manifests::{self, Insertion, NewManifest};
use atoll_db::repositories::{self, Repository};
use atoll_db::{Tx, tags, tombstones};

use super::Registry;
use super::errors::ManifestPushError;
use super::plan::{Plan, PlannedBlob, PlannedManifest};
use super::uploads::UNREFERENCED_LEASE_SECS;
use crate::failure::Failure;
use crate::projection;

impl Registry {
    /// Makes everything that the plan says visible at once, or nothing of it.
    ///
    /// # Cancellation
    ///
    /// Dropping this future does not stop the work; it finishes on its own task.
    pub async fn apply(&self, plan: Plan) -> Result<(), ManifestPushError> {
        let this = self.clone();
        let work = async move {
            this.compute_facts(&plan).await?;
            let plan = &plan;
            this.db
                .transact("store.apply", |tx| Box::pin(write(tx, plan)))
                .await
        };
        self.tasks
            .run_to_completion("store.apply", work)
            .await
            .map_err(Failure::from)?
    }
}

async fn write(tx: &mut Tx, plan: &Plan) -> Result<(), ManifestPushError> {
    let now = crate::now();
    let repository =
        repositories::get_or_create(tx, &plan.repository, plan.visibility_when_new, now).await?;
    for blob in &plan.blobs {
        write_blob(tx, &repository, blob, now).await?;
    }
    for manifest in &plan.manifests {
        write_manifest(tx, &repository, manifest, now).await?;
    }
    check_condition(tx, &repository, plan).await?;
    for (tag, digest) in &plan.tags {
        point(tx, &repository, tag, digest, now).await?;
        projection::project(tx, &repository, tag, digest, plan.known_by(), now).await?;
    }
    Ok(())
}

async fn write_blob(
    tx: &mut Tx,
    repository: &Repository,
    blob: &PlannedBlob,
    now: Micros,
) -> Result<(), Failure> {
    let lease = now.plus_secs(UNREFERENCED_LEASE_SECS);
    let digest = match blob {
        PlannedBlob::Held { digest, size } => {
            blobs::insert_held(tx, digest, *size, lease, now).await?;
            digest
        }
        PlannedBlob::Lazy {
            digest,
            size,
            upstream,
            locator,
        } => {
            let origin = BlobOrigin {
                upstream: upstream.clone(),
                locator: locator.clone(),
                learnt_at: now,
            };
            blobs::insert_lazy(tx, digest, *size, &origin, lease).await?;
            digest
        }
    };
    blobs::link(tx, repository.id, digest, now).await?;
    Ok(())
}

async fn write_manifest(
    tx: &mut Tx,
    repository: &Repository,
    manifest: &PlannedManifest,
    now: Micros,
) -> Result<(), ManifestPushError> {
    let parsed = &manifest.parsed;
    let needed: BTreeMap<&Digest, &Descriptor> = parsed
        .blobs()
        .map(|descriptor| (&descriptor.digest, descriptor))
        .collect();
    let needed_digests: Vec<Digest> = needed.keys().map(|digest| (*digest).clone()).collect();
    let here = blobs::find_many_in_repository(tx, repository.id, &needed_digests).await?;
    let sizes: HashMap<&Digest, u64> = here.iter().map(|row| (&row.digest, row.size)).collect();
    let missing: Vec<Digest> = needed_digests
        .iter()
        .filter(|digest| !sizes.contains_key(digest))
        .cloned()
        .collect();
    if !missing.is_empty() {
        return Err(ManifestPushError::BlobsUnknown(missing));
    }
    if let Some((digest, descriptor)) = needed
        .iter()
        .find(|(digest, descriptor)| sizes.get(*digest) != Some(&descriptor.size))
    {
        let actual = sizes.get(digest).copied().unwrap_or_default();
        return Err(ManifestPushError::SizeMismatch {
            digest: (*digest).clone(),
            claimed: descriptor.size,
            actual,
        });
    }
    let children: BTreeSet<&Digest> = parsed
        .optional()
        .map(|descriptor| &descriptor.digest)
        .collect();
    let children: Vec<Digest> = children.into_iter().cloned().collect();
    let new = NewManifest {
        digest: &manifest.digest,
        media_type: &parsed.media_type,
        body: &manifest.body,
        artifact_type: parsed.referrer_type(),
        subject: parsed.subject.as_ref().map(|descriptor| &descriptor.digest),
        annotations: &parsed.annotations,
        blobs: &needed_digests,
        children: &children,
    };
    match manifests::insert(tx, &new, now).await? {
        Insertion::New | Insertion::Known => {}
        Insertion::MissingBlobs(missing) => return Err(ManifestPushError::BlobsUnknown(missing)),
    }
    manifests::link(tx, repository.id, &manifest.digest, now).await?;
    Ok(())
}

/// Whether the first tag is still where the client saw it.
async fn check_condition(
    tx: &mut Tx,
    repository: &Repository,
    plan: &Plan,
) -> Result<(), ManifestPushError> {
    let (Some(list), Some((tag, _))) = (&plan.if_match, plan.tags.first()) else {
        return Ok(());
    };
    let present = tags::find(tx, repository.id, tag).await?;
    match present {
        Some(digest) if entity_tag::names(list, &digest) => Ok(()),
        _ => Err(ManifestPushError::TagMoved),
    }
}

/// Points a tag. A published version stays where it is, but for platforms that join it; a deleted one comes back as it was.
async fn point(
    tx: &mut Tx,
    repository: &Repository,
    tag: &Tag,
    digest: &Digest,
    now: Micros,
) -> Result<(), ManifestPushError> {
    if is_fixed(repository, tag) {
        let tombstone = tombstones::find(tx, repository.id, tag).await?;
        if let Some(tombstone) = tombstone {
            if tombstone.digest != *digest {
                let (existing, offered) =
                    projection::compare(tx, repository, &tombstone.digest, digest).await?;
                return Err(ManifestPushError::Deleted {
                    repository: repository.name.clone(),
                    tag: tag.clone(),
                    existing: Box::new(existing),
                    offered: Box::new(offered),
                });
            }
            tombstones::delete(tx, repository.id, tag).await?;
        }
        let existing = tags::find(tx, repository.id, tag).await?;
        if let Some(existing) = existing.filter(|existing| existing != digest)
            && !projection::extends(tx, repository, &existing, digest).await?
        {
            let (existing, offered) =
                projection::compare(tx, repository, &existing, digest).await?;
            return Err(ManifestPushError::TagTaken {
                repository: repository.name.clone(),
                tag: tag.clone(),
                existing: Box::new(existing),
                offered: Box::new(offered),
            });
        }
    }
    tags::point(tx, repository.id, tag, digest, now).await?;
    Ok(())
}

/// Whether what a tag points to is published for good: versions in the typed families, and all tags where the repository says so.
pub(crate) fn is_fixed(repository: &Repository, tag: &Tag) -> bool {
    repository.immutable_tags || is_version(&repository.name, tag)
}

/// Whether a tag is a version in a typed family; others, such as `sha256-….sig`, are plain tags.
fn is_version(name: &RepositoryName, tag: &Tag) -> bool {
    name.family().is_some() && Version::from_tag(tag).is_ok()
}
