//! What the tests of the program publish, push and look for.

use std::path::PathBuf;
use std::time::Duration;

use atoll_core::digest::Digest;
use atoll_core::openpgp::SigningKey;
use atoll_testkit::atoll::Atoll;
use atoll_testkit::program::Ended;
use atoll_testkit::server::{Client, Reply};
use atoll_testkit::{keys, zips};
use bytes::Bytes;
use http::StatusCode;
use serde_json::{Value, json};

/// The provider that most tests are about: how it is published, and where it then is.
pub(super) const CORAL: &str = "acme/coral";
pub(super) const CORAL_REPOSITORY: &str = "providers/self/acme/coral";

pub(super) const LINUX: &str = "linux_amd64";
pub(super) const DARWIN: &str = "darwin_arm64";

/// Files of a release of the provider `coral`, to be changed and written.
pub(super) struct Release {
    pub(super) version: &'static str,
    pub(super) files: Vec<(String, Bytes)>,
}

impl Release {
    /// Zips for these platforms and nothing else.
    pub(super) fn unsigned(version: &'static str, platforms: &[&str]) -> Self {
        let zip = |platform: &&str| {
            (
                zip_name(version, platform),
                zips::provider("coral", version, platform),
            )
        };
        Self {
            version,
            files: platforms.iter().map(zip).collect(),
        }
    }

    /// The same with sums, signed by the key that tests register.
    pub(super) fn signed(version: &'static str, platforms: &[&str]) -> Self {
        let release = Self::unsigned(version, platforms);
        let sums = release.sums();
        release.signed_as(&sums, keys::publisher_key())
    }

    /// The sums of what is there.
    pub(super) fn sums(&self) -> String {
        let mut sums = String::new();
        for (name, zip) in &self.files {
            sums.push_str(&zips::sha256_hex(zip));
            sums.push_str("  ");
            sums.push_str(name);
            sums.push('\n');
        }
        sums
    }

    /// Adds these sums, signed by this key.
    pub(super) fn signed_as(mut self, sums: &str, key: &SigningKey) -> Self {
        let signature = key.sign_detached(sums.as_bytes(), keys::TEST_TIME).unwrap();
        let name = format!("terraform-provider-coral_{}_SHA256SUMS", self.version);
        self.files.push((format!("{name}.sig"), signature.into()));
        self.files.push((name, sums.to_owned().into()));
        self
    }

    /// Writes it to a directory of the program's home, in the place of what was there.
    pub(super) fn write(&self, atoll: &Atoll, directory: &str) -> PathBuf {
        // What is not there is gone already.
        let _ = std::fs::remove_dir_all(atoll.path(directory));
        for (name, content) in &self.files {
            atoll.write(&format!("{directory}/{name}"), content);
        }
        atoll.path(directory)
    }

    /// Writes it and publishes it.
    pub(super) async fn publish(&self, atoll: &Atoll) -> Ended {
        let directory = self.write(atoll, &format!("dist-{}", self.version));
        let directory = directory.to_str().unwrap();
        atoll
            .run([
                "provider",
                "publish",
                directory,
                "--address",
                CORAL,
                "--version",
                self.version,
            ])
            .await
    }
}

/// The name of a zip of the provider `coral`.
pub(super) fn zip_name(version: &str, platform: &str) -> String {
    format!("terraform-provider-coral_{version}_{platform}.zip")
}

/// Registers the key that [`Release::signed`] signs with.
pub(super) async fn register_key(atoll: &Atoll) {
    let file = atoll.write("key.asc", keys::publisher_key().public_armored().unwrap());
    let added = atoll
        .run(["provider", "key", "add", "acme", file.to_str().unwrap()])
        .await
        .succeeds();
    assert_eq!(added.trim(), keys::publisher_key().key_id().to_string());
}

/// What `atoll list --json` prints.
pub(super) async fn listed(atoll: &Atoll) -> Vec<Value> {
    let list = atoll.run(["list", "--json"]).await.succeeds();
    serde_json::from_str(&list).unwrap_or_else(|error| panic!("{error}: {list}"))
}

