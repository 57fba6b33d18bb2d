//! A provider network mirror as an upstream.
//!
//! Spec: <https://developer.hashicorp.com/terraform/internals/provider-network-mirror-protocol>

use std::collections::{BTreeMap, BTreeSet};

use atoll_core::address::ProviderAddr;
use atoll_core::platform::Platform;
use atoll_core::version::Version;
use serde_json::Value;
use url::Url;

use super::fields::{Fields, resolve};
use super::registry::append;
use super::versions::parse_listed_version;
use crate::{Ask, Document, DocumentLimits, FetchError, Upstream};

/// A client for the provider network mirror protocol. Cheap to clone.
#[derive(Clone, Debug)]
pub struct NetworkMirror {
    upstream: Upstream,
}

/// The versions that a mirror has of a provider.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MirrorIndex {
    /// In order.
    pub versions: BTreeSet<Version>,
    /// Entries that could not be read, and were left out.
    pub skipped: usize,
}

/// What a mirror has of one version.
#[derive(Clone, Debug, Default)]
pub struct Archives {
    /// By platform.
    pub archives: BTreeMap<Platform, Archive>,
    /// Entries that could not be read, and were left out.
    pub skipped: usize,
}

/// One package in a mirror.
#[derive(Clone, Debug)]
pub struct Archive {
    /// Where it is.
    pub url: Url,
    /// Hashes with their scheme, `h1:` and `zh:` among them; may be empty.
    pub hashes: Vec<String>,
}

impl NetworkMirror {
    /// Wraps an upstream. Asks nothing yet.
    pub fn new(upstream: Upstream) -> Self {
        Self { upstream }
    }

    /// The upstream underneath, for the bytes.
    pub fn upstream(&self) -> &Upstream {
        &self.upstream
    }

    /// Lists the versions of a provider.
    pub async fn index(&self, provider: &ProviderAddr) -> Result<MirrorIndex, FetchError> {
        let document = self
            .ask(provider, "index.json", DocumentLimits::LIST)
            .await?;
        MirrorIndex::parse(&document)
    }

    /// Lists the packages of a version.
    pub async fn archives(
        &self,
        provider: &ProviderAddr,
        version: &Version,
    ) -> Result<Archives, FetchError> {
        let name = format!("{version}.json");
        let document = self.ask(provider, &name, DocumentLimits::PACKAGE).await?;
        Archives::parse(&document)
    }

    async fn ask(
        &self,
        provider: &ProviderAddr,
        name: &str,
        limits: DocumentLimits,
    ) -> Result<Document, FetchError> {
        let host = provider.hostname().to_string();
        let path = [
            host.as_str(),
            provider.namespace(),
            provider.type_name(),
            name,
        ];
        let url = append(self.upstream.url().clone(), &path);
        self.upstream
            .document_for(&Ask::get(url).accept("application/json"), limits)
            .await
    }
}

impl MirrorIndex {
    fn parse(document: &Document) -> Result<Self, FetchError> {
        let fields = Fields::parse(document)?;
        let listed = fields
            .object("versions")?
            .ok_or_else(|| fields.bad("versions", "missing"))?;
        let mut index = Self::default();
        for text in listed.keys() {
            let is_new = parse_listed_version(text).is_some_and(|it| index.versions.insert(it));
            index.skipped += usize::from(!is_new);
        }
        Ok(index)
    }
}

impl Archives {
    fn parse(document: &Document) -> Result<Self, FetchError> {
        let fields = Fields::parse(document)?;
        let listed = fields
            .object("archives")?
            .ok_or_else(|| fields.bad("archives", "missing"))?;
        let mut archives = Self::default();
        for (platform, archive) in listed {
            match (platform.parse(), Archive::parse(&document.url, archive)) {
                (Ok(platform), Some(archive)) => {
                    archives.archives.insert(platform, archive);
                }
                _ => archives.skipped += 1,
            }
        }
        Ok(archives)
    }
}

impl Archive {
    fn parse(base: &Url, value: &Value) -> Option<Self> {
        let url = resolve(base, value.get("url")?.as_str()?).ok()?;
        let hashes = match value.get("hashes") {
            None | Some(Value::Null) => Vec::new(),
            Some(Value::Array(hashes)) => hashes
                .iter()
                .filter_map(Value::as_str)
                .map(str::to_owned)
                .collect(),
            Some(_) => return None,
        };
        Some(Self { url, hashes })
    }
}
