//! What manifests name, and what names them.

use atoll_core::digest::Digest;
use atoll_core::reference::Tag;

use crate::conn::Conn;
use crate::error::DbError;
use crate::repositories::RepositoryId;
use crate::sql::{Row, sql};

/// A tag, and the manifest that it points at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaggedAs {
    /// The tag.
    pub tag: Tag,
    /// The manifest.
    pub digest: Digest,
}

/// What a manifest names and may do without, here or not: the manifests of an index, and layers that registries don't
/// distribute.
pub async fn children(conn: &mut Conn, digest: &Digest) -> Result<Vec<Digest>, DbError> {
    let rows = sql(
        "manifests.children",
        "SELECT child_digest FROM manifest_children WHERE manifest_digest = $1 ORDER BY child_digest",
    );
    rows.bind(digest).list(conn, |mut row| row.take()).await
}

/// The blobs that a manifest needs and that are here.
pub async fn blob_digests(conn: &mut Conn, digest: &Digest) -> Result<Vec<Digest>, DbError> {
    let rows = sql(
        "manifests.blob_digests",
        "SELECT blob_digest FROM manifest_blobs WHERE manifest_digest = $1 ORDER BY blob_digest",
    );
    rows.bind(digest).list(conn, |mut row| row.take()).await
}

/// The tags of the repository that lead to a manifest: those on itself, and on any index above it that the repository
/// links. Where there are some, the manifest is part of a version.
pub async fn tagged_above(
    conn: &mut Conn,
    repository: RepositoryId,
    digest: &Digest,
    limit: usize,
) -> Result<Vec<TaggedAs>, DbError> {
    let rows = sql(
        "manifests.tagged_above",
        "WITH RECURSIVE above (digest) AS (
             SELECT digest FROM repository_manifests WHERE repository_id = $1 AND digest = $2
             UNION
             SELECT c.manifest_digest FROM above a
             JOIN manifest_children c ON c.child_digest = a.digest
             JOIN repository_manifests r ON r.repository_id = $1 AND r.digest = c.manifest_digest
         )
         SELECT t.name, t.digest FROM above a JOIN tags t ON t.repository_id = $1 AND t.digest = a.digest
         ORDER BY t.name LIMIT $3",
    );
    rows.bind(repository)
        .bind(digest)
        .bind(limit)
        .list(conn, tagged)
        .await
}

/// As [`tagged_above`], for a blob.
pub async fn tagged_above_blob(
    conn: &mut Conn,
    repository: RepositoryId,
    digest: &Digest,
    limit: usize,
) -> Result<Vec<TaggedAs>, DbError> {
    let rows = sql(
        "manifests.tagged_above_blob",
        "WITH RECURSIVE above (digest) AS (
             SELECT b.manifest_digest FROM manifest_blobs b
             JOIN repository_manifests r ON r.repository_id = $1 AND r.digest = b.manifest_digest
             WHERE b.blob_digest = $2
             UNION
             SELECT c.manifest_digest FROM manifest_children c
             JOIN repository_manifests r ON r.repository_id = $1 AND r.digest = c.manifest_digest
             WHERE c.child_digest = $2
             UNION
             SELECT c.manifest_digest FROM above a
             JOIN manifest_children c ON c.child_digest = a.digest
             JOIN repository_manifests r ON r.repository_id = $1 AND r.digest = c.manifest_digest
         )
         SELECT t.name, t.digest FROM above a JOIN tags t ON t.repository_id = $1 AND t.digest = a.digest
         ORDER BY t.name LIMIT $3",
    );
    rows.bind(repository)
        .bind(digest)
        .bind(limit)
        .list(conn, tagged)
        .await
}

fn tagged(mut row: Row) -> Result<TaggedAs, DbError> {
    Ok(TaggedAs {
        tag: row.take()?,
        digest: row.take()?,
    })
}
