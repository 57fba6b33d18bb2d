//! Versions that were deleted: only the same bytes may bring one back.

use atoll_core::digest::Digest;
use atoll_core::reference::Tag;
use atoll_core::time_micros::Micros;

use crate::conn::{Conn, Tx};
use crate::error::DbError;
use crate::repositories::RepositoryId;
use crate::sql::sql;

/// What a deleted version was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tombstone {
    /// The manifest that the tag pointed at.
    pub digest: Digest,
    /// When it was deleted.
    pub deleted_at: Micros,
}

/// The tombstone of a tag.
pub async fn find(
    conn: &mut Conn,
    repository: RepositoryId,
    tag: &Tag,
) -> Result<Option<Tombstone>, DbError> {
    let row = sql(
        "tombstones.find",
        "SELECT digest, deleted_at FROM tombstones WHERE repository_id = $1 AND tag = $2",
    );
    row.bind(repository)
        .bind(tag)
        .find(conn, |mut row| {
            Ok(Tombstone {
                digest: row.take()?,
                deleted_at: row.take()?,
            })
        })
        .await
}

/// The tags of a repository that have one.
pub async fn tags(conn: &mut Conn, repository: RepositoryId) -> Result<Vec<Tag>, DbError> {
    let rows = sql(
        "tombstones.tags",
        "SELECT tag FROM tombstones WHERE repository_id = $1 ORDER BY tag",
    );
    rows.bind(repository).list(conn, |mut row| row.take()).await
}

/// Notes that a version was deleted.
pub async fn put(
    tx: &mut Tx,
    repository: RepositoryId,
    tag: &Tag,
    digest: &Digest,
    now: Micros,
) -> Result<(), DbError> {
    let put = sql(
        "tombstones.put",
        "INSERT INTO tombstones (repository_id, tag, digest, deleted_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (repository_id, tag) DO UPDATE SET digest = excluded.digest, deleted_at = excluded.deleted_at",
    );
    put.bind(repository)
        .bind(tag)
        .bind(digest)
        .bind(now)
        .execute(tx)
        .await?;
    tx.touch(repository);
    Ok(())
}

/// Lifts a tombstone; `false` where there was none.
pub async fn delete(tx: &mut Tx, repository: RepositoryId, tag: &Tag) -> Result<bool, DbError> {
    let delete = sql(
        "tombstones.delete",
        "DELETE FROM tombstones WHERE repository_id = $1 AND tag = $2",
    );
    let deleted = delete.bind(repository).bind(tag).execute(tx).await? > 0;
    if deleted {
        tx.touch(repository);
    }
    Ok(deleted)
}
