//! From selections to addresses.

use std::collections::BTreeSet;

use atoll_core::address::{Hostname, ModuleAddr, ProviderAddr};
use atoll_core::kind::ErrorKind;
use atoll_core::pattern::Selection;
use atoll_db::repositories::{self, Repository};

use super::progress::Progress;
use crate::failure::Failure;
use crate::mirror::{MirrorError, Mirrors};
use crate::modules::{StoredModule, spelt};
use crate::registry::Registry;

/// How many repositories of a tree are looked at in one step.
const STEP: usize = 500;

/// Something that a selection names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Selected {
    Module(ModuleAddr),
    Provider(ProviderAddr),
}

/// Finds the addresses that a selection names: itself, where it is one address; else what upstream lists of the namespace,
/// and what is held already.
pub(super) struct Planner<'a> {
    pub(super) store: &'a Registry,
    pub(super) mirrors: &'a Mirrors,
    pub(super) hostname: &'a Hostname,
    pub(super) progress: &'a Progress,
}

impl Planner<'_> {
    pub(super) async fn selected(
        &self,
        selection: &Selection,
    ) -> Result<BTreeSet<Selected>, Failure> {
        let literal = selection.pattern().literal();
        let mut found = BTreeSet::new();
        match literal.as_deref() {
            Some([namespace, name, system]) => {
                self.keep(&mut found, self.module(namespace, name, system));
            }
            Some([namespace, type_name]) => {
                self.keep(&mut found, self.provider(namespace, type_name));
            }
            _ => {
                self.ask(selection, &mut found).await;
                self.look(selection, &mut found).await?;
            }
        }
        Ok(found)
    }

    fn keep(&self, found: &mut BTreeSet<Selected>, selected: Result<Selected, (String, String)>) {
        match selected {
            Ok(selected) => {
                found.insert(selected);
            }
            Err((what, why)) => self.progress.skipped(format!("{what}: {why}")),
        }
    }

    fn module(
        &self,
        namespace: &str,
        name: &str,
        system: &str,
    ) -> Result<Selected, (String, String)> {
        let module = ModuleAddr::new(self.hostname.clone(), namespace, name, system);
        module
            .map(Selected::Module)
            .map_err(|error| (format!("{namespace}/{name}/{system}"), error.to_string()))
    }

    fn provider(&self, namespace: &str, type_name: &str) -> Result<Selected, (String, String)> {
        let provider = ProviderAddr::new(self.hostname.clone(), namespace, type_name);
        provider
            .map(Selected::Provider)
            .map_err(|error| (format!("{namespace}/{type_name}"), error.to_string()))
    }

    /// Asks upstream what the namespace has. A registry that does not tell is a failure of the selection only.
    async fn ask(&self, selection: &Selection, found: &mut BTreeSet<Selected>) {
        let pattern = selection.pattern();
        let Some(namespace) = pattern.namespace() else {
            let error = Unlisted(format!(
                "a namespace with a wildcard can't be looked up at {}: name the namespaces",
                self.hostname
            ));
            self.progress.failed(selection.to_string(), &error);
            return;
        };
        let wants_modules = pattern.is_for_namespaces() || pattern.segment_count() == 3;
        let wants_providers = pattern.segment_count() == 2;
        let mut refused: Option<MirrorError> = None;
        let mut has_answer = false;
        if wants_modules {
            match self.mirrors.modules_of(self.hostname, namespace).await {
                Ok(listed) => {
                    has_answer = true;
                    for (name, system) in listed {
                        if selection.selects(&[namespace, &name, &system]) {
                            self.keep(found, self.module(namespace, &name, &system));
                        }
                    }
                }
                Err(error) => refused = Some(error),
            }
        }
        if wants_providers {
            match self.mirrors.providers_of(self.hostname, namespace).await {
                Ok(listed) => {
                    has_answer = true;
                    for type_name in listed {
                        if selection.selects(&[namespace, &type_name]) {
                            self.keep(found, self.provider(namespace, &type_name));
                        }
                    }
                }
                Err(error) if refused.is_none() || error.kind() != ErrorKind::NotFound => {
                    refused = Some(error);
                }
                Err(_) => {}
            }
        }
        if let Some(error) =
            refused.filter(|error| !has_answer || error.kind() != ErrorKind::NotFound)
        {
            let what = format!("{selection}, what of it there is at {}", self.hostname);
            let namespace = namespace.to_owned();
            let error = NamespaceUnlisted {
                namespace,
                source: error,
            };
            self.progress.failed(what, &error);
        }
    }

    /// Looks what of the selection is held already.
    async fn look(
        &self,
        selection: &Selection,
        found: &mut BTreeSet<Selected>,
    ) -> Result<(), Failure> {
        for family in ["modules", "providers"] {
            let tree = format!("{family}/{}/", self.hostname.component());
            let mut after: Option<String> = None;
            loop {
                let mut read = self.store.db.read().await?;
                let step = repositories::list(&mut read, &tree, after.as_deref(), STEP).await?;
                drop(read);
                after = step.last().map(|last| last.name.to_string());
                for repository in &step {
                    let held = Selected::held(repository);
                    let is_new = |held: &Selected| !is_there(found, held);
                    if let Some(held) = held.filter(|held| held.is_of(selection)).filter(is_new) {
                        found.insert(self.spelt(repository, held).await?);
                    }
                }
                if step.len() < STEP {
                    break;
                }
            }
        }
        Ok(())
    }

    /// What a repository holds, in the spelling in which upstream gave it last.
    async fn spelt(&self, repository: &Repository, held: Selected) -> Result<Selected, Failure> {
        let Selected::Module(_) = held else {
            return Ok(held);
        };
        let mut read = self.store.db.read().await?;
        let rows = atoll_db::modules::versions(&mut read, repository.id).await?;
        drop(read);
        let stored = rows
            .into_iter()
            .filter_map(|row| StoredModule::of(&repository.name, row));
        let newest = stored.max_by_key(|stored| stored.captured_at);
        Ok(newest
            .as_ref()
            .and_then(spelt)
            .map_or(held, Selected::Module))
    }
}

/// What is held is known in lower case, and upstream may spell it otherwise.
fn is_there(found: &BTreeSet<Selected>, held: &Selected) -> bool {
    found.iter().any(|one| match (one, held) {
        (Selected::Module(one), Selected::Module(held)) => one.repository() == held.repository(),
        (one, held) => one == held,
    })
}

impl Selected {
    /// What a repository holds, in lower case.
    fn held(repository: &Repository) -> Option<Self> {
        ModuleAddr::from_repository(&repository.name)
            .map(Self::Module)
            .or_else(|| ProviderAddr::from_repository(&repository.name).map(Self::Provider))
    }

    fn is_of(&self, selection: &Selection) -> bool {
        match self {
            Self::Module(module) => {
                selection.selects(&[module.namespace(), module.name(), module.system()])
            }
            Self::Provider(provider) => {
                selection.selects(&[provider.namespace(), provider.type_name()])
            }
        }
    }
}

/// A namespace that upstream does not tell the contents of.
#[derive(Debug, thiserror::Error)]
#[error(
    "failed to list the namespace {namespace}, and a wildcard needs a registry that answers /v1/modules/NAMESPACE; where it does not, name \
     what to fetch, as NAMESPACE/NAME/SYSTEM or NAMESPACE/TYPE"
)]
struct NamespaceUnlisted {
    namespace: String,
    #[source]
    source: MirrorError,
}

/// What can't be looked up.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Unlisted(String);
