//! Blobs on their way out.

use std::ops::Range;

use atoll_blobs::{Blob, BlobStream, FillReader};
use atoll_core::digest::Digest;
use atoll_core::repository::RepositoryName;
use atoll_db::blobs::{self, BlobRow};
use atoll_db::repositories::Repository;
use atoll_db::{Tx, manifests};

use super::Registry;
use super::errors::BlobError;
use crate::failure::Failure;

/// How long a blob that was said to be here stays, in seconds: clients skip its upload and name it minutes later.
const SEEN_LEASE_SECS: i64 = 60 * 60;

/// Where a blob's bytes come from.
pub enum BlobSource {
    /// The store.
    Held(Blob),
    /// An upstream, as they arrive.
    Filling {
        /// Follows them.
        reader: FillReader,
        /// How many there will be.
        size: u64,
    },
}

impl BlobSource {
    /// The blob's length in bytes.
    pub fn size(&self) -> u64 {
        match self {
            Self::Held(blob) => blob.size(),
            Self::Filling { size, .. } => *size,
        }
    }

    /// The bytes of a range that lies within the blob.
    pub fn stream(self, range: Range<u64>) -> BlobStream {
        match self {
            Self::Held(blob) => blob.stream(range),
            Self::Filling { reader, .. } => reader.stream(range),
        }
    }
}

impl Registry {
    /// A blob of the repository: its row, with a lease long enough for a client to act on it.
    pub async fn find_blob(
        &self,
        repository: &RepositoryName,
        digest: &Digest,
    ) -> Result<BlobRow, BlobError> {
        let unknown = || BlobError::Unknown {
            repository: repository.clone(),
            digest: digest.clone(),
        };
        let found = self
            .db
            .find_repository(repository)
            .await?
            .ok_or_else(unknown)?;
        let mut read = self.db.read().await?;
        let row = blobs::find_in_repository(&mut read, found.id, digest)
            .await?
            .ok_or_else(unknown)?;
        drop(read);
        let now = crate::now();
        // A lease is renewed when half of it is gone, so that asking again costs no write.
        if row.lease_until < now.plus_secs(SEEN_LEASE_SECS / 2) {
            let until = now.plus_secs(SEEN_LEASE_SECS);
            let renewed = self.db.transact("blob.lease", |tx| {
                Box::pin(async move { blobs::renew_lease(tx, digest, until).await })
            });
            let renewed = renewed.await.map_err(BlobError::from)?;
            if !renewed {
                return Err(unknown());
            }
        }
        Ok(row)
    }

    /// Opens a blob whose bytes are here.
    pub(crate) async fn open_held(&self, row: &BlobRow) -> Result<BlobSource, Failure> {
        let blob = self.blobs.open(&row.digest).await?.expect_size(row.size)?;
        Ok(BlobSource::Held(blob))
    }

    /// Takes a blob out of a repository, unless a published version needs it.
    pub async fn delete_blob(
        &self,
        repository: &RepositoryName,
        digest: &Digest,
    ) -> Result<(), BlobError> {
        let unknown = || BlobError::Unknown {
            repository: repository.clone(),
            digest: digest.clone(),
        };
        let found = self
            .db
            .find_repository(repository)
            .await?
            .ok_or_else(unknown)?;
        let found = &*found;
        self.db
            .transact("blob.delete", |tx| Box::pin(unlink(tx, found, digest)))
            .await
    }
}

async fn unlink(tx: &mut Tx, repository: &Repository, digest: &Digest) -> Result<(), BlobError> {
    if repository.name.family().is_some() || repository.immutable_tags {
        let above = manifests::tagged_above_blob(tx, repository.id, digest, 1).await?;
        if let Some(tagged) = above.into_iter().next() {
            return Err(BlobError::InUse {
                repository: repository.name.clone(),
                digest: digest.clone(),
                tag: tagged.tag,
            });
        }
    }
    if blobs::unlink(tx, repository.id, digest).await? {
        Ok(())
    } else {
        Err(BlobError::Unknown {
            repository: repository.name.clone(),
            digest: digest.clone(),
        })
    }
}
