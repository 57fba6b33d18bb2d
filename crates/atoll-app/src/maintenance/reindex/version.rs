//! One version.

use atoll_core::digest::Digest;
use atoll_core::origin::Origin;
use atoll_core::reference::Tag;
use atoll_core::repository::Family;
use atoll_core::time_micros::Micros;
use atoll_db::facts::{self, Fact};
use atoll_db::providers::{self, ProviderPlatform, ProviderVersion};
use atoll_db::repositories::Repository;
use atoll_db::{Conn, Tx, manifests, tags};

use super::proof::KnownAgain;
use crate::failure::Failure;
use crate::maintenance::Maintenance;
use crate::projection::provider::{Derived, derive};
use crate::registry::ManifestPushError;

/// What became of a version.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::maintenance) struct Outcome {
    /// Whether its rows were missing or wrong.
    pub(in crate::maintenance) changed: bool,
    /// How many of its packages had no `h1:` hash.
    pub(in crate::maintenance) hashes_computed: u64,
}

impl Maintenance {
    /// Projects a version anew. Why it can't be is text, for a report.
    pub(in crate::maintenance) async fn reindex_version(
        &self,
        repository: &Repository,
        tag: &Tag,
    ) -> Result<Result<Outcome, String>, Failure> {
        let mut read = self.store.db.read().await?;
        // Deleted since it was listed, or no version.
        let Some(index) = tags::find(&mut read, repository.id, tag).await? else {
            return Ok(Ok(Outcome::default()));
        };
        if repository.name.family() == Some(Family::Modules) {
            drop(read);
            return self.reindex_module(repository, tag, &index).await;
        }
        let derived = match words(derive(&mut read, repository, tag, &index).await)? {
            Ok(Some(derived)) => derived,
            Ok(None) => return Ok(Ok(Outcome::default())),
            Err(why) => return Ok(Err(why)),
        };
        drop(read);
        let hashes_computed = self.compute_hashes(&derived.platforms).await?;
        let known = self.know_again(repository, &index, &derived).await?;
        let (index, known) = (&index, &known);
        let work = self.store.db.transact("reindex.version", |tx| {
            Box::pin(async move { write(tx, repository, tag, index, known).await })
        });
        Ok(words(work.await)?.map(|changed| Outcome {
            changed,
            hashes_computed,
        }))
    }

    async fn compute_hashes(&self, platforms: &[ProviderPlatform]) -> Result<u64, Failure> {
        let zips: Vec<Digest> = platforms
            .iter()
            .map(|platform| platform.zip_digest.clone())
            .collect();
        let before = self.count_hashes(&zips).await?;
        if before == zips.len() {
            return Ok(0);
        }
        for zip in &zips {
            if let Err(error) = self.store.compute_h1(zip).await {
                // Missing bytes are for fsck to say; the version is listed all the same.
                tracing::warn!(blob.digest = %zip, error = &error as &dyn std::error::Error, "failed to hash the contents of {zip}");
            }
        }
        Ok(self.count_hashes(&zips).await?.saturating_sub(before) as u64)
    }

    async fn count_hashes(&self, zips: &[Digest]) -> Result<usize, Failure> {
        let mut read = self.store.db.read().await?;
        Ok(facts::get_many(&mut read, Fact::H1, zips).await?.len())
    }
}

/// Writes the rows of a version, where they are missing or wrong; says whether they were.
async fn write(
    tx: &mut Tx,
    repository: &Repository,
    tag: &Tag,
    index: &Digest,
    known: &KnownAgain,
) -> Result<bool, ManifestPushError> {
    if tags::find(tx, repository.id, tag).await?.as_ref() != Some(index) {
        // Whoever moved the tag meanwhile projected it.
        return Ok(false);
    }
    let Some(derived) = derive(tx, repository, tag, index).await? else {
        return Ok(false);
    };
    let before = providers::archives(tx, repository.id, &derived.version).await?;
    let captured_at = match &before {
        Some(before) => before.version.captured_at,
        None => captured_at(tx, index, &derived, known.origin).await?,
    };
    let row = ProviderVersion {
        version: derived.version,
        tag: tag.clone(),
        index_digest: index.clone(),
        proof: known.proof,
        origin: known.origin,
        protocols: derived.protocols,
        proof_digest: known.proof_digest.clone(),
        captured_at,
    };
    let is_right = before.is_some_and(|before| {
        let packages = before.archives.iter().map(|archive| &archive.package);
        before.version == row && packages.eq(&derived.platforms)
    });
    if !is_right {
        providers::put(tx, repository.id, &row, &derived.platforms).await?;
    }
    Ok(!is_right)
}

/// When a version whose row is lost was first known here. What is written here comes with all its manifests at once, and indexes
/// may have followed its first one; an OCI client pushes the platforms one by one, and the index last.
async fn captured_at(
    conn: &mut Conn,
    index: &Digest,
    derived: &Derived,
    origin: Origin,
) -> Result<Micros, Failure> {
    let mut manifests = vec![index.clone()];
    if origin != Origin::Pushed {
        manifests.extend(
            derived
                .platforms
                .iter()
                .map(|platform| platform.manifest_digest.clone()),
        );
    }
    Ok(manifests::first_kept_at(conn, &manifests)
        .await?
        .unwrap_or_else(crate::now))
}

/// Failures of our own parts end the work; what is wrong with a version is words.
pub(in crate::maintenance) fn words<T>(
    result: Result<T, ManifestPushError>,
) -> Result<Result<T, String>, Failure> {
    match result {
        Ok(value) => Ok(Ok(value)),
        Err(ManifestPushError::Failed(failure)) => Err(failure),
        Err(other) => Ok(Err(other.to_string())),
    }
}
