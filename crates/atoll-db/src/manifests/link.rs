//! Which repositories a manifest is read through.

use atoll_core::digest::Digest;
use atoll_core::reference::Tag;
use atoll_core::time_micros::Micros;

use crate::conn::Tx;
use crate::error::DbError;
use crate::repositories::RepositoryId;
use crate::sql::sql;

/// Lets a manifest be read through a repository; `false` where there is no such manifest.
pub async fn link(
    tx: &mut Tx,
    repository: RepositoryId,
    digest: &Digest,
    now: Micros,
) -> Result<bool, DbError> {
    // DISTINCT: when somebody removed the content after this transaction's snapshot and it was inserted anew, PostgreSQL
    // shows this transaction both rows.
    let link = sql(
        "manifests.link",
        "INSERT INTO repository_manifests (repository_id, digest, subject, pushed_at)
         SELECT DISTINCT $1, digest, subject, $3 FROM manifests WHERE digest = $2
         ON CONFLICT (repository_id, digest) DO UPDATE SET pushed_at = excluded.pushed_at",
    );
    let linked = link
        .bind(repository)
        .bind(digest)
        .bind(now)
        .execute(tx)
        .await?
        > 0;
    if linked {
        keep_parts(tx, repository, digest, now).await?;
        tx.touch(repository);
    }
    Ok(linked)
}

/// Renews the repository's links to what a manifest names. A collection that has seen them stale, and not this manifest, finds them
/// changed and looks again; where it was first, this transaction finds them gone and is tried again, and finds them missing.
///
/// SQLite has one writer anyway.
async fn keep_parts(
    tx: &mut Tx,
    repository: RepositoryId,
    digest: &Digest,
    now: Micros,
) -> Result<(), DbError> {
    if !tx.is_postgres() {
        return Ok(());
    }
    let keep = sql(
        "manifests.keep_parts",
        "UPDATE repository_blobs SET linked_at = $3 WHERE repository_id = $1 AND digest IN (
             SELECT blob_digest FROM manifest_blobs WHERE manifest_digest = $2
             UNION SELECT child_digest FROM manifest_children WHERE manifest_digest = $2)",
    );
    let keep = keep.bind(repository).bind(digest).bind(now);
    keep.execute(tx).await.map(drop)
}

/// Ends that a manifest can be read through a repository, and removes the tags that pointed at it. Returns them;
/// nothing where the repository does not link it.
pub async fn unlink(
    tx: &mut Tx,
    repository: RepositoryId,
    digest: &Digest,
) -> Result<Option<Vec<Tag>>, DbError> {
    let tags = sql(
        "manifests.unlink_tags",
        "DELETE FROM tags WHERE repository_id = $1 AND digest = $2 RETURNING name",
    );
    let mut tags: Vec<Tag> = tags
        .bind(repository)
        .bind(digest)
        .list(tx, |mut row| row.take())
        .await?;
    let delete = sql(
        "manifests.unlink",
        "DELETE FROM repository_manifests WHERE repository_id = $1 AND digest = $2",
    );
    if delete.bind(repository).bind(digest).execute(tx).await? == 0 {
        return Ok(None);
    }
    tx.touch(repository);
    tags.sort();
    Ok(Some(tags))
}
