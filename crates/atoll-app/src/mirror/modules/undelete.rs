//! Bringing back a version that was deleted here, as it was.

use std::sync::Arc;

use atoll_core::address::ModuleAddr;
use atoll_core::digest::Digest;
use atoll_core::layout::module::ModulePackage;
use atoll_core::manifest;
use atoll_core::origin::Origin;
use atoll_core::proof::Proof;
use atoll_core::version::Version;
use atoll_db::manifests::StoredManifest;
use atoll_db::{blobs, manifests, tombstones};

use crate::mirror::answers::FetchRight;
use crate::mirror::error::MirrorError;
use crate::mirror::host::Host;
use crate::mirror::patience::Patience;
use crate::mirror::policy;
use crate::mirror::words::module_version_name;
use crate::modules::StoredModule;
use crate::registry::{ManifestPushError, Plan, PlannedManifest};

/// What is known of a version that was deleted.
pub(super) struct Deleted {
    /// Its manifest.
    pub(super) digest: Digest,
    /// What that says, where its bytes are still here.
    pub(super) was: Option<Was>,
}

/// A version as it was before it was deleted.
pub(super) struct Was {
    pub(super) package: ModulePackage,
    stored: StoredManifest,
}

impl Host {
    /// Brings a version back, on the operator's account and under the policy that captures are under. However many ask, and
    /// whoever captures it at the same time, it is done once.
    pub(in crate::mirror) async fn undelete_module(
        self: &Arc<Self>,
        module: &ModuleAddr,
        version: &Version,
        patience: Patience,
    ) -> Result<StoredModule, MirrorError> {
        self.check_module(module)?;
        let what = module_version_name(module, version);
        policy::check_module(&self.policy.patterns, module, Some(version))?;
        self.check_proof(&what, Proof::Unsigned)?;
        let work = {
            let (this, module, version) = (Arc::clone(self), module.clone(), version.clone());
            Box::pin(async move { this.undelete_module_once(&module, &version).await })
        };
        let back = patience.wait_for(&self.store.tasks, "mirror.module", work);
        back.await.unwrap_or_else(|| Err(self.too_slow(&what)))
    }

    async fn undelete_module_once(
        self: &Arc<Self>,
        module: &ModuleAddr,
        version: &Version,
    ) -> Result<StoredModule, MirrorError> {
        let key = (module.clone(), version.clone());
        let work = || Box::pin(self.bring_back(module, version));
        match self.modules.captures.run(&key, work).await {
            // So was answered a client that had asked a moment before.
            Err(MirrorError::Deleted { .. }) => self.modules.captures.run(&key, work).await,
            back => back,
        }
    }

    async fn bring_back(
        self: &Arc<Self>,
        module: &ModuleAddr,
        version: &Version,
    ) -> Result<StoredModule, MirrorError> {
        let what = module_version_name(module, version);
        if let Some(stored) = self.find_module(module, version).await? {
            return Ok(stored);
        }
        let deleted = self.find_deleted(module, version).await?;
        let deleted = deleted.ok_or_else(|| self.not_found(&what))?;
        if let Some(was) = &deleted.was
            && self.restore(module, version, was).await?
        {
            let stored = self.find_module(module, version).await?;
            return stored.ok_or_else(|| self.not_found(&what));
        }
        self.check_asking(&what, &FetchRight::Operator)?;
        Box::pin(self.capture_module(module, version, Some(&deleted))).await
    }

    async fn find_deleted(
        &self,
        module: &ModuleAddr,
        version: &Version,
    ) -> Result<Option<Deleted>, MirrorError> {
        let name = module.repository();
        let Some(repository) = self.store.db.find_repository(&name).await? else {
            return Ok(None);
        };
        let mut read = self.store.db.read().await?;
        let tombstone = tombstones::find(&mut read, repository.id, &version.to_tag()).await?;
        let Some(tombstone) = tombstone else {
            return Ok(None);
        };
        let digest = tombstone.digest;
        let stored = manifests::find_kept(&mut read, &digest).await?;
        let was = stored.and_then(|stored| {
            let parsed = manifest::parse(Some(&stored.media_type), &stored.body).ok()?;
            let package = ModulePackage::read(&parsed).ok()?;
            Some(Was { package, stored })
        });
        Ok(Some(Deleted { digest, was }))
    }

    /// Brings a version back from what is here of it; `false` where that is not enough, or is being collected.
    async fn restore(
        &self,
        module: &ModuleAddr,
        version: &Version,
        was: &Was,
    ) -> Result<bool, MirrorError> {
        let mut read = self.store.db.read().await?;
        let blob = blobs::find(&mut read, &was.package.digest).await?;
        drop(read);
        if !blob.is_some_and(|row| row.is_held()) {
            return Ok(false);
        }
        let what = module_version_name(module, version);
        // While it was deleted its package did not count.
        let _room = self.take_room(&what, was.package.size_bytes).await?;
        let mut plan = Plan::new(module.repository(), Origin::Mirrored);
        plan.visibility_when_new = self.visibility();
        plan.proof = Proof::Unsigned;
        was.put_into(&mut plan, version)?;
        match self.store.apply(plan).await {
            Ok(()) => Ok(true),
            Err(ManifestPushError::BlobsUnknown(_)) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
}

impl Deleted {
    /// Why a package is not that of the version; none where it is, or where that is not known.
    pub(super) fn differs_from(&self, package: &Digest) -> Option<String> {
        let had = &self.was.as_ref()?.package.digest;
        (had != package).then(|| {
            format!("upstream gives the package {package} by now, and what was deleted had {had}")
        })
    }

    /// Why a version is refused whose manifest is another one, and no more can be said.
    pub(super) fn incomparable(&self, package: &Digest) -> String {
        let digest = &self.digest;
        format!(
            "its manifest {digest} is not here any more, so that its package is not known; what upstream gives by now, the package \
             {package}, does not make that manifest, be it because the package is another one or because it comes from another address"
        )
    }
}

impl Was {
    /// Has a plan point the version to the manifest that it had.
    pub(super) fn put_into(
        &self,
        plan: &mut Plan,
        version: &Version,
    ) -> Result<(), ManifestPushError> {
        let stored = &self.stored;
        let parsed = manifest::parse(Some(&stored.media_type), &stored.body)?;
        plan.tags = vec![(version.to_tag(), stored.digest.clone())];
        plan.manifests = vec![PlannedManifest {
            digest: stored.digest.clone(),
            parsed,
            body: stored.body.clone().into(),
        }];
        Ok(())
    }
}
