//! Work that one server at a time does for all that share this database.

use atoll_core::time_micros::Micros;

use crate::conn::Tx;
use crate::error::DbError;
use crate::sql::sql;

/// Takes a lease, or keeps the one that the holder has; `false` where somebody else has it still.
pub async fn take(
    tx: &mut Tx,
    name: &str,
    holder: &str,
    until: Micros,
    now: Micros,
) -> Result<bool, DbError> {
    let take = sql(
        "leases.take",
        "INSERT INTO leases (name, holder, until) VALUES ($1, $2, $3)
         ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until
         WHERE leases.holder = excluded.holder OR leases.until <= $4",
    );
    let taken = take
        .bind(name)
        .bind(holder)
        .bind(until)
        .bind(now)
        .execute(tx)
        .await?;
    Ok(taken > 0)
}

/// Gives a lease back.
pub async fn give_back(tx: &mut Tx, name: &str, holder: &str) -> Result<(), DbError> {
    sql(
        "leases.give_back",
        "DELETE FROM leases WHERE name = $1 AND holder = $2",
    )
    .bind(name)
    .bind(holder)
    .execute(tx)
    .await
    .map(drop)
}

/// Ends all leases: for a server that is alone with this database, so that whoever held one is gone.
pub async fn forget_all(tx: &mut Tx) -> Result<(), DbError> {
    sql("leases.forget_all", "DELETE FROM leases")
        .execute(tx)
        .await
        .map(drop)
}
