//! Answering with a list or a version.

use std::sync::Arc;

use atoll_core::address::ModuleAddr;
use atoll_core::proof::Proof;
use atoll_core::version::Version;

use super::known::KnownModules;
use crate::mirror::answers::{FetchRight, Freshness, ServedFrom};
use crate::mirror::error::MirrorError;
use crate::mirror::host::Host;
use crate::mirror::patience::Patience;
use crate::mirror::policy;
use crate::mirror::words::module_version_name;
use crate::modules::{ListedModule, ModuleList, ServedModule, StoredModule};

impl Host {
    /// Refuses a module that the operator does not serve at all.
    pub(in crate::mirror) fn check_module(&self, module: &ModuleAddr) -> Result<(), MirrorError> {
        self.check_in_service(&module.to_string())?;
        policy::check_module(&self.policy.patterns, module, None)
    }

    /// The versions of a module that this client may have now.
    pub(in crate::mirror) async fn list_modules(
        self: &Arc<Self>,
        module: &ModuleAddr,
        may_fetch: &FetchRight,
        patience: Patience,
    ) -> Result<ModuleList, MirrorError> {
        self.check_module(module)?;
        let what = module.to_string();
        if let Err(error) = self.check_proof(&what, Proof::Unsigned) {
            // Nobody signs modules: nothing that upstream lists could be served.
            return self.held_modules_or(module, ServedFrom::Hit, error).await;
        }
        if let Err(obstacle) = self.check_asking(&what, may_fetch) {
            let served_from = obstacle.served_from();
            return self.held_modules_or(module, served_from, obstacle).await;
        }
        if let Some(known) = self.fresh_modules(module).await? {
            return self.known_modules(module, &known, ServedFrom::Hit).await;
        }
        self.count_miss(may_fetch)?;
        let work = {
            let (this, module) = (Arc::clone(self), module.clone());
            Box::pin(async move { this.current_modules(&module).await })
        };
        let waited = patience
            .wait_for(&self.store.tasks, "mirror.modules", work)
            .await;
        match waited.unwrap_or_else(|| Err(self.too_slow(&what))) {
            Ok((known, served_from)) => self.known_modules(module, &known, served_from).await,
            Err(error) if error.is_upstreams_fault() => {
                self.report_outage(&error);
                self.held_modules_or(module, ServedFrom::Stale, error).await
            }
            Err(error) => Err(error),
        }
    }

    async fn known_modules(
        &self,
        module: &ModuleAddr,
        known: &KnownModules,
        served_from: ServedFrom,
    ) -> Result<ModuleList, MirrorError> {
        let Some(versions) = &known.list else {
            let not_found = self.not_found(&module.to_string());
            return self
                .held_modules_or(module, ServedFrom::Stale, not_found)
                .await;
        };
        let age_secs = crate::now().secs_since(known.fetched_at).max(0);
        let stored = self.modules.stored.list(&module.repository()).await?;
        let is_deleted = |listed: &ListedModule| stored.deleted.contains(&listed.version);
        // Where nothing was deleted, the list that documents were rendered from before.
        let versions = if stored.deleted.is_empty() || !versions.iter().any(is_deleted) {
            Arc::clone(versions)
        } else {
            let kept = versions.iter().filter(|listed| !is_deleted(listed));
            kept.cloned().collect()
        };
        Ok(ModuleList {
            versions,
            freshness: Freshness::new(served_from, Some(age_secs)),
        })
    }

    /// What is held, or the error where that is nothing.
    async fn held_modules_or(
        &self,
        module: &ModuleAddr,
        served_from: ServedFrom,
        error: MirrorError,
    ) -> Result<ModuleList, MirrorError> {
        let stored = self.modules.stored.list(&module.repository()).await?;
        let modules = stored.modules.iter();
        let permitted: Vec<&StoredModule> = modules
            .filter(|stored| self.serves(module, stored).is_ok())
            .collect();
        if permitted.is_empty() {
            return Err(error);
        }
        // Where nothing is withheld, the list that documents were rendered from before.
        let versions = if permitted.len() == stored.modules.len() {
            Arc::clone(&stored.listed)
        } else {
            ListedModule::all(permitted)
        };
        Ok(ModuleList {
            versions,
            freshness: Freshness::new(served_from, None),
        })
    }

    /// A version, captured now if it was not before.
    pub(in crate::mirror) async fn module(
        self: &Arc<Self>,
        module: &ModuleAddr,
        version: &Version,
        may_fetch: &FetchRight,
        patience: Patience,
    ) -> Result<ServedModule, MirrorError> {
        self.check_in_service(&module.to_string())?;
        policy::check_module(&self.policy.patterns, module, Some(version))?;
        let what = module_version_name(module, version);
        if let Some(stored) = self.find_module(module, version).await? {
            self.serves(module, &stored)?;
            return Ok(served(stored, ServedFrom::Hit));
        }
        self.check_not_deleted(module, version).await?;
        self.check_asking(&what, may_fetch)?;
        let key = (module.clone(), version.clone());
        if self.modules.absent.contains_key(&key) {
            return Err(self.not_found(&what));
        }
        self.count_miss(may_fetch)?;
        let work = {
            let (this, key) = (Arc::clone(self), key.clone());
            Box::pin(async move { this.capture_module_once(&key.0, &key.1).await })
        };
        let captured = patience
            .wait_for(&self.store.tasks, "mirror.module", work)
            .await;
        let captured = captured.unwrap_or_else(|| Err(self.too_slow(&what)));
        if let Err(MirrorError::NotFound { .. }) = &captured {
            self.modules.absent.insert(key, ()).await;
        }
        Ok(served(captured?, ServedFrom::Fetched))
    }

    /// The versions that upstream has now and that may be had here.
    pub(in crate::mirror) async fn versions_now(
        &self,
        module: &ModuleAddr,
    ) -> Result<Vec<Version>, MirrorError> {
        let known = self.ask_modules(module).await?;
        let versions = known.list.as_ref();
        let versions = versions.ok_or_else(|| self.not_found(&module.to_string()))?;
        let stored = self.modules.stored.list(&module.repository()).await?;
        let versions = versions.iter().map(|listed| &listed.version);
        Ok(versions
            .filter(|version| !stored.deleted.contains(version))
            .cloned()
            .collect())
    }

    /// Refuses a version that was deleted here, before anything is fetched: other bytes could not take its place.
    pub(super) async fn check_not_deleted(
        &self,
        module: &ModuleAddr,
        version: &Version,
    ) -> Result<(), MirrorError> {
        let stored = self.modules.stored.list(&module.repository()).await?;
        if stored.deleted.contains(version) {
            return Err(MirrorError::Deleted {
                what: module_version_name(module, version),
                hostname: self.policy.hostname.clone(),
            });
        }
        Ok(())
    }

    pub(in crate::mirror) async fn find_module(
        &self,
        module: &ModuleAddr,
        version: &Version,
    ) -> Result<Option<StoredModule>, MirrorError> {
        let repository = module.repository();
        Ok(self.modules.stored.find(&repository, version).await?)
    }

    fn serves(&self, module: &ModuleAddr, stored: &StoredModule) -> Result<(), MirrorError> {
        policy::check_module(&self.policy.patterns, module, Some(&stored.version))?;
        self.check_proof(&module_version_name(module, &stored.version), stored.proof)
    }
}

/// What is captured does not change, so its age is that of the capture.
fn served(module: StoredModule, served_from: ServedFrom) -> ServedModule {
    let age_secs = crate::now().secs_since(module.captured_at).max(0);
    ServedModule {
        module,
        freshness: Freshness::new(served_from, Some(age_secs)),
    }
}
