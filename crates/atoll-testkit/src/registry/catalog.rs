//! What the fake registry offers.

use std::collections::BTreeMap;

use bytes::Bytes;

use super::modules::ModuleRelease;
use super::{Content, FakeRegistry};
use crate::{keys, zips};

/// How a version is signed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Signing {
    /// By the key that is served.
    #[default]
    Good,
    /// By the key that is served, but over other bytes.
    WrongSignature,
    /// By a key that is not served.
    UnknownKey,
    /// Not at all: no keys are served, and no signature.
    Unsigned,
}

#[derive(Default)]
pub(crate) struct Catalog {
    /// By `namespace/type`.
    pub(crate) providers: BTreeMap<String, Provider>,
    /// By `namespace/name/system`.
    pub(crate) modules: BTreeMap<String, Vec<ModuleRelease>>,
    /// By path: what a test put there.
    pub(crate) files: BTreeMap<String, (String, Content)>,
    /// Where download addresses point, if not at this server.
    pub(crate) files_base: Option<String>,
    signatures: BTreeMap<(Bytes, bool), Bytes>,
}

#[derive(Clone, Default)]
pub(crate) struct Provider {
    pub(crate) warnings: Vec<String>,
    pub(crate) releases: Vec<Release>,
}

#[derive(Clone)]
pub(crate) struct Release {
    pub(crate) version: String,
    pub(crate) protocols: Vec<String>,
    pub(crate) packages: Vec<Package>,
    pub(crate) signing: Signing,
    pub(crate) sums: Option<Bytes>,
}

#[derive(Clone)]
pub(crate) struct Package {
    pub(crate) platform: String,
    pub(crate) filename: String,
    pub(crate) sha256_hex: String,
    pub(crate) content: Content,
}

impl Catalog {
    pub(crate) fn release(&self, provider: &str, version: &str) -> Option<&Release> {
        self.providers
            .get(provider)?
            .releases
            .iter()
            .find(|release| release.version == version)
    }

    /// The signature over some sums; signing costs, so signatures are kept.
    pub(crate) fn signature(&mut self, sums: &Bytes, by_stranger: bool) -> Bytes {
        let sign = || {
            let key = if by_stranger {
                keys::stranger_key()
            } else {
                keys::publisher_key()
            };
            key.sign_detached(sums, keys::TEST_TIME)
                .expect("a test signature")
                .into()
        };
        self.signatures
            .entry((sums.clone(), by_stranger))
            .or_insert_with(sign)
            .clone()
    }
}

impl Release {
    pub(crate) fn sums_name(&self, type_: &str) -> String {
        format!("terraform-provider-{type_}_{}_SHA256SUMS", self.version)
    }

    pub(crate) fn sums(&self) -> Bytes {
        let render = || {
            let line =
                |package: &Package| format!("{}  {}\n", package.sha256_hex, package.filename);
            self.packages.iter().map(line).collect::<String>().into()
        };
        self.sums.clone().unwrap_or_else(render)
    }

    pub(crate) fn package(&self, platform: &str) -> Option<&Package> {
        self.packages
            .iter()
            .find(|package| package.platform == platform)
    }
}

/// Adds versions and packages of one provider. Each call takes effect at once.
pub struct ProviderSetup<'a> {
    registry: &'a FakeRegistry,
    address: String,
    type_: String,
    version: String,
}

impl<'a> ProviderSetup<'a> {
    pub(crate) fn new(registry: &'a FakeRegistry, address: &str) -> Self {
        let (_, type_) = address.split_once('/').expect("namespace/type");
        registry
            .catalog()
            .providers
            .entry(address.to_owned())
            .or_default();
        Self {
            registry,
            address: address.to_owned(),
            type_: type_.to_owned(),
            version: String::new(),
        }
    }

    /// Begins a version, or goes on with one that is there.
    #[must_use]
    pub fn version(mut self, version: &str) -> Self {
        version.clone_into(&mut self.version);
        let mut catalog = self.registry.catalog();
        let provider = catalog.providers.entry(self.address.clone()).or_default();
        if provider
            .releases
            .iter()
            .all(|release| release.version != version)
        {
            provider.releases.push(Release {
                version: version.to_owned(),
                protocols: vec!["5.0".to_owned()],
                packages: Vec::new(),
                signing: Signing::Good,
                sums: None,
            });
        }
        drop(catalog);
        self
    }

    /// Adds a platform with a tiny zip.
    #[must_use]
    pub fn platform(self, platform: &str) -> Self {
        let zip = zips::provider(&self.type_, &self.version, platform);
        self.package(platform, zip)
    }

    /// Adds a platform with a zip of one's own.
    #[must_use]
    pub fn package(self, platform: &str, content: impl Into<Content>) -> Self {
        let file_name = format!(
            "terraform-provider-{}_{}_{platform}.zip",
            self.type_, self.version
        );
        self.package_named(platform, &file_name, content)
    }

    /// Adds a platform with a zip of one's own, under a name that the convention does not give it.
    #[must_use]
    pub fn package_named(
        self,
        platform: &str,
        file_name: &str,
        content: impl Into<Content>,
    ) -> Self {
        let content = content.into();
        let package = Package {
            platform: platform.to_owned(),
            filename: file_name.to_owned(),
            sha256_hex: content.sha256_hex(),
            content,
        };
        self.change(|release| release.packages.push(package))
    }

    /// Sets the plugin protocols.
    #[must_use]
    pub fn protocols(self, protocols: &[&str]) -> Self {
        let protocols = protocols.iter().map(ToString::to_string).collect();
        self.change(|release| release.protocols = protocols)
    }

    /// Sets how it is signed.
    #[must_use]
    pub fn signing(self, signing: Signing) -> Self {
        self.change(|release| release.signing = signing)
    }

    /// Replaces the SHA256SUMS file, which is signed as it is.
    #[must_use]
    pub fn sums(self, sums: impl Into<Bytes>) -> Self {
        let sums = sums.into();
        self.change(|release| release.sums = Some(sums))
    }

    /// Adds a warning to the list of versions.
    #[must_use]
    pub fn warning(self, text: &str) -> Self {
        let mut catalog = self.registry.catalog();
        let provider = catalog.providers.entry(self.address.clone()).or_default();
        provider.warnings.push(text.to_owned());
        drop(catalog);
        self
    }

    /// Takes the version away, as if it had never been.
    pub fn withdraw(self) {
        let mut catalog = self.registry.catalog();
        let provider = catalog.providers.entry(self.address.clone()).or_default();
        provider
            .releases
            .retain(|release| release.version != self.version);
    }

    fn change(self, change: impl FnOnce(&mut Release)) -> Self {
        let mut catalog = self.registry.catalog();
        let provider = catalog.providers.entry(self.address.clone()).or_default();
        let release = provider
            .releases
            .iter_mut()
            .find(|release| release.version == self.version)
            .expect("version() comes first");
        change(release);
        drop(catalog);
        self
    }
}
