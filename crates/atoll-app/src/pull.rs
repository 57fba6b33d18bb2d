//! Reading repositories, through the mirrors where a tree is somebody else's.
//!
//! OpenTofu and OCI tools read providers here as they read anything: what is not captured yet is captured when its tag is
//! asked for, and what is not held yet is fetched when its bytes are.

use std::sync::Arc;

use atoll_core::address::ProviderAddr;
use atoll_core::digest::Digest;
use atoll_core::kind::ErrorKind;
use atoll_core::permission::Principal;
use atoll_core::reference::{Reference, Tag};
use atoll_core::repository::RepositoryName;
use atoll_core::version::Version;
use atoll_db::blobs::BlobRow;
use atoll_db::manifests::StoredManifest;

use crate::mirror::{FetchRight, MirrorError, Mirrors};
use crate::registry::{BlobError, BlobSource, ReadError, Registry, TagPage};

/// Reads repositories. A cheap clone.
#[derive(Clone)]
pub struct Pull {
    registry: Registry,
    mirrors: Mirrors,
}

/// Somebody who reads: who they are, and the address they ask from, which tells anonymous clients apart.
#[derive(Clone, Debug)]
pub struct Reader {
    /// Who they are.
    pub principal: Principal,
    /// Where they are.
    pub address: Arc<str>,
}

impl Pull {
    /// Reads from this store and these mirrors.
    pub fn new(registry: Registry, mirrors: Mirrors) -> Self {
        Self { registry, mirrors }
    }

    /// Whether the reader may cause a fetch for a repository, and on whose account.
    pub fn right(&self, reader: &Reader, provider: &ProviderAddr) -> FetchRight {
        let policy = self.mirrors.find_policy(provider.hostname());
        match &reader.principal {
            Principal::Token { id, .. } => FetchRight::of_client(id.as_str()),
            Principal::Local => FetchRight::of_client("local"),
            Principal::Anonymous if policy.is_some_and(|policy| policy.anonymous.may_fetch()) => {
                FetchRight::of_client(Arc::clone(&reader.address))
            }
            Principal::Anonymous => FetchRight::No,
        }
    }

    /// A manifest by tag or digest. A version of a mirrored provider that is not here is captured.
    pub async fn find_manifest(
        &self,
        reader: &Reader,
        repository: &RepositoryName,
        reference: &Reference,
    ) -> Result<Option<StoredManifest>, ReadError> {
        let provider = self.mirrored(repository);
        if let Some(provider) = &provider
            && let Err(error) = self.mirrors.check_provider(provider)
        {
            return absent(error).map(|()| None);
        }
        if let (Some(provider), Reference::Tag(tag)) = (provider, reference)
            && let Ok(version) = Version::from_tag(tag)
        {
            // The mirror captures what is not here yet, and knows what the operator does not serve.
            let served = self
                .mirrors
                .version(&provider, &version, &self.right(reader, &provider))
                .await;
            if let Err(error) = served {
                return absent(error).map(|()| None);
            }
        }
        self.registry.find_manifest(repository, reference).await
    }

    /// The tags of a repository; of a mirrored provider, the versions that upstream lists.
    pub async fn list_tags(
        &self,
        reader: &Reader,
        repository: &RepositoryName,
        length: usize,
        last: Option<&str>,
    ) -> Result<Option<TagPage>, ReadError> {
        let Some(provider) = self.mirrored(repository) else {
            return self.registry.list_tags(repository, length, last).await;
        };
        let answer = match self
            .mirrors
            .list(&provider, &self.right(reader, &provider))
            .await
        {
            Ok(answer) => answer,
            Err(error) => return absent(error).map(|()| None),
        };
        let mut names: Vec<Tag> = answer
            .versions
            .iter()
            .map(|listed| listed.version.to_tag())
            .collect();
        names.sort();
        names.retain(|tag| last.is_none_or(|last| tag.as_str() > last));
        let more = length > 0 && names.len() > length;
        names.truncate(length);
        Ok(Some(TagPage { names, more }))
    }

    /// Opens a blob of the repository, fetching it where it is known and not here.
    pub async fn open_blob(
        &self,
        reader: &Reader,
        repository: &RepositoryName,
        digest: &Digest,
    ) -> Result<BlobSource, BlobError> {
        let row = self.find_blob(repository, digest).await?;
        if row.is_held() {
            return Ok(self.registry.open_held(&row).await?);
        }
        let right = match ProviderAddr::from_repository(repository) {
            Some(provider) => self.right(reader, &provider),
            None => FetchRight::No,
        };
        Ok(self.mirrors.open(digest, &right).await?)
    }

    /// A blob of the repository, here or known. Starts no fetch.
    pub async fn find_blob(
        &self,
        repository: &RepositoryName,
        digest: &Digest,
    ) -> Result<BlobRow, BlobError> {
        if let Some(provider) = self.mirrored(repository) {
            self.mirrors.check_provider(&provider)?;
        }
        self.registry.find_blob(repository, digest).await
    }

    fn mirrored(&self, repository: &RepositoryName) -> Option<ProviderAddr> {
        ProviderAddr::from_repository(repository)
            .filter(|provider| self.mirrors.has(provider.hostname()))
    }
}

/// What upstream does not have is absent here; everything else is an error, an outage above all: OpenTofu looks elsewhere for
/// what is absent.
fn absent(error: MirrorError) -> Result<(), ReadError> {
    if error.kind() == ErrorKind::NotFound {
        Ok(())
    } else {
        Err(error.into())
    }
}
