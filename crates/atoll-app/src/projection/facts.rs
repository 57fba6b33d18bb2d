//! Facts about blobs that cost something to know.

use atoll_core::digest::Digest;
use atoll_core::h1::H1;
use atoll_core::layout::provider::{PlatformManifest, TARGET_TYPE};
use atoll_db::blobs;
use atoll_db::facts::{self, Fact};

use crate::failure::Failure;
use crate::registry::{Plan, Registry};

impl Registry {
    /// Computes the `h1:` of the zips of a plan that are held and have none yet.
    pub(crate) async fn compute_facts(&self, plan: &Plan) -> Result<(), Failure> {
        for manifest in &plan.manifests {
            if manifest.parsed.artifact_type.as_deref() != Some(TARGET_TYPE) {
                continue;
            }
            if let Ok(platform) = PlatformManifest::read(&manifest.parsed) {
                self.compute_h1(&platform.digest).await?;
            }
        }
        Ok(())
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
