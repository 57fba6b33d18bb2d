//! Files behind addresses that are themselves the right to read them.

use std::sync::Arc;

use atoll_core::digest::Digest;
use atoll_core::kind::ErrorKind;
use atoll_core::repository::RepositoryName;
use atoll_db::blobs;
use serde::{Deserialize, Serialize};

use crate::failure::Failure;
use crate::mirror::{FetchRight, MirrorError, Mirrors};
use crate::registry::{BlobSource, Registry};

/// The right to read one file, for whoever holds it, until it ends. It is handed out sealed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Grant {
    /// The file.
    pub digest: Digest,
    /// The repository that it is read through: deleting it there ends the grant.
    pub repository: RepositoryName,
    /// The client that may cause a fetch; none where only what is held may be read.
    pub client: Option<String>,
    /// When it ends, in seconds since 1970.
    pub expires_at_secs: i64,
}

/// A file can't be had.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// It is not here any more.
    #[error("there is no file {digest} in {repository} here")]
    NotFound {
        /// The file.
        digest: Digest,
        /// Where it was.
        repository: RepositoryName,
    },
    /// The mirror has no answer.
    #[error(transparent)]
    Mirror(#[from] MirrorError),
    /// Our own parts failed.
    #[error(transparent)]
    Failed(#[from] Failure),
}

impl FileError {
    /// What kind of failure this is.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::NotFound { .. } => ErrorKind::NotFound,
            Self::Mirror(error) => error.kind(),
            Self::Failed(failure) => failure.kind(),
        }
    }
}

impl Grant {
    fn right(&self) -> FetchRight {
        match &self.client {
            Some(client) => FetchRight::of_client(Arc::<str>::from(client.as_str())),
            None => FetchRight::No,
        }
    }

    fn missing(&self) -> FileError {
        FileError::NotFound {
            digest: self.digest.clone(),
            repository: self.repository.clone(),
        }
    }
}

/// The files that grants open. A cheap clone.
#[derive(Clone)]
pub struct Files {
    store: Registry,
    mirrors: Mirrors,
}

impl Files {
    /// Files of this store and these mirrors.
    pub fn new(store: Registry, mirrors: Mirrors) -> Self {
        Self { store, mirrors }
    }

    /// The size of the file, in bytes. Starts no fetch.
    pub async fn size(&self, grant: &Grant) -> Result<u64, FileError> {
        self.find(grant).await.map(|row| row.size)
    }

    /// Opens the file, fetching it if it is not here and the grant says so.
    pub async fn open(&self, grant: &Grant) -> Result<BlobSource, FileError> {
        let row = self.find(grant).await?;
        if row.is_held() {
            return Ok(self.store.open_held(&row).await?);
        }
        Ok(self.mirrors.open(&grant.digest, &grant.right()).await?)
    }

    async fn find(&self, grant: &Grant) -> Result<blobs::BlobRow, FileError> {
        if let Some(mirrored) = self.mirrors.find_mirrored(&grant.repository) {
            self.mirrors.check_part(&mirrored, &grant.digest).await?;
        }
        let repository = self.store.db.find_repository(&grant.repository).await;
        let repository = repository
            .map_err(Failure::from)?
            .ok_or_else(|| grant.missing())?;
        let mut read = self.store.db.read().await.map_err(Failure::from)?;
        let row = blobs::find_in_repository(&mut read, repository.id, &grant.digest)
            .await
            .map_err(Failure::from)?;
        row.ok_or_else(|| grant.missing())
    }
}
