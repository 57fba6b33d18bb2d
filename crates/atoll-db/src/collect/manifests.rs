//! Manifests that nothing leads to.

use atoll_core::digest::Digest;
use atoll_core::repository::RepositoryName;
use atoll_core::time_micros::Micros;

use crate::conn::{Conn, Tx};
use crate::error::DbError;
use crate::repositories::RepositoryId;
use crate::sql::{Row, sql};

/// A manifest that no tag, index or subject of its repository accounts for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UntaggedManifest {
    /// The number of the repository that links it.
    pub repository_id: RepositoryId,
    /// The name of the repository that links it.
    pub repository: RepositoryName,
    /// The manifest.
    pub digest: Digest,
    /// Its length in bytes.
    pub size: u64,
    /// When it was last pushed.
    pub pushed_at: Micros,
}

/// Where a list of manifests goes on: after this one of this repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UntaggedCursor {
    /// The repository.
    pub repository_id: RepositoryId,
    /// The manifest.
    pub digest: Digest,
}

/// Removes the content of at most `limit` manifests that no repository links and that were first pushed before
/// `created_before`. Returns their digests.
pub async fn delete_unlinked_manifests(
    tx: &mut Tx,
    created_before: Micros,
    limit: usize,
) -> Result<Vec<Digest>, DbError> {
    let rows = sql(
        "collect.delete_unlinked_manifests",
        "DELETE FROM manifests WHERE digest IN (
             SELECT m.digest FROM manifests m WHERE m.created_at < $1
             AND NOT EXISTS (SELECT 1 FROM repository_manifests r WHERE r.digest = m.digest) LIMIT $2)
         RETURNING digest",
    );
    rows.bind(created_before)
        .bind(limit)
        .list(tx, |mut row| row.take())
        .await
}

/// What a manifest `r` of a repository must not have for it to be untagged: a tag, an index above it, or a subject here.
macro_rules! nothing_leads_to {
    () => {
        " NOT EXISTS (SELECT 1 FROM tags t WHERE t.repository_id = r.repository_id AND t.digest = r.digest)
         AND NOT EXISTS (SELECT 1 FROM manifest_children c
             JOIN repository_manifests i ON i.repository_id = r.repository_id AND i.digest = c.manifest_digest
             WHERE c.child_digest = r.digest)
         AND NOT EXISTS (SELECT 1 FROM repository_manifests s
             WHERE s.repository_id = r.repository_id AND s.digest = r.subject) "
    };
}

/// Manifests that were pushed before `pushed_before` and that have no tag, are in no index of their repository, and
/// refer to nothing that it links.
pub async fn list_untagged_manifests(
    conn: &mut Conn,
    pushed_before: Micros,
    after: Option<&UntaggedCursor>,
    limit: usize,
) -> Result<Vec<UntaggedManifest>, DbError> {
    let rows = sql(
        "collect.list_untagged_manifests",
        concat!(
            "SELECT r.repository_id, p.name, r.digest, m.size, r.pushed_at FROM repository_manifests r
             JOIN manifests m ON m.digest = r.digest JOIN repositories p ON p.id = r.repository_id
             WHERE r.pushed_at < $1 AND (r.repository_id, r.digest) > ($2, $3) AND ",
            nothing_leads_to!(),
            "ORDER BY r.repository_id, r.digest LIMIT $4"
        ),
    );
    rows.bind(pushed_before)
        .bind(after.map_or(0, |after| after.repository_id.as_i64()))
        .bind(after.map_or("", |after| after.digest.as_str()))
        .bind(limit)
        .list(conn, untagged)
        .await
}

/// Takes a manifest out of its repository if it is still untagged and was not pushed again; says whether it did.
pub async fn unlink_untagged_manifest(
    tx: &mut Tx,
    manifest: &UntaggedCursor,
    pushed_before: Micros,
) -> Result<bool, DbError> {
    let delete = sql(
        "collect.unlink_untagged_manifest",
        concat!(
            "DELETE FROM repository_manifests AS r
             WHERE r.repository_id = $1 AND r.digest = $2 AND r.pushed_at < $3 AND ",
            nothing_leads_to!()
        ),
    );
    let delete = delete
        .bind(manifest.repository_id)
        .bind(&manifest.digest)
        .bind(pushed_before);
    let unlinked = delete.execute(tx).await? > 0;
    if unlinked {
        tx.touch(manifest.repository_id);
    }
    Ok(unlinked)
}

impl UntaggedManifest {
    /// Where the list goes on behind it.
    pub fn cursor(&self) -> UntaggedCursor {
        UntaggedCursor {
            repository_id: self.repository_id,
            digest: self.digest.clone(),
        }
    }
}

fn untagged(mut row: Row) -> Result<UntaggedManifest, DbError> {
    Ok(UntaggedManifest {
        repository_id: row.take()?,
        repository: row.take()?,
        digest: row.take()?,
        size: row.take()?,
        pushed_at: row.take()?,
    })
}
