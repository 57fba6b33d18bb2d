//! Asking upstream everything about a version.

use std::collections::BTreeMap;
use std::sync::Arc;

use atoll_core::address::ProviderAddr;
use atoll_core::platform::Platform;
use atoll_core::release::Release;
use atoll_core::sums::ShaSums;
use atoll_core::version::Version;
use atoll_upstream::terraform::{NetworkMirror, PackageDoc, Registry};
use bytes::Bytes;
use futures_util::future::{join, try_join};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use super::packages::{Learnt, LearntPackage, Packages, keys_of, protocols_of};
use super::{CAPTURE_REQUESTS_MAX, PLATFORMS_MAX};
use crate::mirror::error::MirrorError;
use crate::mirror::host::Host;
use crate::mirror::source::Source;
use crate::mirror::words::version_name;

/// What is asked for where a registry does not list a version's platforms, one after the other until one is there: its
/// sums name the others.
const PROBED_PLATFORMS: [(&str, &str); 6] = [
    ("linux", "amd64"),
    ("darwin", "arm64"),
    ("windows", "amd64"),
    ("linux", "arm64"),
    ("darwin", "amd64"),
    ("linux", "386"),
];

type Docs = BTreeMap<Platform, PackageDoc>;

impl Host {
    /// Everything that upstream says about a version.
    pub(super) async fn learn(
        self: &Arc<Self>,
        provider: &ProviderAddr,
        version: &Version,
    ) -> Result<Learnt, MirrorError> {
        let what = version_name(provider, version);
        match &self.source {
            Source::Registry(registry) => {
                let listed = self.listed_platforms(provider, version).await?;
                let (docs, sums) = self.documents(registry, provider, version, &listed).await?;
                self.learnt_of(registry, &what, docs, sums).await
            }
            Source::NetworkMirror(mirror) => {
                self.learn_from_mirror(mirror, provider, version).await
            }
        }
    }

    async fn learn_from_mirror(
        &self,
        mirror: &NetworkMirror,
        provider: &ProviderAddr,
        version: &Version,
    ) -> Result<Learnt, MirrorError> {
        let what = version_name(provider, version);
        let archives = self.noted(&what, mirror.archives(provider, version).await)?;
        let release = Release {
            type_: provider.type_name(),
            version,
        };
        let mut learnt = Learnt::default();
        for (platform, archive) in archives.archives {
            match LearntPackage::of_archive(&archive, release.zip_name(&platform)) {
                Some(package) if package.digest.is_some() || !package.h1.is_empty() => {
                    learnt.packages.insert(platform, package);
                }
                _ => tracing::warn!(
                    "left out {what} for {platform}: upstream gives no usable hash for it"
                ),
            }
        }
        self.learn_sizes(&mut learnt.packages).await;
        Ok(learnt)
    }

    /// The platforms that the list gives for a version; empty where the registry does not say.
    async fn listed_platforms(
        self: &Arc<Self>,
        provider: &ProviderAddr,
        version: &Version,
    ) -> Result<Vec<Platform>, MirrorError> {
        let (known, _) = self.current_list(provider).await?;
        let listed = known
            .list
            .iter()
            .flat_map(|list| list.versions.iter())
            .find(|listed| listed.version == *version);
        let listed = listed.ok_or_else(|| self.not_found(&version_name(provider, version)))?;
        Ok(listed.platforms.clone())
    }

