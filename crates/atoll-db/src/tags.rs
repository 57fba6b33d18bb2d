//! Tags.

use atoll_core::digest::Digest;
use atoll_core::reference::Tag;
use atoll_core::repository::RepositoryName;
use atoll_core::time_micros::Micros;

use crate::conn::{Conn, Tx};
use crate::error::DbError;
use crate::repositories::{RepositoryId, prefix_end};
use crate::sql::sql;

/// What pointing a tag changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pointed {
    /// It is a new tag.
    Created,
    /// It pointed there already.
    Same,
    /// It pointed elsewhere.
    Moved {
        /// Where.
        from: Digest,
    },
}

/// What a tag points at.
pub async fn find(
    conn: &mut Conn,
    repository: RepositoryId,
    tag: &Tag,
) -> Result<Option<Digest>, DbError> {
    let row = sql(
        "tags.find",
        "SELECT digest FROM tags WHERE repository_id = $1 AND name = $2",
    );
    row.bind(repository)
        .bind(tag)
        .find(conn, |mut row| row.take())
        .await
}

/// Points a tag at a manifest that the repository links.
pub async fn point(
    tx: &mut Tx,
    repository: RepositoryId,
    tag: &Tag,
    digest: &Digest,
    now: Micros,
) -> Result<Pointed, DbError> {
    let before = find(tx, repository, tag).await?;
    if before.as_ref() == Some(digest) {
        return Ok(Pointed::Same);
    }
    let upsert = sql(
        "tags.point",
        "INSERT INTO tags (repository_id, name, digest, updated_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (repository_id, name) DO UPDATE SET digest = excluded.digest, updated_at = excluded.updated_at",
    );
    upsert
        .bind(repository)
        .bind(tag)
        .bind(digest)
        .bind(now)
        .execute(tx)
        .await?;
    tx.touch(repository);
    Ok(before.map_or(Pointed::Created, |from| Pointed::Moved { from }))
}

/// Removes a tag and returns what it pointed at.
pub async fn delete(
    tx: &mut Tx,
    repository: RepositoryId,
    tag: &Tag,
) -> Result<Option<Digest>, DbError> {
    let delete = sql(
        "tags.delete",
        "DELETE FROM tags WHERE repository_id = $1 AND name = $2 RETURNING digest",
    );
    let Some(mut row) = delete.bind(repository).bind(tag).optional(tx).await? else {
        return Ok(None);
    };
    tx.touch(repository);
    row.take().map(Some)
}

/// Tags after the given text, in the order of their bytes.
pub async fn list(
    conn: &mut Conn,
    repository: RepositoryId,
    after: Option<&str>,
    limit: usize,
) -> Result<Vec<Tag>, DbError> {
    let rows = sql(
        "tags.list",
        "SELECT name FROM tags WHERE repository_id = $1 AND name > $2 ORDER BY name LIMIT $3",
    );
    rows.bind(repository)
        .bind(after.unwrap_or_default())
        .bind(limit)
        .list(conn, |mut row| row.take())
        .await
}

/// Tags that point at a manifest, after the given one, in the order of their bytes.
pub async fn list_of_manifest(
    conn: &mut Conn,
    repository: RepositoryId,
    digest: &Digest,
    after: Option<&Tag>,
    limit: usize,
) -> Result<Vec<Tag>, DbError> {
    let rows = sql(
        "tags.list_of_manifest",
        "SELECT name FROM tags WHERE repository_id = $1 AND digest = $2 AND name > $3 ORDER BY name LIMIT $4",
    );
    rows.bind(repository)
        .bind(digest)
        .bind(after.map_or("", Tag::as_str))
        .bind(limit)
        .list(conn, |mut row| row.take())
        .await
}

/// A tag, as lists over all repositories show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TagRow {
    /// The repository.
    pub repository: RepositoryName,
    /// The tag.
    pub tag: Tag,
    /// What it points at.
    pub digest: Digest,
    /// The bytes of the blobs that the manifest names, and those that the manifests in it name; each blob once.
    pub content_bytes: u64,
    /// When it was set.
    pub updated_at: Micros,
}

/// Where a list over all repositories goes on: after this tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TagCursor {
    /// The repository.
    pub repository: RepositoryName,
    /// The tag.
    pub tag: Tag,
}

impl TagRow {
    /// Where the list goes on behind it.
    pub fn cursor(&self) -> TagCursor {
        TagCursor {
            repository: self.repository.clone(),
            tag: self.tag.clone(),
        }
    }
}

/// The tags of all repositories but those whose names begin with `besides`, in the order of the bytes of repository and tag.
pub async fn list_all(
    conn: &mut Conn,
    besides: &str,
    after: Option<&TagCursor>,
    limit: usize,
) -> Result<Vec<TagRow>, DbError> {
    let rows = sql(
        "tags.list_all",
        "SELECT p.name, t.name, t.digest,
         (SELECT CAST(COALESCE(SUM(b.size), 0) AS BIGINT) FROM blobs b WHERE b.digest IN (
             SELECT blob_digest FROM manifest_blobs WHERE manifest_digest = t.digest
             UNION
             SELECT m.blob_digest FROM manifest_children c JOIN manifest_blobs m ON m.manifest_digest = c.child_digest
             WHERE c.manifest_digest = t.digest)),
         t.updated_at
         FROM repositories p JOIN tags t ON t.repository_id = p.id
         WHERE (p.name < $1 OR p.name >= $2) AND (p.name, t.name) > ($3, $4)
         ORDER BY p.name, t.name LIMIT $5",
    );
    rows.bind(besides)
        .bind(prefix_end(besides))
        .bind(after.map_or("", |after| after.repository.as_str()))
        .bind(after.map_or("", |after| after.tag.as_str()))
        .bind(limit)
        .list(conn, |mut row| {
            Ok(TagRow {
                repository: row.take()?,
                tag: row.take()?,
                digest: row.take()?,
                content_bytes: row.take()?,
                updated_at: row.take()?,
            })
        })
        .await
}
