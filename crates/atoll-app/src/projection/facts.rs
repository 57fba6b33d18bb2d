//! Facts about blobs that cost something to know.

use atoll_core::digest::Digest;
use atoll_core::h1::H1;
use atoll_core::layout::module::{MODULE_TYPE, ModulePackage};
use atoll_core::layout::provider::{PlatformManifest, TARGET_TYPE};
use atoll_core::module::describe::{FORMAT_VERSION, describe_zip};
use atoll_db::facts::{self, Fact};
use atoll_db::{blobs, modules};

use crate::failure::Failure;
use crate::registry::{Plan, Registry};

impl Registry {
    /// Computes what the views need to know of the zips of a plan that are held: the `h1:` of a provider's, and what a
    /// module is.
    pub(crate) async fn compute_facts(&self, plan: &Plan) -> Result<(), Failure> {
        for manifest in &plan.manifests {
            match manifest.parsed.artifact_type.as_deref() {
                Some(TARGET_TYPE) => {
                    if let Ok(platform) = PlatformManifest::read(&manifest.parsed) {
                        self.compute_h1(&platform.digest).await?;
                    }
                }
                Some(MODULE_TYPE) => {
                    if let Ok(package) = ModulePackage::read(&manifest.parsed) {
                        let subdir = package.subdir.as_deref().unwrap_or_default();
                        self.describe_module(&package.digest, subdir).await?;
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// What a module is, read from its package now unless that was done before; none where the package is not here, or is
    /// nothing that can be read.
    pub(crate) async fn describe_module(
        &self,
        zip: &Digest,
        subdir: &str,
    ) -> Result<Option<String>, Failure> {
        let mut read = self.db.read().await?;
        let known =
            modules::find_description(&mut read, zip, subdir, u64::from(FORMAT_VERSION)).await?;
        let held = blobs::find(&mut read, zip)
            .await?
            .is_some_and(|row| row.is_held());
        drop(read);
        if known.is_some() || !held {
            return Ok(known);
        }
        let file = self.blobs.open(zip).await?.reader();
        let directory = subdir.to_owned();
        let work = move || describe_zip(std::io::BufReader::new(file), &directory);
        let described = match tokio::task::spawn_blocking(work).await {
            Ok(Ok(described)) => described,
            Ok(Err(error)) => {
                tracing::warn!(blob.digest = %zip, error = %error, "module package {zip} has no description: {error}");
                return Ok(None);
            }
            Err(source) => {
                return Err(crate::tasks::TaskFailed::new("module.describe", source).into());
            }
        };
        let body = serde_json::to_string(&described).map_err(|error| Failure::Damaged {
            digest: zip.clone(),
            what: format!("its description can't be written: {error}"),
        })?;
        let kept = self.db.transact("module.describe", |tx| {
            let (zip, subdir, body) = (zip, subdir, body.as_str());
            Box::pin(async move {
                modules::put_description(tx, zip, subdir, u64::from(FORMAT_VERSION), body).await
            })
        });
        kept.await.map_err(Failure::from)?;
        Ok(Some(body))
    }

    /// Computes and keeps the `h1:` of a zip that is held. What is no zip has none: its digest is all that clients get.
    pub(crate) async fn compute_h1(&self, digest: &Digest) -> Result<(), Failure> {
        let mut read = self.db.read().await?;
        let held = blobs::find(&mut read, digest)
            .await?
            .is_some_and(|row| row.is_held());
        let known = facts::get_many(&mut read, Fact::H1, std::slice::from_ref(digest)).await?;
        drop(read);
        if !held || known.contains_key(digest) {
            return Ok(());
        }
        let file = self.blobs.open(digest).await?.reader();
        let computed =
            tokio::task::spawn_blocking(move || H1::of_zip(std::io::BufReader::new(file))).await;
        let h1 = match computed {
            Ok(Ok(h1)) => h1,
            Ok(Err(error)) => {
                tracing::warn!(blob.digest = %digest, error = %error, "zip {digest} has no h1 hash: {error}");
                return Ok(());
            }
            Err(source) => return Err(crate::tasks::TaskFailed::new("h1", source).into()),
        };
        let h1 = &h1.to_string();
        let kept = self.db.transact("fact.h1", |tx| {
            Box::pin(async move { facts::put(tx, digest, Fact::H1, h1).await })
        });
        kept.await.map_err(Failure::from)
    }
}
