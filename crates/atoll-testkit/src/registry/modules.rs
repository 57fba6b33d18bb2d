//! The modules of the fake registry.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::FakeRegistry;
use super::catalog::Catalog;

/// A version of a module, and where its package is.
#[derive(Clone)]
pub(crate) struct ModuleRelease {
    pub(crate) version: String,
    pub(crate) location: String,
}

impl FakeRegistry {
    /// Lists a version of `NAMESPACE/NAME/SYSTEM`, whose package is at a go-getter address; in the place of what was listed.
    pub fn put_module(&self, module: &str, version: &str, location: &str) {
        let mut catalog = self.catalog();
        let releases = catalog.modules.entry(module.to_owned()).or_default();
        releases.retain(|release| release.version != version);
        releases.push(ModuleRelease {
            version: version.to_owned(),
            location: location.to_owned(),
        });
    }
}

impl Catalog {
    /// `…/versions`
    pub(super) fn module_versions(&self, module: &str) -> Option<Value> {
        let releases = self.modules.get(module)?;
        let versions: Vec<Value> = releases
            .iter()
            .map(|release| json!({"version": release.version}))
            .collect();
        Some(json!({"modules": [{"versions": versions}]}))
    }

    /// `…/VERSION/download`
    pub(super) fn module_location(&self, module: &str, version: &str) -> Option<String> {
        let releases = self.modules.get(module)?;
        let release = releases.iter().find(|release| release.version == version)?;
        Some(release.location.clone())
    }

    /// `/v1/modules/NAMESPACE`: the public registry's list.
    pub(super) fn modules_of(&self, namespace: &str) -> Option<Value> {
        let names: BTreeSet<&str> = self
            .modules
            .keys()
            .filter_map(|module| module.strip_prefix(namespace)?.strip_prefix('/'))
            .collect();
        let listed: Vec<Value> = names
            .iter()
            .filter_map(|rest| rest.split_once('/'))
            .map(|(name, system)| json!({"namespace": namespace, "name": name, "provider": system}))
            .collect();
        (!listed.is_empty()).then(|| json!({"meta": {"limit": 100}, "modules": listed}))
    }
}
