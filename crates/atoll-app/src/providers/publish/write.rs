//! Writing a version that was published here.

use std::collections::BTreeMap;

use atoll_core::address::ProviderAddr;
use atoll_core::digest::Digest;
use atoll_core::layout::EMPTY_CONFIG;
use atoll_core::layout::proof::{KeyMaterial, ProofManifest, StoredBlob, render_keys};
use atoll_core::layout::provider::{self, PlatformPackage};
use atoll_core::manifest::ManifestError;
use atoll_core::openpgp::PublicKey;
use atoll_core::origin::Origin;
use atoll_core::platform::Platform;
use atoll_core::proof::Proof;
use atoll_core::release::{Protocols, Release as Names};
use atoll_core::repository::RepositoryName;
use atoll_core::sums::ShaSums;
use atoll_core::version::Version;
use bytes::Bytes;

use super::check;
use super::{PublishError, Published, Release, ReleaseZip};
use crate::providers::Providers;
use crate::registry::{ManifestPushError, Plan, PlannedManifest, StagedBlob, UploadError};

/// The sums of a version, and who vouches for them.
pub(in crate::providers) struct SignedSums {
    pub(in crate::providers) sums: Bytes,
    pub(in crate::providers) signature: Bytes,
    pub(in crate::providers) key: PublicKey,
    pub(in crate::providers) proof: Proof,
}

/// A version as it is to be, with all its platforms.
pub(in crate::providers) struct NewVersion<'a> {
    pub(in crate::providers) provider: &'a ProviderAddr,
    pub(in crate::providers) version: &'a Version,
    /// Those of the zips that are not part of the version yet.
    pub(in crate::providers) handed_in: &'a [ReleaseZip],
    /// All zips.
    pub(in crate::providers) zips: &'a BTreeMap<Platform, ReleaseZip>,
    pub(in crate::providers) protocols: &'a Protocols,
    pub(in crate::providers) origin: Origin,
    pub(in crate::providers) proof: Proof,
    pub(in crate::providers) sums: Bytes,
    /// The signature of the sums, and the key that verifies it.
    pub(in crate::providers) signature: Option<(Bytes, &'a PublicKey)>,
}

impl Providers {
    /// Publishes a whole release: everything is checked first, then visible at once.
    ///
    /// # Cancellation
    ///
    /// Once the checks are done the work goes on without the caller.
    pub async fn publish(&self, release: Release) -> Result<Published, PublishError> {
        let zips = check::zips_by_platform(&release)?;
        for (platform, zip) in &zips {
            check::lint(&self.store, release.provider.type_name(), platform, zip).await?;
        }
        let protocols = check::protocols(&release)?;
        let signed = match (&release.sums, &release.signature) {
            (Some(sums), Some(signature)) => {
                self.signed_by_publisher(&release, sums, signature).await?
            }
            (None, None) => return self.extend(&release, zips, protocols).await,
            (Some(_), None) => return Err(half_signed(&release, true)),
            (None, Some(_)) => return Err(half_signed(&release, false)),
        };
        self.write(&release, &zips, &protocols, signed).await
    }

    async fn signed_by_publisher(
        &self,
        release: &Release,
        sums: &Bytes,
        signature: &Bytes,
    ) -> Result<SignedSums, PublishError> {
        check::check_sums(release, sums)?;
        let keys = self.registered_keys(release.provider.namespace()).await?;
        let key = check::check_signature(release, &keys, sums, signature)?.clone();
        Ok(SignedSums {
            sums: sums.clone(),
            signature: signature.clone(),
            key,
            proof: Proof::Signed,
        })
    }

    /// Makes the sums of a version here, and signs them with the key that Atoll keeps for the namespace.
    pub(in crate::providers) async fn sign(
        &self,
        names: Names<'_>,
        namespace: &str,
        zips: &BTreeMap<Platform, ReleaseZip>,
    ) -> Result<SignedSums, PublishError> {
        let entries = zips
            .values()
            .map(|zip| (zip.name.as_str(), zip.blob.digest.clone()));
        let sums = ShaSums::from_entries(entries).map_err(|source| PublishError::Sums {
            name: names.sums_name(),
            source,
        })?;
        let sums = Bytes::from(sums.render());
        let signed = self.signer.sign(namespace, sums.clone()).await?;
        Ok(SignedSums {
            sums,
            signature: signed.signature.into(),
            key: signed.key,
            proof: Proof::Own,
        })
    }

