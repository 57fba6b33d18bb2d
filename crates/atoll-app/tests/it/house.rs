//! A whole store: what is published, pushed, mirrored and imported lives in it side by side.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use atoll_app::Tasks;
use atoll_app::access::Secrets;
use atoll_app::holdings::Holdings;
use atoll_app::maintenance::Maintenance;
use atoll_app::mirror::{FetchRight, MirrorLimits, Mirrors};
use atoll_app::modules::{Modules, NewModule, PublishedModule};
use atoll_app::providers::{Import, ImportError, Imported, Providers, Release, ReleaseZip, Signer};
use atoll_app::registry::{ManifestPush, ManifestPushError, Received, Registry, Trees};
use atoll_app::upstreams::{Anonymous, MinFree, UpstreamPolicy};
use atoll_blobs::Blobs;
use atoll_core::address::{ModuleAddr, ProviderAddr};
use atoll_core::digest::Digest;
use atoll_core::permission::Visibility;
use atoll_core::reference::Reference;
use atoll_core::repository::RepositoryName;
use atoll_core::sums::ShaSums;
use atoll_core::time_micros::Micros;
use atoll_db::manifests::NewManifest;
use atoll_db::modules::ModuleVersion;
use atoll_db::providers::VersionWithPlatforms;
use atoll_db::{DatabaseUrl, Db, blobs, manifests, modules, providers, repositories, tags};
use atoll_testkit::registry::FakeRegistry;
use atoll_testkit::skip::skip;
use atoll_testkit::zips;
use atoll_testkit_postgres::Cluster;
use atoll_upstream::{Egress, EgressSettings, UpstreamSettings};
use bytes::Bytes;
use futures_util::stream;
use tempfile::TempDir;

/// The host of the fake upstream.
pub(crate) const UPSTREAM: &str = "tf.example";

/// Everything, over one directory.
pub(crate) struct House {
    pub(crate) upstream: FakeRegistry,
    pub(crate) db: Db,
    pub(crate) blobs: Blobs,
    pub(crate) registry: Registry,
    pub(crate) mirrors: Mirrors,
    pub(crate) providers: Arc<Providers>,
    pub(crate) modules: Arc<Modules>,
    pub(crate) maintenance: Maintenance,
    pub(crate) holdings: Holdings,
    directory: TempDir,
}

/// Runs each test on SQLite and on a private PostgreSQL.
macro_rules! house_tests {
    ($($name:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                super::$name(crate::house::House::new().await).await;
            })+
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                if let Some(house) = crate::house::House::on_postgres(stringify!($name)).await {
                    super::$name(house).await;
                }
            })+
        }
    };
}

