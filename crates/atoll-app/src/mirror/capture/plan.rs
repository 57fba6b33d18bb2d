//! Writing a version into the store, by the one plan that all versions go through.

use std::collections::BTreeMap;
use std::sync::Arc;

use atoll_core::address::ProviderAddr;
use atoll_core::digest::Digest;
use atoll_core::layout::EMPTY_CONFIG;
use atoll_core::layout::proof::ProofManifest;
use atoll_core::layout::provider::{self, BuiltVersion, PlatformPackage};
use atoll_core::manifest::{self, media_types};
use atoll_core::origin::Origin;
use atoll_core::platform::Platform;
use atoll_core::sums::ShaSums;
use atoll_core::version::Version;
use bytes::Bytes;

use super::verify::Verified;
use crate::mirror::answers::CapturedVersion;
use crate::mirror::error::MirrorError;
use crate::mirror::fill::Locator;
use crate::mirror::host::Host;
use crate::mirror::words::{package_name, version_name};
use crate::registry::{ManifestPushError, Plan, PlannedBlob, PlannedManifest};

/// The packages of a version that are completely known, by platform.
pub(super) type Complete = BTreeMap<Platform, PlatformPackage>;

impl Host {
    /// Writes a version with all packages that are completely known: those that upstream describes, and those that were
    /// captured before. The latter must be described as they are.
    pub(super) async fn store_version(
        self: &Arc<Self>,
        provider: &ProviderAddr,
        version: &Version,
        verified: &Verified,
        before: Option<&CapturedVersion>,
    ) -> Result<Arc<CapturedVersion>, MirrorError> {
        let packages = packages(provider, version, verified, before)?;
        let protocols = match before {
            Some(before) => super::packages::protocols_of(&before.protocols),
            None => verified.learnt.protocols.clone(),
        };
        let packages_in_order: Vec<_> = packages.values().cloned().collect();
        let built = provider::build(version, &protocols, &packages_in_order);
        // Every manifest names it.
        self.put_small(Bytes::from_static(EMPTY_CONFIG)).await?;
        let proof = self
            .store_proof(provider, version, verified, &packages, &built)
            .await?;
        let plan = self.plan(provider, version, verified, &packages, built, &proof)?;
        self.store.apply(plan).await?;
        let what = version_name(provider, version);
        tracing::info!(
            provider.address = %provider,
            provider.version = %version,
            proof = %verified.proof,
            platforms = packages.len(),
            "captured {what} from {}",
            self.label()
        );
        let captured = self.find_captured(provider, version).await?;
        captured.ok_or_else(|| self.not_found(&what))
    }

    fn plan(
        &self,
        provider: &ProviderAddr,
        version: &Version,
        verified: &Verified,
        packages: &Complete,
        built: BuiltVersion,
        proof: &ProofManifest,
    ) -> Result<Plan, MirrorError> {
        let mut plan = Plan::new(provider.repository(), Origin::Mirrored);
        plan.visibility_when_new = self.visibility();
        plan.proof = verified.proof;
        plan.blobs.push(held(
            &Digest::sha256(EMPTY_CONFIG),
            EMPTY_CONFIG.len() as u64,
        ));
        let parts = [&proof.sums, &proof.signature, &proof.keys]
            .into_iter()
            .flatten();
        plan.blobs
            .extend(parts.map(|part| held(&part.digest, part.size_bytes)));
        for (platform, package) in packages {
            // What joined before is linked already; upstream may not have it any more.
            let Some(learnt) = verified.learnt.packages.get(platform) else {
                continue;
            };
            let locator = Locator {
                provider: provider.clone(),
                version: version.clone(),
                platform: platform.clone(),
                url: learnt.url.clone(),
            };
            plan.blobs.push(PlannedBlob::Lazy {
                digest: package.digest.clone(),
                size: package.size_bytes,
                upstream: self.label().to_owned(),
                locator: locator.to_json(),
            });
        }
        let tag = version.to_tag();
        plan.tags.push((tag, built.index.digest.clone()));
        for (_, built) in built.platforms {
            plan.manifests
                .push(planned(media_types::OCI_MANIFEST, built.bytes)?);
        }
        plan.manifests
            .push(planned(media_types::OCI_INDEX, built.index.bytes)?);
        plan.manifests
            .push(planned(media_types::OCI_MANIFEST, proof.to_bytes())?);
        Ok(plan)
    }
}

fn held(digest: &Digest, size: u64) -> PlannedBlob {
    PlannedBlob::Held {
        digest: digest.clone(),
        size,
    }
}

fn planned(media_type: &str, bytes: Vec<u8>) -> Result<PlannedManifest, MirrorError> {
    let parsed = manifest::parse(Some(media_type), &bytes).map_err(ManifestPushError::from)?;
    Ok(PlannedManifest {
        digest: Digest::sha256(&bytes),
        parsed,
        body: bytes.into(),
    })
}

/// Every package whose digest and size are known, by now or from before.
fn packages(
    provider: &ProviderAddr,
    version: &Version,
    verified: &Verified,
    before: Option<&CapturedVersion>,
) -> Result<Complete, MirrorError> {
    let mut packages = Complete::new();
    for (platform, learnt) in &verified.learnt.packages {
        let (Some(digest), Some(size_bytes)) = (&learnt.digest, learnt.size) else {
            continue;
        };
        let file_name = learnt.file_name.clone();
        let package = PlatformPackage {
            platform: platform.clone(),
            digest: digest.clone(),
            size_bytes,
            file_name,
        };
        packages.insert(platform.clone(), package);
    }
    let sums = verified
        .learnt
        .sums
        .as_ref()
        .map(|sums| ShaSums::parse_lenient(sums));
    for captured in before.iter().flat_map(|before| &before.platforms) {
        let platform = &captured.platform;
        let now = verified
            .learnt
            .packages
            .get(platform)
            .and_then(|learnt| learnt.digest.as_ref());
        if let Some(actual) = now.filter(|now| **now != captured.digest) {
            return Err(MirrorError::DigestConflict {
                what: package_name(provider, version, platform),
                captured: captured.digest.clone(),
                actual: actual.clone(),
            });
        }
        let package = PlatformPackage {
            platform: platform.clone(),
            digest: captured.digest.clone(),
            size_bytes: captured.size,
            file_name: captured.file_name.clone(),
        };
        if sums
            .as_ref()
            .is_some_and(|sums| sums.get(&package.file_name) != Some(&package.digest))
        {
            return Err(MirrorError::Inconsistent {
                what: version_name(provider, version),
                hostname: provider.hostname().clone(),
                how: format!(
                    "its SHA256SUMS no longer vouches for {}, which was captured",
                    package.file_name
                )
                .into(),
            });
        }
        packages.insert(platform.clone(), package);
    }
    Ok(packages)
}
