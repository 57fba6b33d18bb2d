//! Blobs that nothing refers to.

use atoll_core::digest::Digest;
use atoll_core::time_micros::Micros;

use crate::conn::{Conn, Tx};
use crate::error::DbError;
use crate::repositories::RepositoryId;
use crate::sql::sql;

/// Blobs that no manifest names, whose lease has ended and that were made before `created_before`, in the order of their
/// digests. A manifest that no repository links still counts: it goes first.
pub async fn list_unreferenced_blobs(
    conn: &mut Conn,
    created_before: Micros,
    now: Micros,
    after: Option<&Digest>,
    limit: usize,
) -> Result<Vec<Digest>, DbError> {
    let rows = sql(
        "collect.list_unreferenced_blobs",
        concat!(
            "SELECT b.digest FROM blobs b
             WHERE b.digest > $1 AND b.condemned_at IS NULL AND b.lease_until < $2 AND b.created_at < $3 AND ",
            nothing_names!("b.digest"),
            "ORDER BY b.digest LIMIT $4"
        ),
    );
    let rows = rows
        .bind(after.map_or("", Digest::as_str))
        .bind(now)
        .bind(created_before)
        .bind(limit);
    rows.list(conn, |mut row| row.take()).await
}

/// Unlinks blobs from repositories none of whose manifests names them, where they were linked before `linked_before` and
/// their lease has ended; at most `limit` links. Returns how many went: fewer than `limit` means that these were all.
pub async fn unlink_stale_blobs(
    tx: &mut Tx,
    linked_before: Micros,
    now: Micros,
    limit: usize,
) -> Result<usize, DbError> {
    let rows = sql(
        "collect.unlink_stale_blobs",
        "DELETE FROM repository_blobs WHERE (repository_id, digest) IN (
             SELECT l.repository_id, l.digest FROM repository_blobs l JOIN blobs b ON b.digest = l.digest
             WHERE l.linked_at < $1 AND b.lease_until < $2 AND NOT EXISTS (
                 SELECT 1 FROM manifest_blobs m JOIN repository_manifests r ON r.digest = m.manifest_digest
                 WHERE m.blob_digest = l.digest AND r.repository_id = l.repository_id)
             AND NOT EXISTS (
                 SELECT 1 FROM manifest_children c JOIN repository_manifests r ON r.digest = c.manifest_digest
                 WHERE c.child_digest = l.digest AND r.repository_id = l.repository_id)
             LIMIT $3)
         RETURNING repository_id",
    );
    let unlinked: Vec<RepositoryId> = rows
        .bind(linked_before)
        .bind(now)
        .bind(limit)
        .list(tx, |mut row| row.take())
        .await?;
    for repository in &unlinked {
        tx.touch(*repository);
    }
    Ok(unlinked.len())
}
