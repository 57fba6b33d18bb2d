//! Blobs that come, and the leases that keep them.

use std::slice;

use atoll_core::digest::Digest;
use atoll_core::time_micros::Micros;

use super::origin::{BlobOrigin, put_origin};
use crate::conn::Tx;
use crate::error::DbError;
use crate::repositories::touch_holders;
use crate::sql::sql;

/// Notes that the store holds a blob, and keeps it at least until `lease_until`. Brings back a condemned one.
pub async fn insert_held(
    tx: &mut Tx,
    digest: &Digest,
    size: u64,
    lease_until: Micros,
    now: Micros,
) -> Result<(), DbError> {
    if is_held(tx, digest).await? {
        return renew_lease(tx, digest, lease_until).await.map(drop);
    }
    sql(
        "blobs.insert_held",
        "INSERT INTO blobs (digest, size, state, lease_until, created_at) VALUES ($1, $2, 'held', $3, $4)
         ON CONFLICT (digest) DO UPDATE SET size = excluded.size, state = 'held', condemned_at = NULL,
         lease_until = CASE WHEN blobs.lease_until < $3 THEN $3 ELSE blobs.lease_until END",
    )
    .bind(digest)
    .bind(size)
    .bind(lease_until)
    .bind(now)
    .execute(tx)
    .await?;
    touch_holders(tx, slice::from_ref(digest)).await
}

/// Notes a blob that can be fetched, where it is not known already. A condemned one comes back as lazy, because its
/// bytes may be on their way out.
pub async fn insert_lazy(
    tx: &mut Tx,
    digest: &Digest,
    size: u64,
    origin: &BlobOrigin,
    lease_until: Micros,
) -> Result<(), DbError> {
    sql(
        "blobs.insert_lazy",
        "INSERT INTO blobs (digest, size, state, lease_until, created_at) VALUES ($1, $2, 'lazy', $3, $4)
         ON CONFLICT (digest) DO UPDATE SET
         state = CASE WHEN blobs.condemned_at IS NULL THEN blobs.state ELSE 'lazy' END, condemned_at = NULL,
         lease_until = CASE WHEN blobs.lease_until < $3 THEN $3 ELSE blobs.lease_until END",
    )
    .bind(digest)
    .bind(size)
    .bind(lease_until)
    .bind(origin.learnt_at)
    .execute(tx)
    .await?;
    put_origin(tx, digest, origin).await
}

/// Notes that a lazy blob's bytes have arrived; `false` where there is no such blob.
pub async fn mark_held(tx: &mut Tx, digest: &Digest) -> Result<bool, DbError> {
    let update = sql(
        "blobs.mark_held",
        "UPDATE blobs SET state = 'held' WHERE digest = $1 AND condemned_at IS NULL",
    );
    change_state(tx, digest, update).await
}

/// Notes that a blob's bytes are gone and can be fetched again; `false` where they can't, or there is no such blob.
pub async fn mark_lazy(tx: &mut Tx, digest: &Digest) -> Result<bool, DbError> {
    let update = sql(
        "blobs.mark_lazy",
        "UPDATE blobs SET state = 'lazy' WHERE digest = $1 AND condemned_at IS NULL
         AND EXISTS (SELECT 1 FROM blob_origins o WHERE o.digest = $1)",
    );
    change_state(tx, digest, update).await
}

/// Keeps a blob until the given moment, or longer where its lease ends later; `false` where there is no such blob.
///
/// This writes. Where a blob was read just before, [`super::BlobRow::lease_until`] says whether that is needed.
pub async fn renew_lease(tx: &mut Tx, digest: &Digest, until: Micros) -> Result<bool, DbError> {
    sql(
        "blobs.renew_lease",
        "UPDATE blobs SET lease_until = CASE WHEN lease_until < $2 THEN $2 ELSE lease_until END
         WHERE digest = $1 AND condemned_at IS NULL",
    )
    .bind(digest)
    .bind(until)
    .execute(tx)
    .await
    .map(|rows| rows > 0)
}

async fn is_held(tx: &mut Tx, digest: &Digest) -> Result<bool, DbError> {
    Ok(super::find(tx, digest)
        .await?
        .is_some_and(|blob| blob.is_held()))
}

async fn change_state(
    tx: &mut Tx,
    digest: &Digest,
    update: crate::sql::Sql,
) -> Result<bool, DbError> {
    if update.bind(digest).execute(tx).await? == 0 {
        return Ok(false);
    }
    touch_holders(tx, slice::from_ref(digest)).await?;
    Ok(true)
}
