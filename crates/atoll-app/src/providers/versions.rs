//! Versions as the store has them, kept in memory while nothing changes.

use std::sync::Arc;

use atoll_core::layout::proof::{ProofManifest, StoredBlob};
use atoll_core::manifest;
use atoll_core::repository::RepositoryName;
use atoll_core::version::Version;
use atoll_db::blobs::BlobState;
use atoll_db::manifests;
use atoll_db::providers::{self, ProviderArchive, VersionWithPlatforms};
use atoll_db::repositories::Repository;

use crate::failure::Failure;
use crate::generations::ByGeneration;
use crate::mirror::{CapturedPlatform, CapturedVersion};
use crate::registry::Registry;

/// How many versions are kept in memory; the rest is read from the database.
const VERSIONS_IN_MEMORY_MAX: u64 = 10_000;

/// Versions that were read, each good for one generation of its repository.
pub(crate) struct StoredVersions {
    store: Registry,
    memory: ByGeneration<(RepositoryName, Version), Arc<CapturedVersion>>,
}

impl StoredVersions {
    pub(crate) fn new(store: Registry) -> Self {
        Self {
            store,
            memory: ByGeneration::new(VERSIONS_IN_MEMORY_MAX),
        }
    }

    /// A version that is in the store, with all its platforms.
    pub(crate) async fn find(
        &self,
        name: &RepositoryName,
        version: &Version,
    ) -> Result<Option<Arc<CapturedVersion>>, Failure> {
        let Some(repository) = self.store.db.find_repository(name).await? else {
            return Ok(None);
        };
        let key = (name.clone(), version.clone());
        if let Some(known) = self.memory.get(&key, repository.generation) {
            return Ok(Some(known));
        }
        let Some(read) = self.read(&repository, version).await? else {
            return Ok(None);
        };
        let read = Arc::new(read);
        self.memory
            .keep(key, repository.generation, Arc::clone(&read));
        Ok(Some(read))
    }

    async fn read(
        &self,
        repository: &Repository,
        version: &Version,
    ) -> Result<Option<CapturedVersion>, Failure> {
        let mut read = self.store.db.read().await?;
        let Some(found) = providers::archives(&mut read, repository.id, version).await? else {
            return Ok(None);
        };
        let proof = match &found.version.proof_digest {
            Some(digest) => manifests::find(&mut read, repository.id, digest).await?,
            None => None,
        };
        let proof = proof.map(|stored| {
            let damaged = |what: String| Failure::Damaged {
                digest: stored.digest.clone(),
                what,
            };
            let parsed = manifest::parse(Some(&stored.media_type), &stored.body)
                .map_err(|error| damaged(error.to_string()))?;
            ProofManifest::read(&parsed).map_err(|error| damaged(error.to_string()))
        });
        Ok(Some(captured(found, proof.transpose()?.as_ref())))
    }
}

fn captured(found: VersionWithPlatforms, proof: Option<&ProofManifest>) -> CapturedVersion {
    let VersionWithPlatforms { version, archives } = found;
    let mut platforms: Vec<_> = archives.into_iter().map(platform).collect();
    platforms.sort_by(|one, other| one.platform.cmp(&other.platform));
    let part = |part: fn(&ProofManifest) -> &Option<StoredBlob>| {
        proof.and_then(|proof| part(proof).as_ref().map(|blob| blob.digest.clone()))
    };
    CapturedVersion {
        version: version.version,
        protocols: version.protocols,
        proof: version.proof,
        origin: version.origin,
        index: version.index_digest,
        platforms,
        sums: part(|proof| &proof.sums),
        signature: part(|proof| &proof.signature),
        keys: part(|proof| &proof.keys),
        captured_at: version.captured_at,
    }
}

fn platform(archive: ProviderArchive) -> CapturedPlatform {
    let held = archive.state == Some(BlobState::Held);
    CapturedPlatform {
        platform: archive.package.platform,
        digest: archive.package.zip_digest,
        size: archive.package.zip_size,
        file_name: archive.package.file_name,
        held,
        h1: archive.h1.and_then(|h1| h1.parse().ok()),
    }
}
