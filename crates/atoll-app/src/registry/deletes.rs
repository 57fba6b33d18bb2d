//! Deleting manifests and tags.

use atoll_core::digest::Digest;
use atoll_core::reference::{Reference, Tag};
use atoll_core::repository::RepositoryName;
use atoll_db::repositories::Repository;
use atoll_db::{Tx, manifests, providers, tags, tombstones};

use super::Registry;
use super::apply::is_fixed;
use super::errors::ManifestDeleteError;
use crate::failure::Failure;

impl Registry {
    /// Deletes a manifest with all its tags, or one tag. A version of a typed family leaves a tombstone, and the parts of a
    /// version that stays can't be deleted. `false` where there is nothing of that name.
    pub async fn delete_manifest(
        &self,
        name: &RepositoryName,
        reference: &Reference,
    ) -> Result<bool, ManifestDeleteError> {
        let Some(repository) = self.db.find_repository(name).await? else {
            return Ok(false);
        };
        let (this, reference) = (self.clone(), reference.clone());
        let work = async move {
            let (repository, reference) = (&repository, &reference);
            this.db
                .transact("manifest.delete", |tx| {
                    Box::pin(delete(tx, repository, reference))
                })
                .await
        };
        self.tasks
            .run_to_completion("manifest.delete", work)
            .await
            .map_err(Failure::from)?
    }
}

async fn delete(
    tx: &mut Tx,
    repository: &Repository,
    reference: &Reference,
) -> Result<bool, ManifestDeleteError> {
    match reference {
        Reference::Tag(tag) => delete_tag(tx, repository, tag).await,
        Reference::Digest(digest) => delete_digest(tx, repository, digest).await,
    }
}

async fn delete_tag(
    tx: &mut Tx,
    repository: &Repository,
    tag: &Tag,
) -> Result<bool, ManifestDeleteError> {
    let Some(digest) = tags::delete(tx, repository.id, tag).await? else {
        return Ok(false);
    };
    bury(tx, repository, tag, &digest).await?;
    Ok(true)
}

async fn delete_digest(
    tx: &mut Tx,
    repository: &Repository,
    digest: &Digest,
) -> Result<bool, ManifestDeleteError> {
    if repository.name.family().is_some() || repository.immutable_tags {
        let above = manifests::tagged_above(tx, repository.id, digest, 1).await?;
        if let Some(tagged) = above.into_iter().find(|tagged| tagged.digest != *digest) {
            return Err(ManifestDeleteError::PartOfVersion {
                repository: repository.name.clone(),
                digest: digest.clone(),
                tag: tagged.tag,
            });
        }
    }
    let Some(tags) = manifests::unlink(tx, repository.id, digest).await? else {
        return Ok(false);
    };
    for tag in tags {
        bury(tx, repository, &tag, digest).await?;
    }
    Ok(true)
}

/// Notes that something published for good was deleted, and takes it out of the lists.
async fn bury(
    tx: &mut Tx,
    repository: &Repository,
    tag: &Tag,
    digest: &Digest,
) -> Result<(), Failure> {
    if is_fixed(repository, tag) {
        providers::delete_of_tag(tx, repository.id, tag).await?;
        tombstones::put(tx, repository.id, tag, digest, crate::now()).await?;
    }
    Ok(())
}
