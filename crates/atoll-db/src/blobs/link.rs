//! Which repositories a blob is read through.

use atoll_core::digest::Digest;
use atoll_core::time_micros::Micros;

use crate::conn::Tx;
use crate::error::DbError;
use crate::repositories::RepositoryId;
use crate::sql::sql;

/// Lets a blob be read through a repository; `false` where there is no such blob.
///
/// The generation stays: a new link takes nothing back that the repository has answered, so long as nobody remembers that
/// a blob was absent. So uploads of many layers to one repository don't stand in each other's way.
pub async fn link(
    tx: &mut Tx,
    repository: RepositoryId,
    digest: &Digest,
    now: Micros,
) -> Result<bool, DbError> {
    sql(
        "blobs.link",
        "INSERT INTO repository_blobs (repository_id, digest, linked_at)
         SELECT $1, digest, $3 FROM blobs WHERE digest = $2 AND condemned_at IS NULL
         ON CONFLICT (repository_id, digest) DO UPDATE SET linked_at = excluded.linked_at",
    )
    .bind(repository)
    .bind(digest)
    .bind(now)
    .execute(tx)
    .await
    .map(|rows| rows > 0)
}

/// Ends that a blob can be read through a repository; `false` where it could not.
pub async fn unlink(
    tx: &mut Tx,
    repository: RepositoryId,
    digest: &Digest,
) -> Result<bool, DbError> {
    let delete = sql(
        "blobs.unlink",
        "DELETE FROM repository_blobs WHERE repository_id = $1 AND digest = $2",
    );
    let unlinked = delete.bind(repository).bind(digest).execute(tx).await? > 0;
    if unlinked {
        tx.touch(repository);
    }
    Ok(unlinked)
}
