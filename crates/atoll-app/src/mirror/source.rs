//! The two protocols that an upstream may speak.

use atoll_core::address::ProviderAddr;
use atoll_core::version::Version;
use atoll_upstream::terraform::{ListedVersion, NetworkMirror, Registry};
use atoll_upstream::{FetchError, Protocol, Upstream};
use serde::{Deserialize, Serialize};

use super::answers::ProviderVersion;

/// What is asked, in the protocol that it speaks.
#[derive(Clone)]
pub(super) enum Source {
    /// A registry.
    Registry(Registry),
    /// A network mirror.
    NetworkMirror(NetworkMirror),
}

/// A list as upstream gave it, and as the database keeps it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub(super) struct UpstreamList {
    pub(super) versions: Vec<ProviderVersion>,
    #[serde(default)]
    pub(super) warnings: Vec<String>,
}

impl Source {
    pub(super) fn new(upstream: Upstream) -> Self {
        match upstream.protocol() {
            Protocol::Registry => Self::Registry(Registry::new(upstream)),
            Protocol::NetworkMirror => Self::NetworkMirror(NetworkMirror::new(upstream)),
        }
    }

    /// The upstream underneath, for the bytes.
    pub(super) fn upstream(&self) -> &Upstream {
        match self {
            Self::Registry(registry) => registry.upstream(),
            Self::NetworkMirror(mirror) => mirror.upstream(),
        }
    }

    /// Asks for the versions of a provider.
    pub(super) async fn list(&self, provider: &ProviderAddr) -> Result<UpstreamList, FetchError> {
        let (list, skipped) = match self {
            Self::Registry(registry) => {
                let list = registry.versions(provider).await?;
                let versions = list
                    .versions
                    .into_iter()
                    .map(ProviderVersion::from)
                    .collect();
                (
                    UpstreamList {
                        versions,
                        warnings: list.warnings,
                    },
                    list.skipped,
                )
            }
            Self::NetworkMirror(mirror) => {
                let index = mirror.index(provider).await?;
                let versions = index
                    .versions
                    .into_iter()
                    .map(ProviderVersion::of_index)
                    .collect();
                (
                    UpstreamList {
                        versions,
                        warnings: Vec::new(),
                    },
                    index.skipped,
                )
            }
        };
        if skipped > 0 {
            tracing::warn!(
                provider.address = %provider,
                skipped,
                "left {skipped} unreadable entries out of the list of {provider}"
            );
        }
        Ok(list)
    }
}

impl From<ListedVersion> for ProviderVersion {
    fn from(listed: ListedVersion) -> Self {
        let ListedVersion {
            version,
            protocols,
            platforms,
        } = listed;
        Self {
            version,
            protocols,
            platforms,
        }
    }
}

impl ProviderVersion {
    /// A version in a network mirror's index, which says no more.
    fn of_index(version: Version) -> Self {
        Self {
            version,
            protocols: Vec::new(),
            platforms: Vec::new(),
        }
    }
}
