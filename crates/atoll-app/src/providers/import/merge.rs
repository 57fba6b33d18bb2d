//! Joining what is here with what is imported.

use std::collections::BTreeMap;

use atoll_core::origin::Origin;
use atoll_core::platform::Platform;
use atoll_core::proof::Proof;
use atoll_core::release::Protocols;
use atoll_core::sums::ShaSums;

use super::{Import, ImportError, Imported, check};
use crate::mirror::CapturedVersion;
use crate::providers::join::{Clash, join};
use crate::providers::publish::NewVersion;
use crate::providers::{Providers, ReleaseZip};
use crate::registry::{ManifestPushError, Plan};

/// How often an import is tried when a mirror extends the same version at the same time.
const ATTEMPTS_MAX: usize = 3;

impl Providers {
    /// Imports zips of a version: those that are known already have to be the same bytes and are held from now on; others
    /// join the version, unless its registry said that it is complete without them.
    ///
    /// # Cancellation
    ///
    /// Dropping this future leaves the version as it was or as it is to be: one transaction writes it.
    pub async fn import_version(&self, import: Import) -> Result<Imported, ImportError> {
        let zips = check::zips_by_platform(&import)?;
        for (platform, zip) in &zips {
            self.check_import(&import, platform, zip).await?;
        }
        let _one_at_a_time = self.extending.0.lock().await;
        let mut attempt = 1;
        loop {
            match self.merge(&import, zips.clone()).await {
                // A mirror wrote the version anew meanwhile.
                Err(ImportError::Store(ManifestPushError::TagTaken { .. }))
                    if attempt < ATTEMPTS_MAX =>
                {
                    attempt += 1;
                }
                merged => return merged,
            }
        }
    }

    async fn merge(
        &self,
        import: &Import,
        mut zips: BTreeMap<Platform, ReleaseZip>,
    ) -> Result<Imported, ImportError> {
        let present = self
            .versions
            .find(&import.provider.repository(), &import.version)
            .await?;
        let proof = present
            .as_ref()
            .map_or(Proof::Hashed, |present| present.proof);
        let has_new = match &present {
            // Sums that somebody vouches for say which platforms there are.
            Some(present) => join(present, proof > Proof::Hashed, &mut zips)
                .map_err(|clash| refused(import, clash))?,
            None => true,
        };
        if has_new {
            self.write_import(import, present.as_deref(), &zips).await?;
        } else {
            // Their rows say since they were stored that the bytes are here; what is left is who may read them.
            let mut plan = Plan::new(import.provider.repository(), Origin::Imported);
            plan.blobs = import.zips.iter().map(|zip| zip.blob.planned()).collect();
            self.store.apply(plan).await?;
        }
        let imported = describe(import, present.as_deref(), &zips, proof);
        tracing::info!(
            provider.address = %import.provider,
            provider.version = %import.version,
            platforms = import.zips.len(),
            "imported {} {}",
            import.provider,
            import.version
        );
        Ok(imported)
    }

    async fn write_import(
        &self,
        import: &Import,
        present: Option<&CapturedVersion>,
        zips: &BTreeMap<Platform, ReleaseZip>,
    ) -> Result<(), ImportError> {
        let protocols = present.and_then(|present| present.protocols.join(",").parse().ok());
        let protocols: Protocols = protocols.unwrap_or_default();
        let sums = ShaSums::from_entries(
            zips.values()
                .map(|zip| (zip.name.as_str(), zip.blob.digest.clone())),
        )?;
        let new = NewVersion {
            provider: &import.provider,
            version: &import.version,
            handed_in: &import.zips,
            zips,
            protocols: &protocols,
            origin: present.map_or(Origin::Imported, |present| present.origin),
            proof: Proof::Hashed,
            sums: sums.render().into(),
            signature: None,
        };
        self.write_version(new).await
    }
}

fn refused(import: &Import, clash: Clash) -> ImportError {
    let version = format!("{} {}", import.provider, import.version).into();
    match clash {
        Clash::Taken { zip, existing } => ImportError::Differs {
            version,
            name: zip.name.into(),
            known: existing.to_string().into(),
            actual: zip.blob.digest.to_string().into(),
        },
        Clash::Finished(zip) => ImportError::NotPart {
            version,
            name: zip.name.into(),
        },
    }
}

fn describe(
    import: &Import,
    present: Option<&CapturedVersion>,
    zips: &BTreeMap<Platform, ReleaseZip>,
    proof: Proof,
) -> Imported {
    let known = |platform: &Platform| present.and_then(|present| present.find_platform(platform));
    let added = zips.keys().filter(|platform| known(platform).is_none());
    Imported {
        provider: import.provider.to_string(),
        version: import.version.to_string(),
        platforms: zips.keys().map(Platform::to_string).collect(),
        added: added.map(Platform::to_string).collect(),
        proof: proof.to_string(),
    }
}
