//! One version of a module.

use atoll_core::address::ModuleAddr;
use atoll_core::digest::Digest;
use atoll_core::origin::Origin;
use atoll_core::proof::Proof;
use atoll_core::reference::Tag;
use atoll_db::modules::{self, ModuleVersion};
use atoll_db::repositories::Repository;
use atoll_db::{Tx, manifests, tags};

use super::version::{Outcome, words};
use crate::failure::Failure;
use crate::maintenance::Maintenance;
use crate::projection::module::{Derived, derive, row};
use crate::registry::{KnownBy, ManifestPushError};

impl Maintenance {
    /// Projects a version anew, and reads its package where that was not done. Why it can't be is text, for a report.
    pub(super) async fn reindex_module(
        &self,
        repository: &Repository,
        tag: &Tag,
        digest: &Digest,
    ) -> Result<Result<Outcome, String>, Failure> {
        let work = self.store.db.transact("reindex.module", |tx| {
            Box::pin(async move { write(tx, repository, tag, digest).await })
        });
        let written = match words(work.await)? {
            Ok(Some(written)) => written,
            Ok(None) => return Ok(Ok(Outcome::default())),
            Err(why) => return Ok(Err(why)),
        };
        let (row, changed) = written;
        let subdir = row.subdir.as_deref().unwrap_or_default();
        if let Err(error) = self.store.describe_module(&row.zip_digest, subdir).await {
            // Missing bytes are for fsck to say; the version is listed all the same.
            tracing::warn!(blob.digest = %row.zip_digest, error = &error as &dyn std::error::Error, "failed to read the module in {}", row.zip_digest);
        }
        Ok(Ok(Outcome {
            changed,
            hashes_computed: 0,
        }))
    }
}

/// Writes the row of a version, where it is missing or wrong; says what it is and whether it was.
async fn write(
    tx: &mut Tx,
    repository: &Repository,
    tag: &Tag,
    digest: &Digest,
) -> Result<Option<(ModuleVersion, bool)>, ManifestPushError> {
    if tags::find(tx, repository.id, tag).await?.as_ref() != Some(digest) {
        // Whoever moved the tag meanwhile projected it.
        return Ok(None);
    }
    let Some(derived) = derive(tx, repository, tag, digest).await? else {
        return Ok(None);
    };
    let before = modules::find(tx, repository.id, &derived.version).await?;
    let before = before.map(|held| held.version);
    let known = match before.as_ref().filter(|row| row.manifest_digest == *digest) {
        Some(row) => KnownBy {
            origin: row.origin,
            proof: row.proof,
            proof_manifest: None,
        },
        None => known_again(repository, &derived),
    };
    let captured_at = match &before {
        Some(before) => before.captured_at,
        None => manifests::first_kept_at(tx, std::slice::from_ref(digest))
            .await?
            .unwrap_or_else(crate::now),
    };
    let row = row(derived, tag, digest, &known, captured_at);
    let is_right = before.as_ref() == Some(&row);
    if !is_right {
        modules::put(tx, repository.id, &row).await?;
    }
    Ok(Some((row, !is_right)))
}

/// How a version is known whose row is lost: what only Atoll writes tells that it was published here, or fetched.
fn known_again(repository: &Repository, derived: &Derived) -> KnownBy {
    let is_own = ModuleAddr::from_repository(&repository.name)
        .is_some_and(|module| module.hostname().is_self());
    let (origin, proof) = match (&derived.package.source, &derived.package.address) {
        (Some(_), _) => (Origin::Mirrored, Proof::Unsigned),
        (None, Some(_)) if is_own => (Origin::Published, Proof::Hashed),
        (None, _) => (Origin::Pushed, Proof::Hashed),
    };
    KnownBy {
        origin,
        proof,
        proof_manifest: None,
    }
}
