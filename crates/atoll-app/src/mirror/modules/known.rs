//! What upstream said about its modules.

use std::sync::Arc;

use atoll_core::address::ModuleAddr;
use atoll_core::version::Version;
use atoll_upstream::terraform::ModulePath;

use crate::failure::Failure;
use crate::mirror::answers::ServedFrom;
use crate::mirror::error::MirrorError;
use crate::mirror::host::Host;
use crate::mirror::known::{Asked, Known};
use crate::mirror::policy;
use crate::modules::ListedModule;

/// What upstream said about a module, in order of precedence.
pub(in crate::mirror) type KnownModules = Known<Arc<[ListedModule]>>;

impl Host {
    /// What upstream said about a module, if that is fresh.
    pub(super) async fn fresh_modules(
        &self,
        module: &ModuleAddr,
    ) -> Result<Option<Arc<KnownModules>>, Failure> {
        let permit = |versions| self.permitted_modules(module, versions);
        self.recall(&self.modules.known, module, &path(module), permit)
            .await
    }

    /// What upstream says about a module, asked now unless somebody just did.
    pub(super) async fn current_modules(
        self: &Arc<Self>,
        module: &ModuleAddr,
    ) -> Asked<Arc<[ListedModule]>> {
        let work = || async {
            if let Some(known) = self.fresh_modules(module).await? {
                return Ok((known, ServedFrom::Hit));
            }
            Ok((self.ask_modules(module).await?, ServedFrom::Fetched))
        };
        self.modules.known.asking.run(module, work).await
    }

    /// Asks upstream now, whatever it said before.
    pub(super) async fn ask_modules(
        &self,
        module: &ModuleAddr,
    ) -> Result<Arc<KnownModules>, MirrorError> {
        let what = module.to_string();
        let registry = self.module_registry(&what)?;
        let answer = registry.module_versions(&path_of(module)).await;
        let answer = self.noted(&what, answer).map(|list| {
            if list.skipped > 0 {
                let skipped = list.skipped;
                tracing::warn!(module.address = %module, skipped, "left {skipped} unreadable entries out of the list of {module}");
            }
            list.versions.into_iter().collect()
        });
        let permit = |versions| self.permitted_modules(module, versions);
        self.remember(&self.modules.known, module, &path(module), answer, permit)
            .await
    }

    fn permitted_modules(
        &self,
        module: &ModuleAddr,
        versions: Vec<Version>,
    ) -> Arc<[ListedModule]> {
        let permitted = versions
            .into_iter()
            .filter(|version| policy::permits_module(&self.policy.patterns, module, version));
        permitted.map(|version| ListedModule { version }).collect()
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

fn path(module: &ModuleAddr) -> String {
    format!("modules/{}/versions", module.path())
}