    /// Keeps sums that Atoll signed for a version of somebody else's, linked to the version's repository. They are no proof.
    pub(in crate::providers) async fn link_own(
        &self,
        repository: &RepositoryName,
        signed: SignedSums,
    ) -> Result<(Digest, Digest), PublishError> {
        let sums = self.store.stage_bytes(signed.sums).await?;
        let signature = self.store.stage_bytes(signed.signature).await?;
        let mut plan = Plan::new(repository.clone(), Origin::Published);
        plan.blobs = vec![sums.planned(), signature.planned()];
        self.store.apply(plan).await?;
        Ok((sums.digest, signature.digest))
    }

    /// Writes a version that was published here.
    pub(super) async fn write(
        &self,
        release: &Release,
        zips: &BTreeMap<Platform, ReleaseZip>,
        protocols: &Protocols,
        signed: SignedSums,
    ) -> Result<Published, PublishError> {
        let new = NewVersion {
            provider: &release.provider,
            version: &release.version,
            handed_in: &release.zips,
            zips,
            protocols,
            origin: Origin::Published,
            proof: signed.proof,
            sums: signed.sums,
            signature: Some((signed.signature, &signed.key)),
        };
        self.write_version::<PublishError>(new).await?;
        Ok(Published {
            provider: release.provider.to_string(),
            version: release.version.to_string(),
            platforms: zips.keys().map(Platform::to_string).collect(),
            proof: signed.proof.to_string(),
            key_id: signed.key.key_id().to_string(),
        })
    }

    /// Writes a version with all its platforms and its proof, in one transaction.
    pub(in crate::providers) async fn write_version<E>(&self, new: NewVersion<'_>) -> Result<(), E>
    where
        E: From<ManifestError> + From<UploadError> + From<ManifestPushError>,
    {
        let packages: Vec<PlatformPackage> = new
            .zips
            .iter()
            .map(|(platform, zip)| package(platform, zip))
            .collect();
        let built = provider::build(new.version, new.protocols, &packages);
        let empty = self.store.stage_bytes(EMPTY_CONFIG).await?;
        let sums = self.store.stage_bytes(new.sums.clone()).await?;
        let signed = match &new.signature {
            Some((signature, key)) => {
                let keys = render_keys(&[KeyMaterial::of(key)]);
                Some((
                    self.store.stage_bytes(signature.clone()).await?,
                    self.store.stage_bytes(keys).await?,
                ))
            }
            None => None,
        };
        let proof = ProofManifest {
            subject: StoredBlob {
                digest: built.index.digest.clone(),
                size_bytes: built.index.bytes.len() as u64,
            },
            proof: new.proof,
            signer: new.signature.as_ref().map(|(_, key)| key.key_id()),
            origin: (new.origin == Origin::Mirrored).then(|| new.provider.hostname().to_string()),
            sums: Some(stored(&sums)),
            signature: signed.as_ref().map(|(signature, _)| stored(signature)),
            keys: signed.as_ref().map(|(_, keys)| stored(keys)),
        };
        let mut plan = Plan::new(new.provider.repository(), new.origin);
        plan.visibility_when_new = self.store.visibility_when_new(&plan.repository);
        plan.proof = new.proof;
        // What joined before is linked already, and may be lazy.
        plan.blobs
            .extend(new.handed_in.iter().map(|zip| zip.blob.planned()));
        plan.blobs.extend([&empty, &sums].map(StagedBlob::planned));
        plan.blobs.extend(
            signed
                .iter()
                .flat_map(|(signature, keys)| [signature.planned(), keys.planned()]),
        );
        plan.tags
            .push((new.version.to_tag(), built.index.digest.clone()));
        for (_, manifest) in built.platforms {
            plan.manifests.push(PlannedManifest::of(manifest.bytes)?);
        }
        plan.manifests.push(PlannedManifest::of(built.index.bytes)?);
        plan.manifests.push(PlannedManifest::of(proof.to_bytes())?);
        self.store.apply(plan).await?;
        Ok(())
    }
}

fn package(platform: &Platform, zip: &ReleaseZip) -> PlatformPackage {
    PlatformPackage {
        platform: platform.clone(),
        digest: zip.blob.digest.clone(),
        size_bytes: zip.blob.size,
        file_name: zip.name.clone(),
    }
}

fn stored(blob: &StagedBlob) -> StoredBlob {
    StoredBlob {
        digest: blob.digest.clone(),
        size_bytes: blob.size,
    }
}

fn half_signed(release: &Release, sums_came: bool) -> PublishError {
    let (sums, signature) = (
        check::names(release).sums_name(),
        check::names(release).signature_name(),
    );
    if sums_came {
        PublishError::HalfSigned {
            there: sums,
            missing: signature,
        }
    } else {
        PublishError::HalfSigned {
            there: signature,
            missing: sums,
        }
    }
}
