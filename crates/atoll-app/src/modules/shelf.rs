//! Which modules there are.

use atoll_core::address::{Hostname, ModuleAddr};
use atoll_core::permission::Principal;
use atoll_core::repository::RepositoryName;
use atoll_db::repositories::{self, Repository};

use super::Modules;
use super::describe::newest;
use super::stored::StoredModule;
use crate::failure::Failure;

/// How many names are read in one step.
const STEP: usize = 500;

/// Of how many modules one request reads the versions.
const READ_MAX: usize = 1_000;

/// A module that is here, and its newest release.
#[derive(Clone, Debug)]
pub struct ShelvedModule {
    /// The module, as its publisher spells it.
    pub module: ModuleAddr,
    /// The newest release.
    pub newest: StoredModule,
}

/// What is looked for among the modules of a host. What is left out is anything.
#[derive(Clone, Debug)]
pub struct ModuleSearch {
    /// The host.
    pub hostname: Hostname,
    /// The namespace.
    pub namespace: Option<String>,
    /// The name.
    pub name: Option<String>,
    /// What it is for.
    pub system: Option<String>,
    /// A part of namespace, name and system.
    pub text: String,
}

/// A part of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShelfPart {
    /// The repository that it begins behind.
    pub after: Option<String>,
    /// How many modules are passed over first.
    pub skip: usize,
    /// How many it has at most.
    pub limit: usize,
}

/// Some modules of a list.
#[derive(Clone, Debug)]
pub struct Shelf {
    /// In the order of their repositories.
    pub modules: Vec<ShelvedModule>,
    /// Where the list goes on, if it does. A part may have fewer modules than it could, because a request reads so much and no more.
    pub next: Option<ShelfPart>,
}

impl Modules {
    /// Modules that are here, and that the principal may read and the operator serves.
    pub async fn shelf(
        &self,
        principal: &Principal,
        search: &ModuleSearch,
        part: ShelfPart,
    ) -> Result<Shelf, Failure> {
        let prefix = search.prefix();
        let mut filling = Filling::begin(part);
        let mut seen = filling.part.after.clone();
        loop {
            let mut read = self.store.db.read().await?;
            let step = repositories::list(&mut read, &prefix, seen.as_deref(), STEP).await?;
            drop(read);
            let is_last = step.len() < STEP;
            seen = step.last().map(|last| last.name.to_string());
            for repository in step {
                if !search.finds(&repository.name) || !self.store.shows(principal, &repository) {
                    continue;
                }
                if filling.has_read_enough() {
                    return Ok(filling.stop());
                }
                let shelved = self.shelved(&repository).await?;
                if !filling.take(&repository.name, shelved) {
                    return Ok(filling.stop());
                }
            }
            if is_last {
                return Ok(filling.end());
            }
        }
    }

    /// The newest release that is served of a module.
    async fn shelved(&self, repository: &Repository) -> Result<Option<ShelvedModule>, Failure> {
        let Some(module) = ModuleAddr::from_repository(&repository.name) else {
            return Ok(None);
        };
        let stored = self.stored.list(&repository.name).await?;
        let serves = |stored: &&StoredModule| {
            let (version, proof) = (&stored.version, stored.proof);
            self.mirrors.serves_module(&module, version, proof)
        };
        let versions: Vec<_> = stored
            .modules
            .iter()
            .filter(serves)
            .map(|stored| stored.version.clone())
            .collect();
        let best = newest(&versions);
        let mut modules = stored.modules.iter();
        let found = modules.find(|stored| Some(&stored.version) == best);
        Ok(found.and_then(|stored| {
            Some(ShelvedModule {
                module: spelt(stored)?,
                newest: stored.clone(),
            })
        }))
    }
}

impl ModuleSearch {
    /// What the names of the repositories begin with.
    fn prefix(&self) -> String {
        let below = [&self.namespace, &self.name];
        let named = below.into_iter().map_while(|part| part.as_deref());
        ModuleAddr::tree(&self.hostname, named)
    }

    fn finds(&self, repository: &RepositoryName) -> bool {
        let Some(module) = ModuleAddr::from_repository(repository) else {
            return false;
        };
        let same = |wanted: &Option<String>, actual: &str| {
            let wanted = wanted.as_deref();
            wanted.is_none_or(|wanted| wanted.eq_ignore_ascii_case(actual))
        };
        same(&self.namespace, module.namespace())
            && same(&self.name, module.name())
            && same(&self.system, module.system())
            && module.path().contains(&self.text.to_ascii_lowercase())
    }
}

/// A part of a list while it is put together.
struct Filling {
    part: ShelfPart,
    modules: Vec<ShelvedModule>,
    read: usize,
}

impl Filling {
    fn begin(part: ShelfPart) -> Self {
        Self {
            part,
            modules: Vec::new(),
            read: 0,
        }
    }

    fn has_read_enough(&self) -> bool {
        self.read >= READ_MAX
    }

    /// Takes what a repository has to show; `false` where there is no room for it.
    fn take(&mut self, repository: &RepositoryName, shelved: Option<ShelvedModule>) -> bool {
        self.read += 1;
        if let Some(shelved) = shelved {
            if self.part.skip > 0 {
                self.part.skip -= 1;
            } else if self.modules.len() < self.part.limit {
                self.modules.push(shelved);
            } else {
                return false;
            }
        }
        // Only what the principal may read: the list goes on behind it, and tells its name.
        self.part.after = Some(repository.to_string());
        true
    }

    fn stop(self) -> Shelf {
        Shelf {
            modules: self.modules,
            next: Some(self.part),
        }
    }

    fn end(self) -> Shelf {
        Shelf {
            modules: self.modules,
            next: None,
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_reads_so_much_and_the_next_one_goes_on_behind_it() {
        let name: RepositoryName = "modules/self/acme/vpc/aws".parse().unwrap();
        let mut filling = Filling::begin(ShelfPart {
            after: None,
            skip: 3,
            limit: 10,
        });
        for _ in 0..READ_MAX {
            assert!(!filling.has_read_enough());
            assert!(filling.take(&name, None));
        }
        assert!(filling.has_read_enough());
        let next = filling.stop().next.unwrap();
        assert_eq!(next.after.as_deref(), Some(name.as_str()));
        assert_eq!(next.skip, 3, "what was not shown was not passed over");
    }

    #[test]
    fn names_are_found_in_any_case_and_by_any_part() {
        let name: RepositoryName = "modules/self/acme/vpc/aws".parse().unwrap();
        let any = ModuleSearch {
            hostname: Hostname::self_(),
            namespace: None,
            name: None,
            system: None,
            text: String::new(),
        };
        assert_eq!(any.prefix(), "modules/self/");
        assert!(any.finds(&name));
        let exact = ModuleSearch {
            namespace: Some("ACME".to_owned()),
            name: Some("Vpc".to_owned()),
            system: Some("aws".to_owned()),
            text: "E/V".to_owned(),
            ..any.clone()
        };
        assert_eq!(exact.prefix(), "modules/self/acme/vpc/");
        assert!(exact.finds(&name));
        for other in [
            ModuleSearch {
                namespace: Some("acm".to_owned()),
                ..any.clone()
            },
            ModuleSearch {
                system: Some("gcp".to_owned()),
                ..any.clone()
            },
            ModuleSearch {
                text: "vpc-".to_owned(),
                ..any
            },
        ] {
            assert!(!other.finds(&name), "{other:?}");
        }
    }
}
