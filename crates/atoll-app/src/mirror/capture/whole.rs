//! Fetching a package whole, where nothing less tells its digest and size.

use atoll_blobs::UploadId;
use atoll_core::address::ProviderAddr;
use atoll_core::digest::{Algorithm, Digest, Hasher};
use atoll_core::platform::Platform;
use atoll_core::version::Version;
use atoll_db::facts::{self, Fact};

use super::packages::LearntPackage;
use super::verify::Verified;
use crate::failure::Failure;
use crate::mirror::error::MirrorError;
use crate::mirror::fill::{Fetching, Room};
use crate::mirror::host::Host;
use crate::mirror::words::{Chain, package_name};

impl Host {
    /// Fetches the packages that are not completely known, or one of them. Fails where none becomes known. The room that they take
    /// is to be kept until their version is written, from when on they count as held.
    pub(super) async fn measure_open(
        &self,
        provider: &ProviderAddr,
        version: &Version,
        verified: &mut Verified,
        only: Option<&Platform>,
    ) -> Result<Vec<Room>, MirrorError> {
        let mut failed = None;
        let mut rooms = Vec::new();
        for (platform, package) in &mut verified.learnt.packages {
            if package.is_complete() || only.is_some_and(|only| only != platform) {
                continue;
            }
            let what = package_name(provider, version, platform);
            match self.measure(&what, package).await {
                Ok((digest, size, room)) => {
                    package.digest = Some(digest);
                    package.size = Some(size);
                    rooms.push(room);
                }
                Err(error) => {
                    tracing::warn!(error = %Chain(&error), "failed to fetch {what} whole");
                    failed = failed.or(Some(error));
                }
            }
        }
        match failed {
            Some(error) if rooms.is_empty() => Err(error),
            _ => Ok(rooms),
        }
    }

    /// Fetches a package, verifies it by what is known, and keeps it under its digest.
    async fn measure(
        &self,
        what: &str,
        package: &LearntPackage,
    ) -> Result<(Digest, u64, Room), MirrorError> {
        self.check_room(what).await?;
        let mut upload = self
            .store
            .blobs
            .create_upload(UploadId::new(), Algorithm::Sha256)?;
        let mut hasher = Hasher::new(Algorithm::Sha256);
        let mut fetching = Fetching::new(self.source.upstream().clone(), package.url.clone(), None);
        while let Some(bytes) = fetching
            .next()
            .await
            .map_err(|error| MirrorError::upstream(what, error))?
        {
            hasher.update(&bytes);
            upload.append(bytes).await?;
        }
        let (size, actual) = (upload.len(), hasher.finish());
        if let Some(expected) = package
            .digest
            .as_ref()
            .filter(|expected| **expected != actual)
        {
            upload.cancel().await?;
            return Err(self.inconsistent(
                what,
                format!("its bytes have the digest {actual} instead of {expected}"),
            ));
        }
        let room = match self.take_room(what, size).await {
            Ok(room) => room,
            Err(error) => {
                upload.cancel().await?;
                return Err(error);
            }
        };
        let committed = upload.finish(&actual).await?;
        self.store.keep(actual.clone(), committed).await?;
        if package.digest.is_none() {
            self.check_h1(what, &actual, &package.h1).await?;
        }
        Ok((actual, size, room))
    }

    /// Checks the contents against the `h1:` hashes that a mirror lists; its own bytes are all that vouches for a package there.
    async fn check_h1(
        &self,
        what: &str,
        digest: &Digest,
        listed: &[String],
    ) -> Result<(), MirrorError> {
        self.store.compute_h1(digest).await?;
        let mut read = self.store.db.read().await?;
        let mut known = facts::get_many(&mut read, Fact::H1, std::slice::from_ref(digest))
            .await
            .map_err(Failure::from)?;
        match known.remove(digest) {
            Some(h1) if listed.contains(&h1) => Ok(()),
            // Nothing refers to the bytes, so they are collected.
            Some(h1) => Err(self.inconsistent(
                what,
                format!(
                    "its contents have the hash {h1} instead of {}",
                    listed.join(" or ")
                ),
            )),
            None => Err(self.inconsistent(
                what,
                "its contents have no h1 hash: it is no zip that clients unpack".to_owned(),
            )),
        }
    }
}
