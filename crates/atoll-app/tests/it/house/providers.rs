//! Providers: published, imported, captured, and their rows.

use std::collections::BTreeMap;

use atoll_app::providers::{Import, ImportError, Imported, Release, ReleaseZip};
use atoll_core::address::ProviderAddr;
use atoll_core::proof::Proof;
use atoll_core::sums::ShaSums;
use atoll_db::providers::{self, VersionWithPlatforms};
use atoll_testkit::{keys, zips};
use bytes::Bytes;

use super::{House, UPSTREAM, client, id_of};

impl House {
    /// Publishes a version that Atoll signs.
    pub(crate) async fn publish(&self, provider: &str, version: &str, platforms: &[&str]) {
        let release = self.release(provider, version, platforms).await;
        self.providers.publish(release).await.unwrap();
    }

    /// Publishes a version that its publisher signs.
    pub(crate) async fn publish_signed(&self, provider: &str, version: &str, platforms: &[&str]) {
        let mut release = self.release(provider, version, platforms).await;
        let key = keys::publisher_key();
        self.providers
            .register_key(release.provider.namespace(), &key.public_armored().unwrap())
            .await
            .unwrap();
        let entries = release
            .zips
            .iter()
            .map(|zip| (zip.name.as_str(), zip.blob.digest.clone()));
        let sums = ShaSums::from_entries(entries).unwrap().render();
        release.signature = Some(
            key.sign_detached(sums.as_bytes(), keys::TEST_TIME)
                .unwrap()
                .into(),
        );
        release.sums = Some(sums.into());
        self.providers.publish(release).await.unwrap();
    }

    pub(crate) async fn release(
        &self,
        provider: &str,
        version: &str,
        platforms: &[&str],
    ) -> Release {
        let provider: ProviderAddr = format!("self/{provider}").parse().unwrap();
        let mut staged = Vec::new();
        for platform in platforms {
            staged.push(self.zip(provider.type_name(), version, platform).await);
        }
        Release {
            version: version.parse().unwrap(),
            provider,
            zips: staged,
            sums: None,
            signature: None,
            manifest: None,
            protocols: None,
        }
    }

    /// Stages a platform's usual zip.
    pub(crate) async fn zip(&self, type_name: &str, version: &str, platform: &str) -> ReleaseZip {
        self.zip_of(
            type_name,
            version,
            platform,
            zips::provider(type_name, version, platform),
        )
        .await
    }

    pub(crate) async fn zip_of(
        &self,
        type_name: &str,
        version: &str,
        platform: &str,
        bytes: Bytes,
    ) -> ReleaseZip {
        let name = format!("terraform-provider-{type_name}_{version}_{platform}.zip");
        ReleaseZip {
            name,
            blob: self.registry.stage_bytes(bytes).await.unwrap(),
        }
    }

    pub(crate) async fn import(
        &self,
        provider: &str,
        version: &str,
        zips: Vec<ReleaseZip>,
    ) -> Result<Imported, ImportError> {
        let import = Import {
            provider: provider.parse().unwrap(),
            version: version.parse().unwrap(),
            zips,
            hashes: BTreeMap::new(),
        };
        self.providers.import_version(import).await
    }

    /// Captures a version of the fake upstream.
    pub(crate) async fn capture(&self, provider: &str, version: &str) {
        let provider: ProviderAddr = format!("{UPSTREAM}/{provider}").parse().unwrap();
        self.mirrors
            .version(&provider, &version.parse().unwrap(), &client())
            .await
            .unwrap();
    }

    /// The rows of all versions of a provider.
    pub(crate) async fn rows(&self, repository: &str) -> Vec<VersionWithPlatforms> {
        let mut read = self.db.read().await.unwrap();
        let id = id_of(&mut read, repository).await;
        let mut rows = Vec::new();
        for listed in providers::versions(&mut read, id).await.unwrap() {
            let found = providers::archives(&mut read, id, &listed.version).await;
            rows.extend(found.unwrap());
        }
        rows
    }

    /// Makes the versions of a provider known by their hashes alone.
    pub(crate) async fn forget_proof(&self, repository: &str) {
        let rows = self.rows(repository).await;
        let mut tx = self.db.begin("test").await.unwrap();
        let id = id_of(&mut tx, repository).await;
        for mut found in rows {
            found.version.proof = Proof::Hashed;
            let packages: Vec<_> = found
                .archives
                .into_iter()
                .map(|archive| archive.package)
                .collect();
            providers::put(&mut tx, id, &found.version, &packages)
                .await
                .unwrap();
        }
        tx.commit().await.unwrap();
    }

    /// Loses the rows of a version.
    pub(crate) async fn lose_rows(&self, repository: &str, tag: &str) {
        let mut tx = self.db.begin("test").await.unwrap();
        let id = id_of(&mut tx, repository).await;
        assert!(
            providers::delete_of_tag(&mut tx, id, &tag.parse().unwrap())
                .await
                .unwrap()
        );
        tx.commit().await.unwrap();
    }
}
