//! Scheduled syncs that some server took on and did not finish yet. A server that dies in the middle of one leaves it here, for
//! whoever looks next.

use atoll_core::time_micros::Micros;

use crate::conn::{Conn, Tx};
use crate::error::DbError;
use crate::sql::{Row, Sql, sql};

/// A scheduled sync that was taken on and is not finished.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unfinished {
    /// When it was taken on the last time.
    pub taken_at: Micros,
    /// How often it was.
    pub attempts: u64,
}

/// Notes that somebody takes the scheduled sync of an upstream on, for the first time.
pub async fn put(tx: &mut Tx, upstream: &str, now: Micros) -> Result<(), DbError> {
    sql(
        "scheduled_syncs.put",
        "INSERT INTO scheduled_syncs (upstream, taken_at, attempts) VALUES ($1, $2, 1)
         ON CONFLICT (upstream) DO UPDATE SET taken_at = excluded.taken_at, attempts = excluded.attempts",
    )
    .bind(upstream)
    .bind(now)
    .execute(tx)
    .await
    .map(drop)
}

/// The one of an upstream; none where none was taken on, or it is finished.
pub async fn find(conn: &mut Conn, upstream: &str) -> Result<Option<Unfinished>, DbError> {
    let found = sql(
        "scheduled_syncs.find",
        "SELECT taken_at, attempts FROM scheduled_syncs WHERE upstream = $1",
    );
    found.bind(upstream).find(conn, unfinished).await
}

fn unfinished(mut row: Row) -> Result<Unfinished, DbError> {
    Ok(Unfinished {
        taken_at: row.take()?,
        attempts: row.take()?,
    })
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
        "UPDATE scheduled_syncs SET taken_at = $4, attempts = attempts + 1 WHERE upstream = $1 AND taken_at <= $3
         AND NOT EXISTS (SELECT 1 FROM leases WHERE name = $2 AND until > $4)",
    );
    change_left(tx, taken, upstream, lease, before, now).await
}

/// Forgets one that was taken on before a moment and not finished, unless it goes on under this lease; `false` where there is none.
pub async fn give_up(
    tx: &mut Tx,
    upstream: &str,
    lease: &str,
    before: Micros,
    now: Micros,
) -> Result<bool, DbError> {
    let given_up = sql(
        "scheduled_syncs.give_up",
        "DELETE FROM scheduled_syncs WHERE upstream = $1 AND taken_at <= $3
         AND NOT EXISTS (SELECT 1 FROM leases WHERE name = $2 AND until > $4)",
    );
    change_left(tx, given_up, upstream, lease, before, now).await
}

/// Changes one that was left; `false` where the statement found none.
async fn change_left(
    tx: &mut Tx,
    statement: Sql,
    upstream: &str,
    lease: &str,
    before: Micros,
    now: Micros,
) -> Result<bool, DbError> {
    let statement = statement.bind(upstream).bind(lease).bind(before).bind(now);
    Ok(statement.execute(tx).await? > 0)
}

/// Notes that one is finished which was taken on at this moment. What somebody took on after that is theirs.
pub async fn finish(tx: &mut Tx, upstream: &str, taken_at: Micros) -> Result<(), DbError> {
    sql(
        "scheduled_syncs.finish",
        "DELETE FROM scheduled_syncs WHERE upstream = $1 AND taken_at <= $2",
    )
    .bind(upstream)
    .bind(taken_at)
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
