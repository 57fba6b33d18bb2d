//! Versions whose sums Atoll signs: platforms may join them, one call after the other.

use std::collections::BTreeMap;

use atoll_core::platform::Platform;
use atoll_core::proof::Proof;
use atoll_core::release::Protocols;

use super::{PublishError, Published, Release, ReleaseZip, check};
use crate::mirror::CapturedVersion;
use crate::providers::Providers;
use crate::providers::join::{Clash, join};

impl Providers {
    /// Adds the platforms that are missing, and signs the sums anew. What is there already stays as it is.
    pub(super) async fn extend(
        &self,
        release: &Release,
        mut zips: BTreeMap<Platform, ReleaseZip>,
        mut protocols: Protocols,
    ) -> Result<Published, PublishError> {
        let _one_at_a_time = self.extending.0.lock().await;
        if let Some(present) = self
            .versions
            .find(&release.provider.repository(), &release.version)
            .await?
        {
            let signed_by_publisher = present.proof == Proof::Signed;
            let has_new = join(&present, signed_by_publisher, &mut zips)
                .map_err(|clash| refused(release, clash))?;
            if signed_by_publisher && !has_new {
                // Atoll's own signature would be less than the publisher's.
                return self.published_before(release, &present).await;
            }
            let named = release.manifest.is_some() || release.protocols.is_some();
            if !named {
                protocols = present.protocols.join(",").parse().unwrap_or(protocols);
            }
        }
        let signed = self
            .sign(check::names(release), release.provider.namespace(), &zips)
            .await?;
        self.write(release, &zips, &protocols, signed).await
    }

    async fn published_before(
        &self,
        release: &Release,
        present: &CapturedVersion,
    ) -> Result<Published, PublishError> {
        let keys = match &present.keys {
            Some(keys) => self.read_keys(keys).await?,
            None => Vec::new(),
        };
        Ok(Published {
            provider: release.provider.to_string(),
            version: release.version.to_string(),
            platforms: present
                .platforms
                .iter()
                .map(|package| package.platform.to_string())
                .collect(),
            proof: present.proof.to_string(),
            key_id: keys
                .into_iter()
                .next()
                .map(|key| key.key_id)
                .unwrap_or_default(),
        })
    }
}

fn refused(release: &Release, clash: Clash) -> PublishError {
    let version = format!("{} {}", release.provider, release.version).into();
    match clash {
        Clash::Taken { zip, existing } => PublishError::PlatformTaken {
            version,
            name: zip.name.into(),
            existing: existing.to_string().into(),
            offered: zip.blob.digest.to_string().into(),
        },
        Clash::Finished(zip) => PublishError::Finished {
            version,
            name: zip.name.into(),
        },
    }
}
