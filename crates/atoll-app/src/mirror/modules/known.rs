//! What upstream said about its modules: in memory, in the database, or just now.

use std::sync::Arc;

use atoll_core::address::ModuleAddr;
use atoll_core::time_micros::Micros;
use atoll_core::version::Version;
use atoll_db::upstream_documents::{self, UpstreamDocument};
use atoll_upstream::terraform::ModulePath;

use crate::failure::Failure;
use crate::mirror::error::MirrorError;
use crate::mirror::host::Host;
use crate::mirror::list::{Asked, STATUS_FOUND, STATUS_NOT_FOUND};
use crate::mirror::policy;
use crate::modules::ListedModule;

/// What upstream said about a module.
#[derive(Debug)]
pub(in crate::mirror) struct KnownModules {
    /// After policy, in order of precedence; none where upstream has no such module.
    pub(super) versions: Option<Arc<[ListedModule]>>,
    /// When it said so.
    pub(super) fetched_at: Micros,
}

impl KnownModules {
    pub(super) fn weight(&self) -> u32 {
        let entries = self.versions.as_ref().map_or(0, |versions| versions.len());
        u32::try_from(entries).unwrap_or(u32::MAX).max(1)
    }
}

impl Host {
    /// What upstream said about a module, if that is fresh.
    pub(super) async fn fresh_modules(
        &self,
        module: &ModuleAddr,
    ) -> Result<Option<Arc<KnownModules>>, Failure> {
        let now = crate::now();
        if let Some(known) = self.modules.known.get(module).await
            && self.is_fresh_module(&known, now)
        {
            return Ok(Some(known));
        }
        // Another process may have asked meanwhile.
        let document = {
            let mut read = self.store.db.read().await?;
            upstream_documents::find(&mut read, self.label(), &path(module)).await?
        };
        let known = document
            .and_then(|document| self.remembered_modules(module, &document))
            .map(Arc::new)
            .filter(|known| self.is_fresh_module(known, now));
        if let Some(known) = &known {
            self.modules
                .known
                .insert(module.clone(), Arc::clone(known))
                .await;
        }
        Ok(known)
    }

    /// What upstream says about a module, asked now unless somebody just did. However many ask, upstream is asked once.
    pub(super) async fn current_modules(
        self: &Arc<Self>,
        module: &ModuleAddr,
    ) -> Result<(Arc<KnownModules>, Asked), MirrorError> {
        let work = || async {
            if let Some(known) = self.fresh_modules(module).await? {
                return Ok((known, Asked::Memory));
            }
            Ok((self.ask_modules(module).await?, Asked::Upstream))
        };
        self.modules.asking.run(module, work).await
    }

    /// Asks upstream now, whatever it said before.
    pub(super) async fn ask_modules(
        &self,
        module: &ModuleAddr,
    ) -> Result<Arc<KnownModules>, MirrorError> {
        let what = module.to_string();
        let registry = self.module_registry(&what)?;
        let answer = registry.module_versions(&path_of(module)).await;
        let versions = match self.noted(&what, answer) {
            Ok(list) => {
                if list.skipped > 0 {
                    let skipped = list.skipped;
                    tracing::warn!(module.address = %module, skipped, "left {skipped} unreadable entries out of the list of {module}");
                }
                Some(list.versions)
            }
            Err(MirrorError::NotFound { .. }) => None,
            Err(error) => return Err(error),
        };
        let versions: Option<Vec<Version>> = versions.map(|set| set.into_iter().collect());
        let fetched_at = crate::now();
        let document = &document_of(versions.as_deref(), fetched_at);
        let (label, path) = (self.label(), &path(module));
        let put = self.store.db.transact("mirror.modules", |tx| {
            Box::pin(async move { upstream_documents::put(tx, label, path, document).await })
        });
        put.await?;
        let known = Arc::new(self.permitted_modules(module, versions, fetched_at));
        self.modules
            .known
            .insert(module.clone(), Arc::clone(&known))
            .await;
        Ok(known)
    }

    fn is_fresh_module(&self, known: &KnownModules, now: Micros) -> bool {
        let period_secs = match known.versions {
            Some(_) => self.policy.retrieval_cache_period_secs,
            None => self.policy.missed_cache_period_secs,
        };
        // A moment that has not come yet was written by another clock.
        (0..period_secs).contains(&now.secs_since(known.fetched_at))
    }

    fn remembered_modules(
        &self,
        module: &ModuleAddr,
        document: &UpstreamDocument,
    ) -> Option<KnownModules> {
        let versions = if document.status == STATUS_NOT_FOUND {
            None
        } else {
            // What another release wrote is as good as nothing, and replaced by the next answer.
            Some(serde_json::from_slice::<Vec<Version>>(&document.body).ok()?)
        };
        Some(self.permitted_modules(module, versions, document.fetched_at))
    }

    fn permitted_modules(
        &self,
        module: &ModuleAddr,
        versions: Option<Vec<Version>>,
        fetched_at: Micros,
    ) -> KnownModules {
        let patterns = &self.policy.patterns;
        let listed = versions.map(|versions| {
            let permitted = versions
                .into_iter()
                .filter(|version| policy::permits_module(patterns, module, version));
            permitted.map(|version| ListedModule { version }).collect()
        });
        KnownModules {
            versions: listed,
            fetched_at,
        }
    }
}

/// The module's name as the registry's client takes it.
pub(super) fn path_of(module: &ModuleAddr) -> ModulePath<'_> {
    ModulePath {
        namespace: module.namespace(),
        name: module.name(),
        system: module.system(),
    }
}

fn document_of(versions: Option<&[Version]>, fetched_at: Micros) -> UpstreamDocument {
    let (status, body) = match versions {
        None => (STATUS_NOT_FOUND, Vec::new()),
        Some(versions) => {
            let body = serde_json::to_vec(versions).expect("a list of texts is always JSON");
            (STATUS_FOUND, body)
        }
    };
    UpstreamDocument {
        status,
        body,
        fetched_at,
    }
}

fn path(module: &ModuleAddr) -> String {
    format!("modules/{}/versions", module.path())
}
