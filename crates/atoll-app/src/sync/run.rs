//! Going through what is selected.

use std::collections::HashSet;
use std::sync::Arc;

use atoll_core::address::{Hostname, ModuleAddr, ProviderAddr};
use atoll_core::pattern::Selection;
use atoll_core::platform::Platform;
use atoll_core::repository::RepositoryName;
use atoll_core::time_micros::Micros;
use atoll_core::version::Version;
use futures_util::{StreamExt as _, stream};

use super::plan::{Planner, Selected};
use super::progress::Progress;
use crate::failure::Failure;
use crate::mirror::{Mirrors, Size};
use crate::registry::Registry;

/// How many versions are fetched at a time.
const VERSIONS_AT_ONCE: usize = 4;

/// One sync of one upstream.
pub(super) struct Run {
    pub(super) store: Registry,
    pub(super) mirrors: Mirrors,
    pub(super) hostname: Hostname,
    pub(super) select: Vec<Selection>,
    pub(super) platforms: Vec<Platform>,
    pub(super) is_dry: bool,
    /// When it was taken on, where it is what the configuration schedules: that is not done until it came to its end.
    pub(super) taken_at: Option<Micros>,
    pub(super) progress: Arc<Progress>,
}

/// A version that was chosen.
enum Chosen {
    Module(ModuleAddr, Version),
    Provider(ProviderAddr, Version),
}

impl Chosen {
    /// Where it is kept, and as what: the same for all spellings of an address.
    fn place(&self) -> (RepositoryName, Version) {
        match self {
            Self::Module(module, version) => (module.repository(), version.clone()),
            Self::Provider(provider, version) => (provider.repository(), version.clone()),
        }
    }
}

impl Run {
    /// Fetches everything that is selected, each version once however many selections name it; what fails is in the report, and the
    /// rest goes on.
    pub(super) async fn run(&self) -> Result<(), Failure> {
        let planner = Planner {
            store: &self.store,
            mirrors: &self.mirrors,
            hostname: &self.hostname,
            progress: &self.progress,
        };
        let mut seen = HashSet::new();
        for selection in &self.select {
            for selected in planner.selected(selection).await? {
                let mut chosen = self.choose(selection, selected).await;
                chosen.retain(|chosen| seen.insert(chosen.place()));
                self.progress.found(chosen.len() as u64);
                stream::iter(chosen)
                    .for_each_concurrent(VERSIONS_AT_ONCE, |chosen| async move {
                        self.take(chosen).await;
                        self.progress.version_done();
                    })
                    .await;
            }
        }
        Ok(())
    }

    async fn choose(&self, selection: &Selection, selected: Selected) -> Vec<Chosen> {
        match selected {
            Selected::Module(module) => match self.mirrors.ask_modules(&module).await {
                Ok(versions) => {
                    let chosen = selection.choose(&versions).into_iter();
                    chosen
                        .map(|version| Chosen::Module(module.clone(), version.clone()))
                        .collect()
                }
                Err(error) => {
                    self.progress.failed(module.to_string(), &error);
                    Vec::new()
                }
            },
            Selected::Provider(provider) => match self.mirrors.ask_providers(&provider).await {
                Ok(versions) => {
                    let chosen = selection.choose(&versions).into_iter();
                    chosen
                        .map(|version| Chosen::Provider(provider.clone(), version.clone()))
                        .collect()
                }
                Err(error) => {
                    self.progress.failed(provider.to_string(), &error);
                    Vec::new()
                }
            },
        }
    }

    async fn take(&self, chosen: Chosen) {
        match chosen {
            Chosen::Module(module, version) => self.take_module(&module, &version).await,
            Chosen::Provider(provider, version) => self.take_provider(&provider, &version).await,
        }
    }

    async fn take_module(&self, module: &ModuleAddr, version: &Version) {
        let what = format!("{module} {version}");
        match self.mirrors.holds_module(module, version).await {
            Ok(true) if self.is_dry => self.progress.present(),
            Ok(true) => {
                self.progress.present();
                match self.mirrors.recheck_module(module, version).await {
                    Ok(Some(moved)) => self.progress.moved(moved),
                    Ok(None) => {}
                    Err(error) => self.progress.failed(what, &error),
                }
            }
            Ok(false) if self.is_dry => match self.mirrors.size_of_module(module, version).await {
                Ok(size) => {
                    self.progress.planned(size);
                    self.progress.fetched(what);
                }
                Err(error) => self.progress.failed(what, &error),
            },
            Ok(false) => {
                // What is kept is made of the archive, and has another length.
                self.progress.planned(None);
                match self.mirrors.fetch_module(module, version).await {
                    Ok(bytes) => {
                        self.progress.untold_bytes(bytes);
                        self.progress.fetched(what);
                    }
                    Err(error) => self.progress.failed(what, &error),
                }
            }
            Err(error) => self.progress.failed(what, &error),
        }
    }

    async fn take_provider(&self, provider: &ProviderAddr, version: &Version) {
        let what = format!("{provider} {version}");
        let packages = if self.is_dry {
            self.mirrors.sizes_of_provider(provider, version).await
        } else {
            self.mirrors.packages_of_provider(provider, version).await
        };
        let packages = match packages {
            Ok(packages) => packages,
            Err(error) => return self.progress.failed(what, &error),
        };
        let wanted =
            |platform: &Platform| self.platforms.is_empty() || self.platforms.contains(platform);
        for package in packages {
            if !wanted(&package.platform) {
                continue;
            }
            let what = format!("{what} for {}", package.platform);
            match package.size {
                Size::Held => self.progress.present(),
                Size::Lazy { size, .. } if self.is_dry => {
                    self.progress.planned(size);
                    self.progress.fetched(what);
                }
                Size::Lazy { size, digest } => {
                    self.progress.planned(size);
                    self.fill(what, digest).await;
                }
            }
        }
    }

    async fn fill(&self, what: String, digest: Option<atoll_core::digest::Digest>) {
        let Some(digest) = digest else {
            return self
                .progress
                .skipped(format!("{what}: its digest is not known"));
        };
        match self.mirrors.fetch_package(&digest).await {
            Ok(bytes) => {
                self.progress.bytes(bytes);
                self.progress.fetched(what);
            }
            Err(error) => self.progress.failed(what, &error),
        }
    }
}
