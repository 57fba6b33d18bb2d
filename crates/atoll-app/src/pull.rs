//! Reading repositories, through the mirrors where a tree is somebody else's.
//!
//! OpenTofu and OCI tools read providers here as they read anything: what is not captured yet is captured when its tag is
//! asked for, and what is not held yet is fetched when its bytes are.

use std::net::IpAddr;

use atoll_core::address::Hostname;
use atoll_core::digest::Digest;
use atoll_core::kind::ErrorKind;
use atoll_core::permission::Principal;
use atoll_core::reference::{Reference, Tag};
use atoll_core::repository::RepositoryName;
use atoll_core::version::Version;
use atoll_db::blobs::BlobRow;
use atoll_db::manifests::StoredManifest;

use crate::mirror::{FetchRight, MirrorError, Mirrored, Mirrors};
use crate::registry::{BlobError, BlobSource, ReadError, Referrers, Registry, TagPage};

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
    /// Where they are, where that is known.
    pub address: Option<IpAddr>,
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
                let address = reader.address.map(|address| address.to_string());
                FetchRight::of_client(address.unwrap_or_else(|| "unknown".to_owned()))
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
        let Some(mirrored) = self.mirrors.find_mirrored(repository) else {
            return self.registry.find_manifest(repository, reference).await;
        };
        if let Err(error) = self.mirrors.check_mirrored(&mirrored) {
            return absent(error).map(|()| None);
        }
        if let Reference::Tag(tag) = reference
            && let Ok(version) = Version::from_tag(tag)
            // The mirror captures what is not here yet, and knows what the operator does not serve.
            && let Err(error) = self.capture(reader, &mirrored, &version).await
        {
            return absent(error).map(|()| None);
        }
        let found = self.registry.find_manifest(repository, reference).await?;
        // Whatever name it was asked for by: a digest says nothing of the version that it is of.
        if let Some(manifest) = &found
            && let Err(error) = self.mirrors.check_part(&mirrored, &manifest.digest).await
        {
            return absent(error).map(|()| None);
        }
        Ok(found)
    }

    /// The tags of a repository; of a mirrored provider, the versions that upstream lists.
    pub async fn list_tags(
        &self,
        reader: &Reader,
        repository: &RepositoryName,
        length: usize,
        last: Option<&str>,
    ) -> Result<Option<TagPage>, ReadError> {
        let Some(mirrored) = self.mirrors.find_mirrored(repository) else {
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
        let right = match self.mirrors.find_mirrored(repository) {
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
        if let Some(mirrored) = self.mirrors.find_mirrored(repository) {
            self.mirrors.check_part(&mirrored, digest).await?;
        }
        self.registry.find_blob(repository, digest).await
    }

    /// What refers to a manifest, whether that is here or not.
    pub async fn list_referrers(
        &self,
        repository: &RepositoryName,
        subject: &Digest,
        artifact_type: Option<&str>,
        after: Option<&Digest>,
    ) -> Result<Referrers, ReadError> {
        if let Some(mirrored) = self.mirrors.find_mirrored(repository)
            && let Err(error) = self.mirrors.check_part(&mirrored, subject).await
        {
            return absent(error).map(|()| Referrers::none());
        }
        let registry = &self.registry;
        registry
            .list_referrers(repository, subject, artifact_type, after)
            .await
    }

    /// Links a blob that is here already: from the named repository if the caller may read it, else from any that they
    /// may read. `false` where there is none, which is no different from one that they may not see, or that nobody may.
    pub async fn mount(
        &self,
        principal: &Principal,
        repository: &RepositoryName,
        digest: &Digest,
        from: Option<&RepositoryName>,
    ) -> Result<bool, BlobError> {
        let holders = match from {
            Some(from) => vec![from.clone()],
            None => self.registry.holders(digest).await?,
        };
        for holder in holders {
            if let Some(mirrored) = self.mirrors.find_mirrored(&holder)
                && let Err(error) = self.mirrors.check_part(&mirrored, digest).await
            {
                match error.kind() {
                    ErrorKind::NotFound | ErrorKind::Forbidden => continue,
                    _ => return Err(error.into()),
                }
            }
            let registry = &self.registry;
            if registry
                .mount(principal, repository, digest, &holder)
                .await?
            {
                return Ok(true);
            }
        }
        Ok(false)
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
                let served = self
                    .mirrors
                    .module(module, version, &right, self.mirrors.patience());
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
                let list = self
                    .mirrors
                    .list_modules(module, &right, self.mirrors.patience());
                let list = list.await?;
                let versions = list.versions.iter();
                versions.map(|listed| listed.version.to_tag()).collect()
            }
        })
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