impl House {
    /// On SQLite, as an installation is by default.
    pub(crate) async fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let url = DatabaseUrl::sqlite(&directory.path().join("atoll.db"));
        Self::over(directory, &url).await
    }

    /// On a database of a real server; says that the test is skipped where there is none.
    pub(crate) async fn on_postgres(test: &str) -> Option<Self> {
        let Some(cluster) = Cluster::shared().unwrap() else {
            skip(test, "PostgreSQL", "apt-get install postgresql");
            return None;
        };
        let url = cluster.create_database().unwrap().parse().unwrap();
        Some(Self::over(tempfile::tempdir().unwrap(), &url).await)
    }

    async fn over(directory: TempDir, url: &DatabaseUrl) -> Self {
        let upstream = FakeRegistry::start().await;
        let path = directory.path();
        let db = Db::open(url).await.unwrap();
        let blobs = Blobs::open_local(path.join("store")).await.unwrap();
        let secrets = Arc::new(Secrets::load_or_create(&path.join("server.key")).unwrap());
        let registry = Registry::new(
            db.clone(),
            blobs.clone(),
            Tasks::default(),
            Trees::default(),
        );
        let egress = Egress::new(EgressSettings::new("test-instance")).unwrap();
        let client = egress
            .upstream(&UpstreamSettings::at(UPSTREAM, upstream.url()))
            .unwrap();
        let policy = UpstreamPolicy::new(UPSTREAM.parse().unwrap(), Anonymous::Fetch);
        let limits = MirrorLimits {
            min_free: MinFree::Bytes(0),
            ..MirrorLimits::default()
        };
        let mirrors = Mirrors::new(registry.clone(), [(policy, client)], limits);
        let signer = Signer::new(db.clone(), secrets);
        let providers = Providers::new(registry.clone(), mirrors.clone(), signer);
        let modules = Modules::new(registry.clone(), mirrors.clone());
        let maintenance = Maintenance::new(registry.clone(), Arc::clone(&providers));
        let holdings = Holdings::new(registry.clone());
        Self {
            upstream,
            db,
            blobs,
            registry,
            mirrors,
            providers,
            modules,
            maintenance,
            holdings,
            directory,
        }
    }

    /// Stores and links a blob that came long ago and that nobody has a lease on.
    pub(crate) async fn old_blob(&self, repository: &str, bytes: &[u8]) -> Digest {
        let digest = Digest::sha256(bytes);
        let committed = self
            .blobs
            .put(&digest, Bytes::copy_from_slice(bytes))
            .await
            .unwrap();
        let mut tx = self.db.begin("test").await.unwrap();
        let row = repositories::get_or_create(
            &mut tx,
            &name(repository),
            Visibility::Private,
            long_ago(),
        )
        .await
        .unwrap();
        blobs::insert_held(&mut tx, &digest, bytes.len() as u64, long_ago(), long_ago())
            .await
            .unwrap();
        blobs::link(&mut tx, row.id, &digest, long_ago())
            .await
            .unwrap();
        tx.commit().await.unwrap();
        drop(committed);
        digest
    }

    /// Stores an image that was pushed long ago, with or without a tag.
    pub(crate) async fn old_image(
        &self,
        repository: &str,
        tag: Option<&str>,
        layers: &[&[u8]],
        subject: Option<&Digest>,
    ) -> Digest {
        let mut descriptors = Vec::new();
        let config_digest = self.old_blob(repository, b"{}").await;
        let config = descriptor(
            "application/vnd.oci.image.config.v1+json",
            &config_digest,
            2,
        );
        let mut named = vec![config_digest];
        for layer in layers {
            let digest = self.old_blob(repository, layer).await;
            descriptors.push(descriptor(
                "application/vnd.oci.image.layer.v1.tar",
                &digest,
                layer.len(),
            ));
            named.push(digest);
        }
        let subject_text =
            subject.map(|digest| format!(r#","subject":{}"#, descriptor(MANIFEST, digest, 2)));
        let body = format!(
            r#"{{"schemaVersion":2,"mediaType":"{MANIFEST}","config":{config},"layers":[{}]{}}}"#,
            descriptors.join(","),
            subject_text.unwrap_or_default()
        );
        self.old_manifest(repository, tag, MANIFEST, &body, &named, &[], subject)
            .await
    }

    /// Stores an index that was pushed long ago.
    pub(crate) async fn old_index(
        &self,
        repository: &str,
        tag: Option<&str>,
        children: &[Digest],
    ) -> Digest {
        let children_text: Vec<String> = children
            .iter()
            .map(|child| descriptor(MANIFEST, child, 2))
            .collect();
        let body = format!(
            r#"{{"schemaVersion":2,"mediaType":"{INDEX}","manifests":[{}]}}"#,
            children_text.join(",")
        );
        self.old_manifest(repository, tag, INDEX, &body, &[], children, None)
            .await
    }

    #[expect(clippy::too_many_arguments, reason = "a manifest has as many parts")]
    async fn old_manifest(
        &self,
        repository: &str,
        tag: Option<&str>,
        media_type: &str,
        body: &str,
        blobs: &[Digest],
        children: &[Digest],
        subject: Option<&Digest>,
    ) -> Digest {
        let digest = Digest::sha256(body.as_bytes());
        let mut tx = self.db.begin("test").await.unwrap();
        let row = repositories::get_or_create(
            &mut tx,
            &name(repository),
            Visibility::Private,
            long_ago(),
        )
        .await
        .unwrap();
        let new = NewManifest {
            digest: &digest,
            media_type,
            body: body.as_bytes(),
            artifact_type: None,
            subject,
            annotations: &BTreeMap::new(),
            blobs,
            children,
        };
        let _ = manifests::insert(&mut tx, &new, long_ago()).await.unwrap();
        manifests::link(&mut tx, row.id, &digest, long_ago())
            .await
            .unwrap();
        if let Some(tag) = tag {
            tags::point(&mut tx, row.id, &tag.parse().unwrap(), &digest, long_ago())
                .await
                .unwrap();
        }
        tx.commit().await.unwrap();
        digest
    }

    /// As [`Self::old_index`], but what it names is not noted.
    pub(crate) async fn old_index_without_edges(
        &self,
        repository: &str,
        tag: &str,
        children: &[Digest],
    ) -> Digest {
        let children: Vec<String> = children
            .iter()
            .map(|child| descriptor(MANIFEST, child, 2))
            .collect();
        let body = format!(
            r#"{{"schemaVersion":2,"mediaType":"{INDEX}","manifests":[{}]}}"#,
            children.join(",")
        );
        self.old_manifest(repository, Some(tag), INDEX, &body, &[], &[], None)
            .await
    }

    /// An image of which only the blobs are noted that it needs.
    pub(crate) async fn old_image_without_children(
        &self,
        repository: &str,
        tag: &str,
        body: &str,
        blobs: &[Digest],
    ) -> Digest {
        self.old_manifest(repository, Some(tag), MANIFEST, body, blobs, &[], None)
            .await
    }

    /// A manifest that has not the bytes that its digest is of.
    pub(crate) async fn old_manifest_with_digest_of(
        &self,
        repository: &str,
        named: &str,
        body: &str,
    ) -> Digest {
        let digest = Digest::sha256(named.as_bytes());
        let mut tx = self.db.begin("test").await.unwrap();
        let row = repositories::get_or_create(
            &mut tx,
            &name(repository),
            Visibility::Private,
            long_ago(),
        )
        .await
        .unwrap();
        let new = NewManifest {
            digest: &digest,
            media_type: MANIFEST,
            body: body.as_bytes(),
            artifact_type: None,
            subject: None,
            annotations: &BTreeMap::new(),
            blobs: &[],
            children: &[],
        };
        let _ = manifests::insert(&mut tx, &new, long_ago()).await.unwrap();
        manifests::link(&mut tx, row.id, &digest, long_ago())
            .await
            .unwrap();
        tx.commit().await.unwrap();
        digest
    }

    /// Whether a blob's row and bytes are both here.
    pub(crate) async fn has(&self, repository: &str, digest: &Digest) -> bool {
        let found = self
            .registry
            .find_blob(&name(repository), digest)
            .await
            .is_ok();
        found && self.blobs.find_size(digest).await.unwrap().is_some()
    }

    /// Whether the bytes of a blob are on disk.
    pub(crate) async fn has_bytes(&self, digest: &Digest) -> bool {
        self.blobs.look_at(digest).await.unwrap().is_some()
    }

    /// Where a blob's bytes are.
    pub(crate) fn file(&self, digest: &Digest) -> PathBuf {
        let hex = digest.hex();
        self.directory
            .path()
            .join("store/blobs")
            .join(digest.algorithm().as_str())
            .join(hex.get(..2).unwrap())
            .join(hex)
    }

    /// Changes a blob's bytes behind the store's back.
    pub(crate) fn damage(&self, digest: &Digest, bytes: &[u8]) {
        let path = self.file(digest);
        std::fs::remove_file(&path).unwrap();
        std::fs::write(path, bytes).unwrap();
    }

    /// Publishes a version that Atoll signs.
    pub(crate) async fn publish(&self, provider: &str, version: &str, platforms: &[&str]) {
        let release = self.release(provider, version, platforms).await;
        self.providers.publish(release).await.unwrap();
    }

    /// Publishes a version that its publisher signs.
    pub(crate) async fn publish_signed(&self, provider: &str, version: &str, platforms: &[&str]) {
        let mut release = self.release(provider, version, platforms).await;
        let key = atoll_testkit::keys::publisher_key();
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
            key.sign_detached(sums.as_bytes(), atoll_testkit::keys::TEST_TIME)
                .unwrap()
                .into(),
        );
        release.sums = Some(sums.into());
        self.providers.publish(release).await.unwrap();
    }

    /// Publishes a module, with one file of this content.
    pub(crate) async fn publish_module(
        &self,
        module: &str,
        version: &str,
        content: &str,
    ) -> PublishedModule {
        let new = self.new_module(module, version, content).await;
        self.modules.publish(new).await.unwrap()
    }

    /// A module that can be published, with one file of this content.
    pub(crate) async fn new_module(&self, module: &str, version: &str, content: &str) -> NewModule {
        let archive = zips::ZipBuilder::new().file("main.tf", 0o644, content);
        let body = Received {
            range: None,
            length: None,
            stream: Box::pin(stream::iter([Ok(archive.build())])),
        };
        NewModule {
            module: format!("self/{module}").parse().unwrap(),
            version: version.parse().unwrap(),
            archive: self.modules.receive(module, body).await.unwrap(),
        }
    }

    /// Captures a version of a module of the fake upstream, which has one file.
    pub(crate) async fn capture_module(&self, module: &str, version: &str, content: &str) {
        let archive = zips::ZipBuilder::new().file("main.tf", 0o644, content);
        let base = format!("/v1/modules/{module}");
        let file = format!("{base}/{version}/package.zip");
        self.upstream.put(&file, "application/zip", archive.build());
        let answer = serde_json::json!({"location": "./package.zip"});
        let download = format!("{base}/{version}/download");
        self.upstream.put_json(&download, &answer);
        let module: ModuleAddr = format!("{UPSTREAM}/{module}").parse().unwrap();
        self.modules
            .version(&module, &version.parse().unwrap(), &client())
            .await
            .unwrap();
    }

    /// The rows of all versions of a module.
    pub(crate) async fn module_rows(&self, repository: &str) -> Vec<ModuleVersion> {
        let mut read = self.db.read().await.unwrap();
        let row = repositories::find(&mut read, &name(repository)).await;
        let id = row.unwrap().unwrap().id;
        let held = modules::versions(&mut read, id).await.unwrap();
        held.into_iter().map(|held| held.version).collect()
    }

    /// Writes the row of a version, whatever the store says.
    pub(crate) async fn write_module_row(&self, repository: &str, row: &ModuleVersion) {
        let mut tx = self.db.begin("test").await.unwrap();
        let found = repositories::find(&mut tx, &name(repository)).await;
        let id = found.unwrap().unwrap().id;
        modules::put(&mut tx, id, row).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// Loses the row of a version: it goes with its tag, and the tag comes back alone.
    pub(crate) async fn lose_module_row(&self, repository: &str, tag: &str) {
        let tag = tag.parse().unwrap();
        let mut tx = self.db.begin("test").await.unwrap();
        let found = repositories::find(&mut tx, &name(repository)).await;
        let id = found.unwrap().unwrap().id;
        let digest = tags::find(&mut tx, id, &tag).await.unwrap().unwrap();
        tags::delete(&mut tx, id, &tag).await.unwrap();
        tags::point(&mut tx, id, &tag, &digest, long_ago())
            .await
            .unwrap();
        tx.commit().await.unwrap();
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

    /// Pushes a manifest as an OCI client does.
    pub(crate) async fn push(
        &self,
        repository: &str,
        reference: &str,
        body: Bytes,
    ) -> Result<Digest, ManifestPushError> {
        let reference = match reference.parse::<Digest>() {
            Ok(digest) => Reference::Digest(digest),
            Err(_) => Reference::Tag(reference.parse().unwrap()),
        };
        let push = ManifestPush {
            reference,
            tags: Vec::new(),
            content_type: None,
            if_match: None,
            body,
        };
        Ok(self
            .registry
            .push_manifest(&name(repository), push)
            .await?
            .digest)
    }

    /// The rows of all versions of a provider.
    pub(crate) async fn rows(&self, repository: &str) -> Vec<VersionWithPlatforms> {
        let mut read = self.db.read().await.unwrap();
        let row = repositories::find(&mut read, &name(repository))
            .await
            .unwrap()
            .unwrap();
        let mut rows = Vec::new();
        for listed in providers::versions(&mut read, row.id).await.unwrap() {
            let found = providers::archives(&mut read, row.id, &listed.version).await;
            rows.extend(found.unwrap());
        }
        rows
    }

    /// Makes the versions of a provider known by their hashes alone.
    pub(crate) async fn forget_proof(&self, repository: &str) {
        let rows = self.rows(repository).await;
        let mut tx = self.db.begin("test").await.unwrap();
        let row = repositories::find(&mut tx, &name(repository))
            .await
            .unwrap()
            .unwrap();
        for mut found in rows {
            found.version.proof = atoll_core::proof::Proof::Hashed;
            let packages: Vec<_> = found
                .archives
                .into_iter()
                .map(|archive| archive.package)
                .collect();
            providers::put(&mut tx, row.id, &found.version, &packages)
                .await
                .unwrap();
        }
        tx.commit().await.unwrap();
    }

    /// Loses the rows of a version.
    pub(crate) async fn lose_rows(&self, repository: &str, tag: &str) {
        let mut tx = self.db.begin("test").await.unwrap();
        let row = repositories::find(&mut tx, &name(repository))
            .await
            .unwrap()
            .unwrap();
        assert!(
            providers::delete_of_tag(&mut tx, row.id, &tag.parse().unwrap())
                .await
                .unwrap()
        );
        tx.commit().await.unwrap();
    }
}

const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const INDEX: &str = "application/vnd.oci.image.index.v1+json";

fn descriptor(media_type: &str, digest: &Digest, size: usize) -> String {
    format!(r#"{{"mediaType":"{media_type}","digest":"{digest}","size":{size}}}"#)
}

/// Before any grace that a test could mean.
pub(crate) fn long_ago() -> Micros {
    atoll_app::now().minus_secs(10 * 24 * 60 * 60)
}

pub(crate) fn name(text: &str) -> RepositoryName {
    text.parse().unwrap()
}

pub(crate) fn client() -> FetchRight {
    FetchRight::of_client("somebody")
}
