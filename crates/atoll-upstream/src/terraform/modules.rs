//! The module registry protocol: versions, and where a version's package is.
//!
//! Spec: <https://developer.hashicorp.com/terraform/internals/module-registry-protocol>

use std::collections::BTreeSet;

use atoll_core::getter::{GETTER_ADDRESS_BYTES_MAX, resolve_location};
use atoll_core::version::Version;
use serde_json::Value;
use url::Url;

use super::fields::Fields;
use super::registry::{Registry, append};
use crate::source::LOCATION_HEADER;
use crate::{Ask, Document, DocumentLimits, FetchError};

/// A module's name in its registry, in the spelling that the client used.
#[derive(Clone, Copy, Debug)]
pub struct ModulePath<'a> {
    /// Whose it is.
    pub namespace: &'a str,
    /// Its name.
    pub name: &'a str,
    /// What it is for, such as `aws`.
    pub system: &'a str,
}

/// What upstream lists of a module.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ModuleVersions {
    /// In order.
    pub versions: BTreeSet<Version>,
    /// Entries that could not be read, and were left out.
    pub skipped: usize,
}

/// Where a module version's package is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModuleSource {
    /// A go-getter address such as `https://…/x.tar.gz//sub?archive=tar.gz` or `git::https://…?ref=v1`; relative ones
    /// are resolved already.
    pub location: String,
    /// OpenTofu's direct mode: the location is a plain address of an archive, fetched with the registry's own
    /// credentials if this is `Some(true)`.
    pub use_registry_credentials: Option<bool>,
    /// Whether no other host than the upstream's own had a say in it. Where one had, the package is fetched
    /// [`without_credential`](crate::Upstream::without_credential).
    pub is_own: bool,
}

impl Registry {
    /// Lists the versions of a module.
    pub async fn module_versions(
        &self,
        module: &ModulePath<'_>,
    ) -> Result<ModuleVersions, FetchError> {
        let url = self.module_url(module, &["versions"]).await?;
        let document = self
            .upstream()
            .document_for(&asking(url), DocumentLimits::LIST)
            .await?;
        ModuleVersions::parse(&document)
    }

    /// Finds out where a version's package is.
    pub async fn module_source(
        &self,
        module: &ModulePath<'_>,
        version: &Version,
    ) -> Result<ModuleSource, FetchError> {
        let version = version.to_string();
        let url = self.module_url(module, &[&version, "download"]).await?;
        let document = self
            .upstream()
            .document_for(&asking(url), DocumentLimits::PACKAGE)
            .await?;
        ModuleSource::parse(&document)
    }

    async fn module_url(&self, module: &ModulePath<'_>, tail: &[&str]) -> Result<Url, FetchError> {
        let base = self.modules_url().await?;
        let head = [module.namespace, module.name, module.system];
        Ok(append(base, head.iter().chain(tail)))
    }
}

fn asking(url: Url) -> Ask {
    Ask::get(url).accept("application/json")
}

impl ModuleVersions {
    fn parse(document: &Document) -> Result<Self, FetchError> {
        let fields = Fields::parse(document)?;
        let first = fields.array("modules")?.first();
        let listed = first
            .and_then(|module| module.get("versions"))
            .and_then(Value::as_array);
        let listed = listed.ok_or_else(|| fields.bad("modules[0].versions", "missing"))?;
        let mut list = Self::default();
        for entry in listed {
            let text = entry.get("version").and_then(Value::as_str);
            // Unlike for providers, clients take a leading `v` and then ask without it.
            let version = text.and_then(|text| Version::parse_lenient(text).ok());
            let is_new = version.is_some_and(|version| list.versions.insert(version));
            list.skipped += usize::from(!is_new);
        }
        Ok(list)
    }
}

impl ModuleSource {
    /// Whether the location is the package itself, so that nothing there can lead elsewhere.
    pub fn is_direct(&self) -> bool {
        self.use_registry_credentials.is_some()
    }

    fn parse(document: &Document) -> Result<Self, FetchError> {
        if let Some(value) = document.headers.get(LOCATION_HEADER) {
            let text = std::str::from_utf8(value.as_bytes())
                .map_err(|_| FetchError::bad(&document.url, "X-Terraform-Get: not text"))?;
            return Ok(Self {
                location: resolve(&document.url, text)?,
                use_registry_credentials: None,
                is_own: document.is_own,
            });
        }
        if document.body.is_empty() {
            return Err(FetchError::bad(&document.url, "X-Terraform-Get: missing"));
        }
        let fields = Fields::parse(document)?;
        let location = resolve(&document.url, fields.text("location")?)?;
        let flag = fields.value("use_registry_credentials");
        Ok(Self {
            location,
            use_registry_credentials: flag.and_then(Value::as_bool),
            is_own: document.is_own,
        })
    }
}

fn resolve(base: &Url, text: &str) -> Result<String, FetchError> {
    let bad = |what: String| FetchError::bad(base, format!("the package's location: {what}"));
    if text.is_empty() || text.len() > GETTER_ADDRESS_BYTES_MAX {
        return Err(bad("empty or too long".to_owned()));
    }
    resolve_location(base, text).map_err(|error| bad(error.to_string()))
}
