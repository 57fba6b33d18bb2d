//! Versions as the store has them, kept in memory while nothing changes.

use std::collections::BTreeSet;
use std::sync::Arc;

use atoll_core::digest::Digest;
use atoll_core::origin::Origin;
use atoll_core::proof::Proof;
use atoll_core::repository::RepositoryName;
use atoll_core::time_micros::Micros;
use atoll_core::version::Version;
use atoll_db::blobs::BlobState;
use atoll_db::modules::{self, HeldModule};
use atoll_db::tombstones;

use crate::failure::Failure;
use crate::generations::ByGeneration;
use crate::registry::Registry;

/// How many lists are kept in memory.
const LISTS_IN_MEMORY_MAX: u64 = 10_000;

/// A version of a module that is in the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredModule {
    /// The repository that holds it.
    pub repository: RepositoryName,
    /// The version.
    pub version: Version,
    /// The manifest.
    pub manifest: Digest,
    /// The package, a zip.
    pub zip: Digest,
    /// The package's length in bytes.
    pub size: u64,
    /// The address as its publisher spells it.
    pub address: Option<String>,
    /// Where the module is inside its package; none where that is the root.
    pub subdir: Option<String>,
    /// Where the package was fetched from.
    pub source: Option<String>,
    /// The commit that was fetched.
    pub commit: Option<String>,
    /// How its digest is known.
    pub proof: Proof,
    /// How it came here.
    pub origin: Origin,
    /// When it was first known here.
    pub captured_at: Micros,
}

/// One version in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedModule {
    /// Its number.
    pub version: Version,
}

impl ListedModule {
    /// Stored versions as clients see them.
    pub(crate) fn all<'a>(stored: impl IntoIterator<Item = &'a StoredModule>) -> Arc<[Self]> {
        let versions = stored.into_iter().map(|stored| Self {
            version: stored.version.clone(),
        });
        versions.collect()
    }
}

/// The stored versions of one module.
#[derive(Debug, Default)]
pub(crate) struct StoredList {
    /// In order of precedence.
    pub(crate) modules: Vec<StoredModule>,
    /// The same as clients see them: made once, so that what is rendered from it is too.
    pub(crate) listed: Arc<[ListedModule]>,
    /// Versions that were deleted here.
    pub(crate) deleted: BTreeSet<Version>,
}

/// The stored versions of modules, each list good for one generation of its repository.
pub(crate) struct StoredModules {
    store: Registry,
    memory: ByGeneration<RepositoryName, Arc<StoredList>>,
}

impl StoredModules {
    pub(crate) fn new(store: Registry) -> Self {
        Self {
            store,
            memory: ByGeneration::new(LISTS_IN_MEMORY_MAX),
        }
    }

    /// The versions of a module whose packages are here, in order of precedence.
    pub(crate) async fn list(&self, name: &RepositoryName) -> Result<Arc<StoredList>, Failure> {
        let Some(repository) = self.store.db.find_repository(name).await? else {
            return Ok(Arc::default());
        };
        if let Some(known) = self.memory.get(name, repository.generation) {
            return Ok(known);
        }
        let mut read = self.store.db.read().await?;
        let rows = modules::versions(&mut read, repository.id).await?;
        let deleted = tombstones::tags(&mut read, repository.id).await?;
        drop(read);
        let mut modules: Vec<StoredModule> = rows
            .into_iter()
            .filter_map(|row| StoredModule::of(name, row))
            .collect();
        modules.sort_by(|one, other| one.version.cmp(&other.version));
        let listed = ListedModule::all(&modules);
        let deleted = deleted.iter().filter_map(|tag| Version::from_tag(tag).ok());
        let list = Arc::new(StoredList {
            modules,
            listed,
            deleted: deleted.collect(),
        });
        self.memory
            .keep(name.clone(), repository.generation, Arc::clone(&list));
        Ok(list)
    }

    /// One version whose package is here.
    pub(crate) async fn find(
        &self,
        name: &RepositoryName,
        version: &Version,
    ) -> Result<Option<StoredModule>, Failure> {
        let list = self.list(name).await?;
        let modules = &list.modules;
        let at = modules.binary_search_by(|stored| stored.version.cmp(version));
        Ok(at.ok().and_then(|at| modules.get(at)).cloned())
    }
}

impl StoredModule {
    /// The version of a row; none where its package is not here.
    pub(crate) fn of(repository: &RepositoryName, row: HeldModule) -> Option<Self> {
        if row.state != Some(BlobState::Held) {
            return None;
        }
        let version = row.version;
        Some(Self {
            repository: repository.clone(),
            version: version.version,
            manifest: version.manifest_digest,
            zip: version.zip_digest,
            size: version.zip_size,
            address: version.address,
            subdir: version.subdir,
            source: version.source,
            commit: version.revision,
            proof: version.proof,
            origin: version.origin,
            captured_at: version.captured_at,
        })
    }
}
