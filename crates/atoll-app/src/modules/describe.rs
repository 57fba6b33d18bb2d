//! What a module is, read from its package.

use atoll_core::address::ModuleAddr;
use atoll_core::module::describe::ModuleDescription;
use atoll_core::version::Version;
use atoll_db::modules;

use super::catalog::ModuleList;
use super::deprecate::Notice;
use super::stored::StoredModule;
use super::{ModuleError, Modules};
use crate::failure::Failure;
use crate::mirror::FetchRight;

/// Everything that is known of a version.
#[derive(Clone, Debug)]
pub struct ModuleDetails {
    /// The version.
    pub module: StoredModule,
    /// All versions that can be had, in order of precedence.
    pub versions: Vec<Version>,
    /// What its package says; none where that can't be read.
    pub description: Option<ModuleDescription>,
    /// What its owner says against using it, or against the whole module.
    pub notice: Option<Notice>,
}

impl Modules {
    /// What is known of a version, or of the newest release where none is named. All that upstream is asked for it shares one
    /// patience.
    pub async fn details(
        &self,
        module: &ModuleAddr,
        version: Option<&Version>,
        right: &FetchRight,
    ) -> Result<ModuleDetails, ModuleError> {
        let patience = self.mirrors.patience();
        let versions = self.list_within(module, right, patience).await?;
        let versions = numbers(&versions);
        let version = match version {
            Some(version) => version.clone(),
            None => newest_of(module, &versions)?,
        };
        let served = self.version_within(module, &version, right, patience);
        let served = served.await?.module;
        let description = self.describe(&served).await?;
        let notice = self.notice(module, &version).await?;
        Ok(ModuleDetails {
            module: served,
            versions,
            description,
            notice,
        })
    }

    /// The newest release of a module; where there is none, the newest pre-release.
    pub async fn newest(
        &self,
        module: &ModuleAddr,
        right: &FetchRight,
    ) -> Result<Version, ModuleError> {
        newest_of(module, &numbers(&self.list(module, right).await?))
    }

    async fn describe(&self, module: &StoredModule) -> Result<Option<ModuleDescription>, Failure> {
        let subdir = module.subdir.as_deref().unwrap_or_default();
        let body = self.store.describe_module(&module.zip, subdir).await?;
        body.map(|body| {
            serde_json::from_str(&body).map_err(|error| Failure::Damaged {
                digest: module.zip.clone(),
                what: format!("its description can't be read: {error}"),
            })
        })
        .transpose()
    }

    /// What is said against a version; what is said against the whole module holds for each.
    async fn notice(
        &self,
        module: &ModuleAddr,
        version: &Version,
    ) -> Result<Option<Notice>, Failure> {
        let Some(repository) = self.store.db.find_repository(&module.repository()).await? else {
            return Ok(None);
        };
        let mut read = self.store.db.read().await?;
        let all = modules::deprecations(&mut read, repository.id).await?;
        let of_version = all
            .iter()
            .find(|said| said.version.as_ref() == Some(version));
        let of_module = all.iter().find(|said| said.version.is_none());
        Ok(of_version.or(of_module).cloned().map(Notice::from))
    }
}

fn numbers(list: &ModuleList) -> Vec<Version> {
    let versions = list.versions.iter();
    versions.map(|listed| listed.version.clone()).collect()
}

fn newest_of(module: &ModuleAddr, versions: &[Version]) -> Result<Version, ModuleError> {
    newest(versions)
        .cloned()
        .ok_or_else(|| ModuleError::NotFound {
            what: format!("version of module {module}"),
        })
}

/// The newest release; where there is none, the newest pre-release.
pub(super) fn newest(versions: &[Version]) -> Option<&Version> {
    let mut releases = versions.iter().filter(|version| !version.is_prerelease());
    releases.next_back().or(versions.last())
}