    /// The documents of all platforms, and the sums where they had to be read to know the platforms.
    async fn documents(
        &self,
        registry: &Registry,
        provider: &ProviderAddr,
        version: &Version,
        listed: &[Platform],
    ) -> Result<(Docs, Option<Bytes>), MirrorError> {
        if !listed.is_empty() {
            return Ok((
                self.ask_documents(registry, provider, version, listed)
                    .await?,
                None,
            ));
        }
        let what = version_name(provider, version);
        let probed = PROBED_PLATFORMS
            .iter()
            .filter_map(|(os, arch)| Platform::new(os, arch).ok());
        for platform in probed {
            let mut docs = self
                .ask_documents(registry, provider, version, std::slice::from_ref(&platform))
                .await?;
            let Some(url) = docs.get(&platform).map(|doc| doc.shasums_url.clone()) else {
                continue;
            };
            let Some(url) = url else {
                return Ok((docs, None));
            };
            let sums = registry
                .sums(&url)
                .await
                .map_err(|error| MirrorError::upstream(&what, error))?;
            let release = Release {
                type_: provider.type_name(),
                version,
            };
            let named: Vec<Platform> = ShaSums::parse_lenient(&sums)
                .iter()
                .filter_map(|(name, _)| release.platform_of(name).ok())
                .filter(|named| *named != platform)
                .collect();
            docs.append(
                &mut self
                    .ask_documents(registry, provider, version, &named)
                    .await?,
            );
            return Ok((docs, Some(sums)));
        }
        Err(self.not_found(&what))
    }

    /// The documents of some platforms. One that upstream lists and does not have is left out.
    async fn ask_documents(
        &self,
        registry: &Registry,
        provider: &ProviderAddr,
        version: &Version,
        platforms: &[Platform],
    ) -> Result<Docs, MirrorError> {
        let what = version_name(provider, version);
        let ask = async |platform: Platform| match self
            .noted(&what, registry.package(provider, version, &platform).await)
        {
            Ok(doc) => Ok(Some((platform, doc))),
            Err(MirrorError::NotFound { .. }) => {
                tracing::warn!(
                    "left out {what} for {platform}: upstream lists it and does not have it"
                );
                Ok(None)
            }
            Err(error) => Err(error),
        };
        if platforms.len() > PLATFORMS_MAX {
            return Err(self.inconsistent(
                &what,
                format!("it lists more than {PLATFORMS_MAX} platforms"),
            ));
        }
        let platforms: Vec<Platform> = platforms.to_vec();
        let docs =
            stream::iter(platforms.into_iter().map(ask)).buffer_unordered(CAPTURE_REQUESTS_MAX);
        docs.try_filter_map(async |doc| Ok(doc)).try_collect().await
    }

    /// Adds sums and signature, which all platforms share.
    async fn learnt_of(
        &self,
        registry: &Registry,
        what: &str,
        docs: Docs,
        sums: Option<Bytes>,
    ) -> Result<Learnt, MirrorError> {
        let keys = keys_of(docs.values());
        let first = docs.values().next().ok_or_else(|| self.not_found(what))?;
        let sums = async {
            match (sums, &first.shasums_url) {
                (Some(sums), _) => Ok(Some(sums)),
                (None, Some(url)) => registry.sums(url).await.map(Some),
                (None, None) => Ok(None),
            }
        };
        let signature = async {
            match first
                .shasums_signature_url
                .as_ref()
                .filter(|_| !keys.is_empty())
            {
                Some(url) => registry.signature(url).await.map(Some),
                None => Ok(None),
            }
        };
        // Any document's block about all platforms may know the sizes.
        let sized = |platform: &Platform| {
            docs.values()
                .find_map(|doc| doc.packages.get(platform)?.size)
        };
        let packages = docs.iter().map(|(platform, doc)| {
            let package = LearntPackage::of_document(doc, platform);
            let size = package.size.or_else(|| sized(platform));
            (platform.clone(), LearntPackage { size, ..package })
        });
        let mut packages: Packages = packages.collect();
        // Clients wait, so nothing waits for anything that it does not need.
        let (vouchers, ()) = join(try_join(sums, signature), self.learn_sizes(&mut packages)).await;
        let (sums, signature) = vouchers.map_err(|error| MirrorError::upstream(what, error))?;
        Ok(Learnt {
            protocols: protocols_of(&first.protocols),
            packages,
            sums,
            signature,
            keys,
        })
    }
}
