//! Fetching a version from wherever its registry points, and keeping it.

use std::fs::File;
use std::sync::Arc;
use std::time::Duration;

use atoll_core::address::ModuleAddr;
use atoll_core::getter::{self, GetterAddress};
use atoll_core::module::package::{Strictness, Wrapper, check_subdir};
use atoll_core::origin::Origin;
use atoll_core::proof::Proof;
use atoll_core::version::Version;
use atoll_upstream::source::{FetchedSource, Located, SourceLimits};
use atoll_upstream::terraform::Registry;

use super::known::path_of;
use super::undelete::Deleted;
use crate::failure::Failure;
use crate::mirror::error::MirrorError;
use crate::mirror::fill::Room;
use crate::mirror::host::Host;
use crate::mirror::source::Source;
use crate::mirror::words::module_version_name;
use crate::modules::{
    ARCHIVE_BYTES_MAX, PackFailed, Packed, Packing, Provenance, StoredModule, plan, repack,
};
use crate::registry::ManifestPushError;

/// How long one archive or repository may take to fetch.
pub(super) const FETCH_TIMEOUT: Duration = Duration::from_mins(10);

/// What was fetched of a version: its package, and where it came from.
struct Fetched {
    packed: Packed,
    origin: String,
    commit: Option<String>,
    /// Kept until the version is written, from when on its package counts as held.
    _room: Room,
}

impl Host {
    /// The client of upstream's module registry; a network mirror has none.
    pub(in crate::mirror) fn module_registry(&self, what: &str) -> Result<&Registry, MirrorError> {
        match &self.source {
            Source::Registry(registry) => Ok(registry),
            Source::NetworkMirror(_) => Err(self.not_found(what)),
        }
    }

    /// However many ask, a version is captured once.
    pub(in crate::mirror) async fn capture_module_once(
        self: &Arc<Self>,
        module: &ModuleAddr,
        version: &Version,
    ) -> Result<StoredModule, MirrorError> {
        let key = (module.clone(), version.clone());
        let work = || async {
            if let Some(stored) = self.find_module(module, version).await? {
                return Ok(stored);
            }
            self.check_not_deleted(module, version).await?;
            Box::pin(self.capture_module(module, version, None)).await
        };
        self.modules.captures.run(&key, work).await
    }

    /// Captures a version; one that was deleted comes back as it was.
    pub(super) async fn capture_module(
        self: &Arc<Self>,
        module: &ModuleAddr,
        version: &Version,
        deleted: Option<&Deleted>,
    ) -> Result<StoredModule, MirrorError> {
        let what = module_version_name(module, version);
        // Nobody signs modules: what a registry says over TLS is all there is.
        self.check_proof(&what, Proof::Unsigned)?;
        let fetched = self.fetch_module(module, version).await?;
        for warning in &fetched.packed.packaged.warnings {
            tracing::warn!(module.address = %module, module.version = %version, "{what}: {warning}");
        }
        let package = fetched.packed.blob.digest.clone();
        let other_bytes = |how| MirrorError::OtherBytes {
            what: what.clone(),
            how: String::into_boxed_str(how),
        };
        if let Some(how) = deleted.and_then(|deleted| deleted.differs_from(&package)) {
            return Err(other_bytes(how));
        }
        let provenance = Provenance {
            source: Some(fetched.origin.clone()),
            commit: fetched.commit.clone(),
        };
        let plan = plan(
            &self.store,
            module,
            version,
            &fetched.packed,
            provenance,
            Origin::Mirrored,
        );
        let mut plan = plan.map_err(ManifestPushError::from)?;
        plan.visibility_when_new = self.visibility();
        plan.proof = Proof::Unsigned;
        // Where it comes from, and how it is spelt, may have changed since: it is the package that counts.
        if let Some(was) = deleted.and_then(|deleted| deleted.was.as_ref()) {
            was.put_into(&mut plan, version)?;
        }
        if let Err(error) = self.store.apply(plan).await {
            let stored = match error {
                ManifestPushError::Deleted { .. } => {
                    let hostname = self.policy.hostname.clone();
                    return Err(match deleted {
                        Some(deleted) => other_bytes(deleted.incomparable(&package)),
                        None => MirrorError::Deleted { what, hostname },
                    });
                }
                // Asked for in another spelling, it may have come meanwhile: what came first stays.
                ManifestPushError::TagTaken { .. } => self.find_module(module, version).await?,
                _ => None,
            };
            return stored.ok_or_else(|| error.into());
        }
        tracing::info!(
            module.address = %module,
            module.version = %version,
            module.source = fetched.origin,
            module.commit = fetched.commit,
            "captured {what} from {}",
            fetched.origin
        );
        let stored = self.find_module(module, version).await?;
        stored.ok_or_else(|| self.not_found(&what))
    }

