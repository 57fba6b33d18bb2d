//! How a version is known, when it has to be found out again.
//!
//! What a row says of origin and proof was verified when it was written, and stays. Where the row is lost, only what can be
//! verified again counts: the sums must list every package, and the signature must be by a key that may vouch for the version.

use atoll_core::address::ProviderAddr;
use atoll_core::digest::Digest;
use atoll_core::layout::proof::{
    KEYS_BYTES_MAX, PROOF_TYPE, ProofManifest, StoredBlob, parse_keys,
};
use atoll_core::manifest;
use atoll_core::openpgp::{KeyId, PublicKey, SIGNATURE_BYTES_MAX, verify_detached};
use atoll_core::origin::Origin;
use atoll_core::proof::Proof;
use atoll_core::sums::{SUMS_BYTES_MAX, ShaSums};
use atoll_db::providers::{self, ProviderPlatform};
use atoll_db::repositories::Repository;
use atoll_db::{manifests, namespace_keys, referrers};
use bytes::Bytes;

use crate::failure::Failure;
use crate::maintenance::Maintenance;
use crate::projection::provider::Derived;
use crate::providers::PublishError;
use crate::tasks::TaskFailed;

/// How many proofs of one version are looked at.
pub(in crate::maintenance) const PROOFS_MAX: usize = 32;

/// How a version is known.
#[derive(Clone, Debug)]
pub(super) struct KnownAgain {
    pub(super) origin: Origin,
    pub(super) proof: Proof,
    pub(super) proof_digest: Option<Digest>,
}

impl Maintenance {
    /// Finds out how a version is known: by its row, or else by the best of the proofs that are attached to it.
    pub(super) async fn know_again(
        &self,
        repository: &Repository,
        index: &Digest,
        derived: &Derived,
    ) -> Result<KnownAgain, Failure> {
        let mut read = self.store.db.read().await?;
        let row = providers::archives(&mut read, repository.id, &derived.version)
            .await?
            .map(|found| found.version);
        let attached = referrers::list(
            &mut read,
            repository.id,
            index,
            Some(PROOF_TYPE),
            None,
            PROOFS_MAX,
        )
        .await?;
        drop(read);
        if let Some(row) = &row
            && row.index_digest == *index
        {
            let still = row
                .proof_digest
                .clone()
                .filter(|proof| attached.iter().any(|referrer| referrer.digest == *proof));
            if still == row.proof_digest {
                return Ok(KnownAgain {
                    origin: row.origin,
                    proof: row.proof,
                    proof_digest: still,
                });
            }
        }
        let mut best = KnownAgain {
            origin: Origin::Pushed,
            proof: Proof::Hashed,
            proof_digest: None,
        };
        for referrer in attached {
            let Some(known) = self
                .verify_proof(repository, index, &derived.platforms, &referrer.digest)
                .await?
            else {
                continue;
            };
            if best.proof_digest.is_none() || known.proof > best.proof {
                best = known;
            }
        }
        let origin = row.map_or(best.origin, |row| row.origin);
        Ok(KnownAgain { origin, ..best })
    }

    /// Verifies one proof; none where it does not cover the version.
    async fn verify_proof(
        &self,
        repository: &Repository,
        index: &Digest,
        platforms: &[ProviderPlatform],
        proof_digest: &Digest,
    ) -> Result<Option<KnownAgain>, Failure> {
        let mut read = self.store.db.read().await?;
        let Some(stored) = manifests::find(&mut read, repository.id, proof_digest).await? else {
            return Ok(None);
        };
        drop(read);
        let parsed = manifest::parse(Some(&stored.media_type), &stored.body).ok();
        let Some(proof) = parsed.and_then(|parsed| ProofManifest::read(&parsed).ok()) else {
            return Ok(None);
        };
        let Some(address) = ProviderAddr::from_repository(&repository.name) else {
            return Ok(None);
        };
        let Some(sums) = self.read_part(proof.sums.as_ref(), SUMS_BYTES_MAX).await? else {
            return Ok(None);
        };
        if proof.subject.digest != *index || !covers(&sums, platforms) {
            return Ok(None);
        }
        let is_own = address.hostname().is_self();
        let origin = match (&proof.origin, is_own) {
            (Some(_), false) => Origin::Mirrored,
            (None, false) => Origin::Imported,
            (_, true) => Origin::Published,
        };
        let verified = match proof.proof {
            Proof::Unsigned if origin == Origin::Mirrored => Proof::Unsigned,
            Proof::Hashed | Proof::Unsigned => Proof::Hashed,
            Proof::Own | Proof::Signed => match self.signer(&proof, sums).await? {
                Some(signer) => self.weigh(&address, proof.proof, signer).await?,
                None => Proof::Hashed,
            },
        };
        Ok(Some(KnownAgain {
            origin,
            proof: verified,
            proof_digest: Some(proof_digest.clone()),
        }))
    }

