//! Scheduled syncs that some server took on and did not finish yet. A server that dies in the middle of one leaves it here, for
//! whoever looks next.

use atoll_core::time_micros::Micros;

use crate::conn::{Conn, Tx};
use crate::error::DbError;
use crate::sql::sql;

/// Notes that somebody takes the scheduled sync of an upstream on.
pub async fn put(tx: &mut Tx, upstream: &str, now: Micros) -> Result<(), DbError> {
    sql(
        "scheduled_syncs.put",
        "INSERT INTO scheduled_syncs (upstream, taken_at) VALUES ($1, $2)
         ON CONFLICT (upstream) DO UPDATE SET taken_at = excluded.taken_at",
    )
    .bind(upstream)
    .bind(now)
    .execute(tx)
    .await
    .map(drop)
}

/// Whether one was taken on and is not finished.
pub async fn is_unfinished(conn: &mut Conn, upstream: &str) -> Result<bool, DbError> {
    let found = sql(
        "scheduled_syncs.find",
        "SELECT upstream FROM scheduled_syncs WHERE upstream = $1",
    );
    Ok(found.bind(upstream).optional(conn).await?.is_some())
}

/// Takes over one that was taken on before a moment and not finished, unless it goes on under this lease; `false` where there is none.
/// Of those who try at once one does.
pub async fn take_over(
    tx: &mut Tx,
    upstream: &str,
    lease: &str,
    before: Micros,
    now: Micros,
) -> Result<bool, DbError> {
    let taken = sql(
        "scheduled_syncs.take_over",
        "UPDATE scheduled_syncs SET taken_at = $4 WHERE upstream = $1 AND taken_at <= $3
         AND NOT EXISTS (SELECT 1 FROM leases WHERE name = $2 AND until > $4)",
    );
    let taken = taken
        .bind(upstream)
        .bind(lease)
        .bind(before)
        .bind(now)
        .execute(tx)
        .await?;
    Ok(taken > 0)
}

/// Notes that one is finished.
pub async fn finish(tx: &mut Tx, upstream: &str) -> Result<(), DbError> {
    sql(
        "scheduled_syncs.finish",
        "DELETE FROM scheduled_syncs WHERE upstream = $1",
    )
    .bind(upstream)
    .execute(tx)
    .await
    .map(drop)
}

/// Lets all be taken over at once: for a server that is alone with this database, so that whoever took one on is gone.
pub async fn release_all(tx: &mut Tx) -> Result<(), DbError> {
    sql(
        "scheduled_syncs.release_all",
        "UPDATE scheduled_syncs SET taken_at = 0",
    )
    .execute(tx)
    .await
    .map(drop)
}