    /// Fetches a version and packs it; nothing refers to the package yet.
    async fn fetch_module(
        &self,
        module: &ModuleAddr,
        version: &Version,
    ) -> Result<Fetched, MirrorError> {
        let what = module_version_name(module, version);
        let mut permit = self.limits.begin_capture().await;
        let located = self.locate_module(module, version).await?;
        let address = &located.address;
        self.check_room(&what).await?;
        let is_git = matches!(address.source, getter::Source::Git(_));
        let (archive, fetched) = if is_git {
            drop(permit.take());
            let fetching = self.modules.begin_git_fetch().await;
            let fetched = self.fetch_archive(&what, &located).await?;
            drop(fetching);
            permit = self.limits.begin_capture().await;
            fetched
        } else {
            self.fetch_archive(&what, &located).await?
        };
        let packing = Packing {
            strictness: Strictness::Mirror,
            subdir: address.subdir.clone(),
            // A tree of git is the module's own; archives of forges have a directory around theirs.
            wrapper: if is_git {
                Wrapper::Keep
            } else {
                Wrapper::StripSingle
            },
        };
        let repacked = repack(&self.store, archive, packing).await;
        let repacked = repacked.map_err(|error| match error {
            PackFailed::Archive(error) => self.inconsistent(
                &what,
                format!("the package at {} can't be used: {error}", fetched.origin),
            ),
            PackFailed::Upload(error) => error.into(),
        })?;
        let room = self.take_room(&what, repacked.packaged.size_bytes).await?;
        let packed = repacked.keep(&self.store).await?;
        drop(permit);
        Ok(Fetched {
            packed,
            origin: fetched.origin,
            commit: fetched.commit,
            _room: room,
        })
    }

    /// Where upstream says that a version's package is.
    pub(super) async fn locate_module(
        &self,
        module: &ModuleAddr,
        version: &Version,
    ) -> Result<Located, MirrorError> {
        let what = module_version_name(module, version);
        let registry = self.module_registry(&what)?;
        let source = registry.module_source(&path_of(module), version).await;
        let source = self.noted(&what, source)?;
        let address: GetterAddress = source.location.parse().map_err(|error| {
            self.inconsistent(
                &what,
                format!("its package is nowhere to fetch from: {error}"),
            )
        })?;
        let upstream = if source.is_own {
            registry.upstream().clone()
        } else {
            registry.upstream().without_credential()
        };
        let located = if source.is_direct() {
            Located { address, upstream }
        } else {
            let located = upstream.locate_source(address).await;
            located.map_err(|error| MirrorError::source(&what, error))?
        };
        let address = &located.address;
        // What can't be packed is not worth fetching.
        if let Some(subdir) = &address.subdir {
            check_subdir(subdir).map_err(|error| {
                let how = format!("the package at {address} can't be used: {error}");
                self.inconsistent(&what, how)
            })?;
        }
        Ok(located)
    }

    /// How long a version's archive is, where that is known without fetching it.
    pub(in crate::mirror) async fn size_of_module(
        &self,
        module: &ModuleAddr,
        version: &Version,
    ) -> Result<Option<u64>, MirrorError> {
        let what = module_version_name(module, version);
        let located = self.locate_module(module, version).await?;
        let size = located.upstream.source_size(&located.address).await;
        size.map_err(|error| MirrorError::source(&what, error))
    }

    /// Fetches a version's archive into a file without a name.
    pub(super) async fn fetch_archive(
        &self,
        what: &str,
        located: &Located,
    ) -> Result<(File, FetchedSource), MirrorError> {
        let file = self.store.blobs.scratch().await.map_err(Failure::from)?;
        let mut file = tokio::fs::File::from_std(file);
        let limits = SourceLimits {
            bytes_max: ARCHIVE_BYTES_MAX,
            timeout: FETCH_TIMEOUT,
        };
        let Located { address, upstream } = located;
        let fetched = upstream.fetch_source(address, &mut file, limits).await;
        let fetched = fetched.map_err(|error| MirrorError::source(what, error))?;
        Ok((file.into_std().await, fetched))
    }
}
