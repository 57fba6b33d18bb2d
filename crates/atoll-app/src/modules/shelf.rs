//! Which modules there are.

use atoll_core::address::{Hostname, ModuleAddr};
use atoll_core::permission::{Action, Principal, may};
use atoll_core::repository::Family;
use atoll_db::modules;
use atoll_db::providers::ArtifactCursor;

use super::Modules;
use super::describe::newest;
use super::stored::StoredModule;
use crate::failure::Failure;

/// How many versions are read in one step.
const STEP: usize = 500;

/// How many modules are listed at most: the public registry's lists have pages, and this is for people and search boxes.
const MODULES_MAX: usize = 10_000;

/// A module that is here, and its newest release.
#[derive(Clone, Debug)]
pub struct ShelvedModule {
    /// The module, as its publisher spells it.
    pub module: ModuleAddr,
    /// The newest release.
    pub newest: StoredModule,
}

impl Modules {
    /// The modules of a host that are here and that the principal may read, in the order of their repositories.
    pub async fn shelf(
        &self,
        principal: &Principal,
        hostname: &Hostname,
    ) -> Result<Vec<ShelvedModule>, Failure> {
        let prefix = format!("{}/{}/", Family::Modules.as_str(), hostname.component());
        let mut found: Vec<ShelvedModule> = Vec::new();
        let mut versions: Vec<StoredModule> = Vec::new();
        let mut after: Option<ArtifactCursor> = None;
        loop {
            let mut read = self.store.db.read().await?;
            let rows = modules::list_artifacts(&mut read, &prefix, after.as_ref(), STEP).await?;
            drop(read);
            let is_last = rows.len() < STEP;
            after = rows.last().map(modules::ModuleArtifact::cursor);
            for row in rows {
                if versions
                    .last()
                    .is_some_and(|last| last.repository != row.repository)
                {
                    self.put(principal, &mut found, std::mem::take(&mut versions))
                        .await?;
                }
                versions.extend(StoredModule::of(&row.repository, row.module));
            }
            if is_last || found.len() >= MODULES_MAX {
                self.put(principal, &mut found, versions).await?;
                return Ok(found);
            }
        }
    }

    async fn put(
        &self,
        principal: &Principal,
        found: &mut Vec<ShelvedModule>,
        mut versions: Vec<StoredModule>,
    ) -> Result<(), Failure> {
        versions.sort_by(|one, other| one.version.cmp(&other.version));
        let numbers: Vec<_> = versions
            .iter()
            .map(|stored| stored.version.clone())
            .collect();
        let best = newest(&numbers);
        let Some(stored) = versions
            .into_iter()
            .find(|stored| Some(&stored.version) == best)
        else {
            return Ok(());
        };
        let visibility = self.store.visibility(&stored.repository).await?;
        if !may(principal, Action::Pull, &stored.repository, visibility).is_allowed() {
            return Ok(());
        }
        found.extend(spelt(&stored).map(|module| ShelvedModule {
            module,
            newest: stored,
        }));
        Ok(())
    }
}

/// The address as its publisher spells it, where that is an address of the repository.
pub(crate) fn spelt(stored: &StoredModule) -> Option<ModuleAddr> {
    let folded = ModuleAddr::from_repository(&stored.repository)?;
    let spelt = stored.address.as_deref().and_then(|path| {
        ModuleAddr::parse_with_default(path, folded.hostname())
            .ok()
            .filter(|address| address.repository() == stored.repository)
    });
    Some(spelt.unwrap_or(folded))
}
