//! Files of providers behind addresses that are themselves the right to read them.

use std::sync::Arc;

use atoll_core::address::ProviderAddr;
use atoll_core::digest::Digest;
use atoll_core::repository::RepositoryName;
use atoll_db::blobs;
use serde::{Deserialize, Serialize};

use super::{ProviderError, Providers};
use crate::failure::Failure;
use crate::mirror::FetchRight;
use crate::registry::BlobSource;

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

impl Grant {
    fn right(&self) -> FetchRight {
        match &self.client {
            Some(client) => FetchRight::of_client(Arc::<str>::from(client.as_str())),
            None => FetchRight::No,
        }
    }

    fn missing(&self) -> ProviderError {
        ProviderError::NotFound {
            what: format!("file {} in {}", self.digest, self.repository),
        }
    }
}

impl Providers {
    /// The size of the file, in bytes. Starts no fetch.
    pub async fn size(&self, grant: &Grant) -> Result<u64, ProviderError> {
        self.find(grant).await.map(|row| row.size)
    }

    /// Opens the file, fetching it if it is not here and the grant says so.
    pub async fn open(&self, grant: &Grant) -> Result<BlobSource, ProviderError> {
        let row = self.find(grant).await?;
        if row.is_held() {
            return Ok(self.store.open_held(&row).await?);
        }
        Ok(self.mirrors.open(&grant.digest, &grant.right()).await?)
    }

    async fn find(&self, grant: &Grant) -> Result<blobs::BlobRow, ProviderError> {
        if let Some(provider) = ProviderAddr::from_repository(&grant.repository) {
            self.mirrors.check_provider(&provider)?;
        }
        let repository = self
            .store
            .db
            .find_repository(&grant.repository)
            .await
            .map_err(Failure::from)?;
        let repository = repository.ok_or_else(|| grant.missing())?;
        let mut read = self.store.db.read().await.map_err(Failure::from)?;
        let row = blobs::find_in_repository(&mut read, repository.id, &grant.digest)
            .await
            .map_err(Failure::from)?;
        row.ok_or_else(|| grant.missing())
    }
}
