//! Versions with a signature, as the registry protocol insists on one.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use atoll_core::address::ProviderAddr;
use atoll_core::digest::Digest;
use atoll_core::layout::proof::{KEYS_BYTES_MAX, KeyMaterial, parse_keys};
use atoll_core::release::Release as Names;
use atoll_core::version::Version;
use moka::future::Cache;

use super::publish::PublishError;
use super::{ProviderError, Providers, ReleaseZip};
use crate::failure::Failure;
use crate::mirror::{CapturedVersion, ServedVersion};
use crate::registry::StagedBlob;

/// How many signed versions are kept in memory.
const SIGNED_IN_MEMORY_MAX: u64 = 10_000;

/// How long one is used, in seconds: less than its sums are leased, which no manifest keeps where Atoll made them.
const SIGNED_IN_MEMORY_SECS: u64 = 12 * 60 * 60;

/// A version, its sums, their signature, and the keys that verify it.
#[derive(Clone, Debug)]
pub struct SignedVersion {
    /// The version.
    pub captured: Arc<CapturedVersion>,
    /// `SHA256SUMS`.
    pub sums: Digest,
    /// `SHA256SUMS.sig`.
    pub signature: Digest,
    /// The keys, as they were served when the version was captured.
    pub keys: Vec<KeyMaterial>,
}

/// Signed versions that were put together, by the index of the version.
pub(super) struct SignedVersions {
    memory: Cache<(ProviderAddr, Version), Arc<SignedVersion>>,
}

impl Default for SignedVersions {
    fn default() -> Self {
        let kept = Duration::from_secs(SIGNED_IN_MEMORY_SECS);
        Self {
            memory: Cache::builder()
                .max_capacity(SIGNED_IN_MEMORY_MAX)
                .time_to_live(kept)
                .build(),
        }
    }
}

impl Providers {
    /// A version with its signature: its publisher's where there is one; else Atoll signs the sums, and the version says so.
    pub async fn signed(
        &self,
        provider: &ProviderAddr,
        served: &ServedVersion,
    ) -> Result<Arc<SignedVersion>, ProviderError> {
        let captured = &served.captured;
        let key = (provider.clone(), captured.version.clone());
        if let Some(known) = self.signed.memory.get(&key).await
            && Arc::ptr_eq(&known.captured, captured)
        {
            return Ok(known);
        }
        let signed = match (&captured.sums, &captured.signature, &captured.keys) {
            (Some(sums), Some(signature), Some(keys)) => SignedVersion {
                captured: Arc::clone(captured),
                sums: sums.clone(),
                signature: signature.clone(),
                keys: self.read_keys(keys).await?,
            },
            _ => self.sign_here(provider, captured).await.map_err(|source| {
                ProviderError::Signing {
                    what: format!("{provider} {}", captured.version),
                    source: Arc::new(source),
                }
            })?,
        };
        let signed = Arc::new(signed);
        self.signed.memory.insert(key, Arc::clone(&signed)).await;
        Ok(signed)
    }

    pub(super) async fn read_keys(&self, digest: &Digest) -> Result<Vec<KeyMaterial>, Failure> {
        let blob = self.store.blobs.open(digest).await?;
        let bytes = blob.read_all(KEYS_BYTES_MAX as u64).await?;
        parse_keys(&bytes).map_err(|error| Failure::Damaged {
            digest: digest.clone(),
            what: error.to_string(),
        })
    }

    /// Signs sums that nobody else signed. The signature is kept as a blob that the version's repository links.
    async fn sign_here(
        &self,
        provider: &ProviderAddr,
        captured: &Arc<CapturedVersion>,
    ) -> Result<SignedVersion, PublishError> {
        let zips: BTreeMap<_, _> = captured
            .platforms
            .iter()
            .map(|package| {
                let blob = StagedBlob {
                    digest: package.digest.clone(),
                    size: package.size,
                };
                (
                    package.platform.clone(),
                    ReleaseZip {
                        name: package.file_name.clone(),
                        blob,
                    },
                )
            })
            .collect();
        let names = Names {
            type_: provider.type_name(),
            version: &captured.version,
        };
        let signed = self
            .sign(names, provider.hostname().as_str(), &zips)
            .await?;
        let keys = vec![KeyMaterial::of(&signed.key)];
        let (sums, signature) = self.link_own(&provider.repository(), signed).await?;
        Ok(SignedVersion {
            captured: Arc::clone(captured),
            sums,
            signature,
            keys,
        })
    }
}