/// A command must have failed with this code, printed nothing, and said all of these words.
#[track_caller]
pub(super) fn refuses(ended: &Ended, code: i32, words: &[&str]) {
    assert_eq!(ended.code, Some(code), "{ended}");
    assert_eq!(ended.stdout, "", "{ended}");
    for word in words {
        assert!(
            ended.stderr.contains(word),
            "should have said {word:?}: {ended}"
        );
    }
}

/// An answer must have this status.
#[track_caller]
pub(super) fn is(reply: &Reply, status: StatusCode) {
    assert_eq!(reply.status, status, "{:?} {}", reply.headers, reply.text());
}

/// Pushes a blob in one request.
pub(super) async fn push_blob(client: &Client, repository: &str, bytes: impl Into<Bytes>) -> Reply {
    let bytes = bytes.into();
    let path = format!(
        "/v2/{repository}/blobs/uploads/?digest={}",
        Digest::sha256(&bytes)
    );
    client.post(&path, bytes).await
}

/// An image manifest with one layer; both must have been pushed.
pub(super) fn manifest_of(config: &[u8], layer: &[u8]) -> Value {
    let described = |media_type: &str, bytes: &[u8]| json!({"mediaType": media_type, "digest": Digest::sha256(bytes).to_string(), "size": bytes.len()});
    json!({
        "schemaVersion": 2,
        "mediaType": atoll_core::manifest::media_types::OCI_MANIFEST,
        "config": described("application/vnd.oci.image.config.v1+json", config),
        "layers": [described("application/vnd.oci.image.layer.v1.tar", layer)],
    })
}

/// Pushes an image with this layer.
pub(super) async fn push_image(client: &Client, repository: &str, tag: &str, layer: Bytes) {
    is(
        &push_blob(client, repository, "{}").await,
        StatusCode::CREATED,
    );
    is(
        &push_blob(client, repository, layer.clone()).await,
        StatusCode::CREATED,
    );
    let manifest = manifest_of(b"{}", &layer);
    let path = format!("/v2/{repository}/manifests/{tag}");
    let media_type = manifest["mediaType"].as_str().unwrap();
    is(
        &client.put(&path, media_type, manifest.to_string()).await,
        StatusCode::CREATED,
    );
}

/// Reads everything that an index or manifest leads to; what is listed must be there and be what its digest says.
pub(super) async fn reads_whole(client: &Client, repository: &str, reference: &str) {
    let reply = client
        .get(&format!("/v2/{repository}/manifests/{reference}"))
        .await;
    is(&reply, StatusCode::OK);
    assert_eq!(
        Digest::sha256(&reply.body).to_string(),
        reply.header("docker-content-digest")
    );
    let manifest = reply.json();
    let listed = |member: &str| manifest[member].as_array().cloned().unwrap_or_default();
    for child in listed("manifests") {
        Box::pin(reads_whole(
            client,
            repository,
            child["digest"].as_str().unwrap(),
        ))
        .await;
    }
    let config = manifest.get("config").cloned();
    for blob in listed("layers").into_iter().chain(config) {
        let digest = blob["digest"].as_str().unwrap();
        let reply = client
            .get(&format!("/v2/{repository}/blobs/{digest}"))
            .await;
        is(&reply, StatusCode::OK);
        assert_eq!(
            Digest::sha256(&reply.body).to_string(),
            digest,
            "{repository}"
        );
    }
}

/// The tags of a repository; none where it is not there.
pub(super) async fn tags(client: &Client, repository: &str) -> Vec<String> {
    let reply = client.get(&format!("/v2/{repository}/tags/list")).await;
    let tags = reply.json()["tags"].as_array().cloned().unwrap_or_default();
    tags.iter()
        .map(|tag| tag.as_str().unwrap().to_owned())
        .collect()
}

/// Bytes that don't compress and differ from those of other seeds.
pub(super) fn noise(seed: u64, length: usize) -> Bytes {
    let mut bytes = zips::noise(length);
    for (byte, change) in bytes.iter_mut().zip(seed.to_le_bytes()) {
        *byte ^= change;
    }
    bytes.into()
}

/// Waits until something is so.
pub(super) async fn eventually(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let waiting = async {
        while !is_so().await {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    let waited = tokio::time::timeout(Duration::from_secs(30), waiting).await;
    assert!(waited.is_ok(), "never came true: {what}");
}
