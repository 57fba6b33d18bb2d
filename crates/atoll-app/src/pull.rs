//! Reading repositories, through the mirrors where a tree is somebody else's.
//!
//! OpenTofu and OCI tools read providers here as they read anything: what is not captured yet is captured when its tag is
//! asked for, and what is not held yet is fetched when its bytes are.

use std::sync::Arc;

use atoll_core::address::{Hostname, ModuleAddr, ProviderAddr};
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

    /// Whether the reader may cause a fetch of something of a host, and on whose account.
    pub fn right(&self, reader: &Reader, hostname: &Hostname) -> FetchRight {
        let policy = self.mirrors.find_policy(hostname);
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
        let Some(mirrored) = self.mirrored(repository) else {
            return self.registry.find_manifest(repository, reference).await;
        };
        if let Err(error) = self.check(&mirrored) {
            return absent(error).map(|()| None);
        }
        if let Reference::Tag(tag) = reference
            && let Ok(version) = Version::from_tag(tag)
            // The mirror captures what is not here yet, and knows what the operator does not serve.
            && let Err(error) = self.capture(reader, &mirrored, &version).await
        {
            return absent(error).map(|()| None);
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
        let Some(mirrored) = self.mirrored(repository) else {
            return self.registry.list_tags(repository, length, last).await;
        };
        let mut names = match self.tags(reader, &mirrored).await {
            Ok(names) => names,
            Err(error) => return absent(error).map(|()| None),
        };
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
        let right = match self.mirrored(repository) {
            Some(mirrored) => self.right(reader, mirrored.hostname()),
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
        if let Some(mirrored) = self.mirrored(repository) {
            self.check(&mirrored)?;
        }
        self.registry.find_blob(repository, digest).await
    }

    fn mirrored(&self, repository: &RepositoryName) -> Option<Mirrored> {
        let provider = ProviderAddr::from_repository(repository).map(Mirrored::Provider);
        provider
            .or_else(|| ModuleAddr::from_repository(repository).map(Mirrored::Module))
            .filter(|mirrored| self.mirrors.has(mirrored.hostname()))
    }

    fn check(&self, mirrored: &Mirrored) -> Result<(), MirrorError> {
        match mirrored {
            Mirrored::Provider(provider) => self.mirrors.check_provider(provider),
            Mirrored::Module(module) => self.mirrors.check_module(module),
        }
    }

    async fn capture(
        &self,
        reader: &Reader,
        mirrored: &Mirrored,
        version: &Version,
    ) -> Result<(), MirrorError> {
        let right = self.right(reader, mirrored.hostname());
        match mirrored {
            Mirrored::Provider(provider) => {
                let served = self.mirrors.version(provider, version, &right);
                served.await.map(drop)
            }
            Mirrored::Module(module) => {
                let served = self.mirrors.module(module, version, &right);
                served.await.map(drop)
            }
        }
    }

    async fn tags(&self, reader: &Reader, mirrored: &Mirrored) -> Result<Vec<Tag>, MirrorError> {
        let right = self.right(reader, mirrored.hostname());
        Ok(match mirrored {
            Mirrored::Provider(provider) => {
                let list = self.mirrors.list(provider, &right).await?;
                let versions = list.versions.iter();
                versions.map(|listed| listed.version.to_tag()).collect()
            }
            Mirrored::Module(module) => {
                let list = self.mirrors.list_modules(module, &right).await?;
                let versions = list.versions.iter();
                versions.map(|listed| listed.version.to_tag()).collect()
            }
        })
    }
}

/// What a repository in an upstream's tree holds.
enum Mirrored {
    Provider(ProviderAddr),
    Module(ModuleAddr),
}

impl Mirrored {
    const fn hostname(&self) -> &Hostname {
        match self {
            Self::Provider(provider) => provider.hostname(),
            Self::Module(module) => module.hostname(),
        }
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
