//! A database for each test, and short ways to fill it.

use std::collections::BTreeMap;

use atoll_core::digest::Digest;
use atoll_core::permission::Visibility;
use atoll_core::reference::Tag;
use atoll_core::repository::RepositoryName;
use atoll_core::time_micros::Micros;
use atoll_db::manifests::{Insertion, NewManifest};
use atoll_db::repositories::RepositoryId;
use atoll_db::{DatabaseUrl, Db, DbError, Tx, blobs, manifests, repositories, tags};
use atoll_testkit::skip::skip;
use atoll_testkit_postgres::Cluster;
use tempfile::TempDir;

/// When everything in the tests happens, unless they say otherwise.
pub(crate) const NOW: Micros = after(0);

/// So many seconds later.
pub(crate) const fn after(secs: i64) -> Micros {
    Micros::from_secs(1_800_000_000 + secs)
}

/// A database that nobody else uses.
pub(crate) struct TestDb {
    pub(crate) db: Db,
    pub(crate) url: DatabaseUrl,
    _directory: TempDir,
}

/// Runs each test on SQLite and on a private PostgreSQL.
macro_rules! db_tests {
    ($($name:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                super::$name(crate::harness::TestDb::sqlite().await).await;
            })+
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                if let Some(test) = crate::harness::TestDb::postgres(stringify!($name)).await {
                    super::$name(test).await;
                }
            })+
        }
    };
}

impl TestDb {
    pub(crate) async fn sqlite() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let url = DatabaseUrl::sqlite(&directory.path().join("atoll.db"));
        Self {
            db: Db::open(&url).await.unwrap(),
            url,
            _directory: directory,
        }
    }

    /// A database of a real server; says that the test is skipped where there is none.
    pub(crate) async fn postgres(test: &str) -> Option<Self> {
        let Some(cluster) = Cluster::shared().unwrap() else {
            skip(test, "PostgreSQL", "apt-get install postgresql");
            return None;
        };
        let url: DatabaseUrl = cluster.create_database().unwrap().parse().unwrap();
        let db = Db::open(&url).await.unwrap();
        Some(Self {
            db,
            url,
            _directory: tempfile::tempdir().unwrap(),
        })
    }

    pub(crate) async fn begin(&self) -> Tx {
        self.db.begin("test").await.unwrap()
    }

    /// Makes a repository.
    pub(crate) async fn repository(&self, text: &str) -> RepositoryId {
        let mut tx = self.begin().await;
        let made = repositories::get_or_create(&mut tx, &name(text), Visibility::Private, NOW)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        made.id
    }

    /// Makes some repositories.
    pub(crate) async fn repositories<const N: usize>(&self, texts: [&str; N]) -> [RepositoryId; N] {
        let mut made = Vec::new();
        for text in texts {
            made.push(self.repository(text).await);
        }
        made.try_into().unwrap()
    }

    /// Stores and links a blob.
    pub(crate) async fn blob(&self, repository: RepositoryId, text: &str) -> Digest {
        let mut tx = self.begin().await;
        let digest = put_blob(&mut tx, repository, text).await.unwrap();
        tx.commit().await.unwrap();
        digest
    }

    /// Stores, links and tags a manifest.
    pub(crate) async fn manifest(
        &self,
        repository: RepositoryId,
        text: &str,
        parts: Parts<'_>,
    ) -> Digest {
        let mut tx = self.begin().await;
        let digest = put_manifest(&mut tx, repository, text, parts)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        digest
    }
}

/// What a manifest of a test names, and its tag.
#[derive(Clone, Copy, Default)]
pub(crate) struct Parts<'a> {
    pub(crate) blobs: &'a [Digest],
    pub(crate) children: &'a [Digest],
    pub(crate) subject: Option<&'a Digest>,
    pub(crate) artifact_type: Option<&'a str>,
    pub(crate) tag: Option<&'a str>,
}

impl<'a> Parts<'a> {
    /// One that names blobs.
    pub(crate) fn blobs(blobs: &'a [Digest]) -> Self {
        Self {
            blobs,
            ..Self::default()
        }
    }

    /// One that names manifests, or what it may do without.
    pub(crate) fn children(children: &'a [Digest]) -> Self {
        Self {
            children,
            ..Self::default()
        }
    }

    /// One that refers to another.
    pub(crate) fn about(subject: &'a Digest) -> Self {
        Self {
            subject: Some(subject),
            ..Self::default()
        }
    }

    /// One with a tag.
    pub(crate) fn tagged(tag: &'a str) -> Self {
        Self {
            tag: Some(tag),
            ..Self::default()
        }
    }
}

pub(crate) async fn put_blob(
    tx: &mut Tx,
    repository: RepositoryId,
    text: &str,
) -> Result<Digest, DbError> {
    let digest = digest(text);
    blobs::insert_held(tx, &digest, text.len() as u64, NOW, NOW).await?;
    assert!(blobs::link(tx, repository, &digest, NOW).await?);
    Ok(digest)
}

pub(crate) async fn put_manifest(
    tx: &mut Tx,
    repository: RepositoryId,
    text: &str,
    parts: Parts<'_>,
) -> Result<Digest, DbError> {
    let digest = digest(text);
    assert_eq!(insert_manifest(tx, text, parts).await?, Insertion::New);
    assert!(manifests::link(tx, repository, &digest, NOW).await?);
    if let Some(text) = parts.tag {
        tags::point(tx, repository, &tag(text), &digest, NOW).await?;
    }
    Ok(digest)
}

pub(crate) async fn insert_manifest(
    tx: &mut Tx,
    text: &str,
    parts: Parts<'_>,
) -> Result<Insertion, DbError> {
    let annotations = BTreeMap::from([("title".to_owned(), text.to_owned())]);
    let manifest = NewManifest {
        digest: &digest(text),
        media_type: "application/vnd.oci.image.manifest.v1+json",
        body: text.as_bytes(),
        artifact_type: parts.artifact_type,
        subject: parts.subject,
        annotations: &annotations,
        blobs: parts.blobs,
        children: parts.children,
    };
    manifests::insert(tx, &manifest, NOW).await
}

pub(crate) fn digest(text: &str) -> Digest {
    Digest::sha256(text.as_bytes())
}

pub(crate) fn name(text: &str) -> RepositoryName {
    text.parse().unwrap()
}

pub(crate) fn tag(text: &str) -> Tag {
    text.parse().unwrap()
}
