//! Storing what vouches for a version.

use atoll_core::address::ProviderAddr;
use atoll_core::layout::proof::{ProofManifest, StoredBlob, render_keys};
use atoll_core::layout::provider::BuiltVersion;
use atoll_core::sums::ShaSums;
use atoll_core::version::Version;
use bytes::Bytes;

use super::plan::Complete;
use super::verify::Verified;
use crate::mirror::error::MirrorError;
use crate::mirror::host::Host;
use crate::mirror::words::version_name;

impl Host {
    /// Stores sums, signature and keys, and describes them.
    pub(super) async fn store_proof(
        &self,
        provider: &ProviderAddr,
        version: &Version,
        verified: &Verified,
        packages: &Complete,
        built: &BuiltVersion,
    ) -> Result<ProofManifest, MirrorError> {
        let learnt = &verified.learnt;
        let sums = match &learnt.sums {
            Some(sums) => sums.clone(),
            None => self.own_sums(provider, version, packages)?,
        };
        let signature = learnt
            .signature
            .clone()
            .filter(|_| verified.signer.is_some());
        let keys = (!learnt.keys.is_empty()).then(|| Bytes::from(render_keys(&learnt.keys)));
        Ok(ProofManifest {
            subject: StoredBlob {
                digest: built.index.digest.clone(),
                size_bytes: built.index.bytes.len() as u64,
            },
            proof: verified.proof,
            signer: verified.signer.as_ref().map(|signer| signer.id),
            origin: Some(self.label().to_owned()),
            sums: Some(self.put_small(sums).await?),
            signature: self.put_optional(signature).await?,
            keys: self.put_optional(keys).await?,
        })
    }

    /// The sums of a version whose upstream publishes none.
    fn own_sums(
        &self,
        provider: &ProviderAddr,
        version: &Version,
        packages: &Complete,
    ) -> Result<Bytes, MirrorError> {
        let entries = packages
            .values()
            .map(|package| (package.file_name.as_str(), package.digest.clone()));
        let what = version_name(provider, version);
        let sums = ShaSums::from_entries(entries)
            .map_err(|error| self.inconsistent(&what, error.to_string()))?;
        Ok(sums.render().into())
    }

    pub(super) async fn put_small(&self, bytes: Bytes) -> Result<StoredBlob, MirrorError> {
        let staged = self.store.stage_bytes(bytes).await?;
        Ok(StoredBlob {
            digest: staged.digest,
            size_bytes: staged.size,
        })
    }

    async fn put_optional(&self, bytes: Option<Bytes>) -> Result<Option<StoredBlob>, MirrorError> {
        match bytes {
            Some(bytes) => self.put_small(bytes).await.map(Some),
            None => Ok(None),
        }
    }
}