    /// Who signed the sums, by the keys in the proof.
    async fn signer(&self, proof: &ProofManifest, sums: Bytes) -> Result<Option<KeyId>, Failure> {
        let signature = self
            .read_part(proof.signature.as_ref(), SIGNATURE_BYTES_MAX)
            .await?;
        let keys = self.read_part(proof.keys.as_ref(), KEYS_BYTES_MAX).await?;
        let (Some(signature), Some(keys)) = (signature, keys) else {
            return Ok(None);
        };
        let work = move || {
            let keys: Vec<PublicKey> = parse_keys(&keys)
                .ok()?
                .iter()
                .filter_map(|key| key.public_keys().ok())
                .flatten()
                .collect();
            verify_detached(&keys, &sums, &signature).ok()
        };
        let verified = tokio::task::spawn_blocking(work).await;
        verified.map_err(|source| TaskFailed::new("reindex.verify", source).into())
    }

    /// What a good signature is worth: here it must be by a key of the namespace, or by Atoll's own; elsewhere by one that the
    /// upstream showed, where it is known which it did.
    async fn weigh(
        &self,
        address: &ProviderAddr,
        claimed: Proof,
        signer: KeyId,
    ) -> Result<Proof, Failure> {
        let is_own_host = address.hostname().is_self();
        let good = match (claimed, is_own_host) {
            (Proof::Own, true) => self.own_key(address.namespace()).await? == Some(signer),
            (_, true) => self
                .registered_keys(address.namespace())
                .await?
                .contains(&signer),
            (Proof::Own, false) => false,
            (_, false) => {
                let mut read = self.store.db.read().await?;
                let seen = namespace_keys::list(
                    &mut read,
                    address.hostname().as_str(),
                    address.namespace(),
                )
                .await?;
                seen.is_empty() || seen.iter().any(|key| key.key_id == signer.to_string())
            }
        };
        Ok(if good { claimed } else { Proof::Hashed })
    }

    async fn own_key(&self, namespace: &str) -> Result<Option<KeyId>, Failure> {
        match self.providers.own_key(namespace).await {
            Ok(key) => Ok(key.map(|key| key.key_id())),
            Err(crate::providers::SignError::Failed(failure)) => Err(failure),
            Err(error) => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "the signing key of {namespace} can't be read"
                );
                Ok(None)
            }
        }
    }

    async fn registered_keys(&self, namespace: &str) -> Result<Vec<KeyId>, Failure> {
        match self.providers.registered_keys(namespace).await {
            Ok(keys) => Ok(keys.iter().map(PublicKey::key_id).collect()),
            Err(PublishError::Failed(failure)) => Err(failure),
            Err(error) => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "the keys of {namespace} can't be read"
                );
                Ok(Vec::new())
            }
        }
    }

    /// A part of a proof; none where it is missing, which makes the proof worthless.
    async fn read_part(
        &self,
        part: Option<&StoredBlob>,
        bytes_max: usize,
    ) -> Result<Option<Bytes>, Failure> {
        let Some(part) = part else { return Ok(None) };
        let read = async {
            self.store
                .blobs
                .open(&part.digest)
                .await?
                .read_all(bytes_max as u64)
                .await
        };
        match read.await {
            Ok(bytes) if Digest::of(part.digest.algorithm(), &bytes) == part.digest => {
                Ok(Some(bytes))
            }
            Ok(_)
            | Err(
                atoll_blobs::BlobError::NotFound { .. } | atoll_blobs::BlobError::TooLarge { .. },
            ) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

/// Whether sums list every package, as it is.
fn covers(sums: &[u8], platforms: &[ProviderPlatform]) -> bool {
    let sums = ShaSums::parse_lenient(sums);
    platforms
        .iter()
        .all(|platform| sums.get(&platform.file_name) == Some(&platform.zip_digest))
}
