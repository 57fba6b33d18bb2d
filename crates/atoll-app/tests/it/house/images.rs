//! Images and indexes that were pushed long ago.

use std::collections::BTreeMap;

use atoll_core::digest::Digest;
use atoll_core::permission::Visibility;
use atoll_db::manifests::NewManifest;
use atoll_db::repositories::RepositoryId;
use atoll_db::{Tx, blobs, manifests, repositories, tags};
use bytes::Bytes;

use super::{House, long_ago, name};

const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const INDEX: &str = "application/vnd.oci.image.index.v1+json";

impl House {
    /// Stores and links a blob that came long ago and that nobody has a lease on.
    pub(crate) async fn old_blob(&self, repository: &str, bytes: &[u8]) -> Digest {
        let digest = Digest::sha256(bytes);
        let committed = self
            .blobs
            .put(&digest, Bytes::copy_from_slice(bytes))
            .await
            .unwrap();
        let mut tx = self.db.begin("test").await.unwrap();
        let id = old_repository(&mut tx, repository).await;
        blobs::insert_held(&mut tx, &digest, bytes.len() as u64, long_ago(), long_ago())
            .await
            .unwrap();
        blobs::link(&mut tx, id, &digest, long_ago()).await.unwrap();
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
        let digest = Digest::sha256(body.as_bytes());
        let new = NewManifest {
            subject,
            blobs: &named,
            ..plain(&digest, MANIFEST, &body)
        };
        self.old_manifest(repository, tag, new).await
    }

    /// Stores an index that was pushed long ago.
    pub(crate) async fn old_index(
        &self,
        repository: &str,
        tag: Option<&str>,
        children: &[Digest],
    ) -> Digest {
        let body = index_of(children);
        let digest = Digest::sha256(body.as_bytes());
        let new = NewManifest {
            children,
            ..plain(&digest, INDEX, &body)
        };
        self.old_manifest(repository, tag, new).await
    }

    async fn old_manifest(
        &self,
        repository: &str,
        tag: Option<&str>,
        new: NewManifest<'_>,
    ) -> Digest {
        let mut tx = self.db.begin("test").await.unwrap();
        let id = old_repository(&mut tx, repository).await;
        let _ = manifests::insert(&mut tx, &new, long_ago()).await.unwrap();
        manifests::link(&mut tx, id, new.digest, long_ago())
            .await
            .unwrap();
        if let Some(tag) = tag {
            tags::point(&mut tx, id, &tag.parse().unwrap(), new.digest, long_ago())
                .await
                .unwrap();
        }
        tx.commit().await.unwrap();
        new.digest.clone()
    }

    /// As [`Self::old_index`], but what it names is not noted.
    pub(crate) async fn old_index_without_edges(
        &self,
        repository: &str,
        tag: &str,
        children: &[Digest],
    ) -> Digest {
        let body = index_of(children);
        let digest = Digest::sha256(body.as_bytes());
        let new = plain(&digest, INDEX, &body);
        self.old_manifest(repository, Some(tag), new).await
    }

    /// An image of which only the blobs are noted that it needs.
    pub(crate) async fn old_image_without_children(
        &self,
        repository: &str,
        tag: &str,
        body: &str,
        blobs: &[Digest],
    ) -> Digest {
        let digest = Digest::sha256(body.as_bytes());
        let new = NewManifest {
            blobs,
            ..plain(&digest, MANIFEST, body)
        };
        self.old_manifest(repository, Some(tag), new).await
    }

    /// A manifest that has not the bytes that its digest is of.
    pub(crate) async fn old_manifest_with_digest_of(
        &self,
        repository: &str,
        named: &str,
        body: &str,
    ) -> Digest {
        let digest = Digest::sha256(named.as_bytes());
        let new = plain(&digest, MANIFEST, body);
        self.old_manifest(repository, None, new).await
    }
}

/// Makes a repository, where there is none, that is as old as what is in it.
async fn old_repository(tx: &mut Tx, repository: &str) -> RepositoryId {
    let private = Visibility::Private;
    let row = repositories::get_or_create(tx, &name(repository), private, long_ago()).await;
    row.unwrap().id
}

/// A manifest that names nothing.
fn plain<'a>(digest: &'a Digest, media_type: &'a str, body: &'a str) -> NewManifest<'a> {
    static NONE: BTreeMap<String, String> = BTreeMap::new();
    NewManifest {
        digest,
        media_type,
        body: body.as_bytes(),
        artifact_type: None,
        subject: None,
        annotations: &NONE,
        blobs: &[],
        children: &[],
    }
}

/// The text of an index.
fn index_of(children: &[Digest]) -> String {
    let children = children.iter().map(|child| descriptor(MANIFEST, child, 2));
    let children: Vec<String> = children.collect();
    format!(
        r#"{{"schemaVersion":2,"mediaType":"{INDEX}","manifests":[{}]}}"#,
        children.join(",")
    )
}

fn descriptor(media_type: &str, digest: &Digest, size: usize) -> String {
    format!(r#"{{"mediaType":"{media_type}","digest":"{digest}","size":{size}}}"#)
}
