//! Secrets of the installation, wrapped by a key that is not in the database.

use atoll_core::time_micros::Micros;

use crate::conn::{Conn, Tx};
use crate::error::DbError;
use crate::sql::sql;

/// The wrapped secret of this name.
pub async fn find(conn: &mut Conn, name: &str) -> Result<Option<Vec<u8>>, DbError> {
    sql(
        "secrets.find",
        "SELECT wrapped FROM secrets WHERE name = $1",
    )
    .bind(name)
    .find(conn, |mut row| row.take())
    .await
}

/// Keeps a secret unless there is one of this name, and returns the one that is kept: the first wins.
pub async fn insert_if_absent(
    tx: &mut Tx,
    name: &str,
    wrapped: &[u8],
    now: Micros,
) -> Result<Vec<u8>, DbError> {
    sql(
        "secrets.insert_if_absent",
        // The update changes nothing; it makes the row of somebody else count as returned.
        "INSERT INTO secrets (name, wrapped, created_at) VALUES ($1, $2, $3)
         ON CONFLICT (name) DO UPDATE SET name = excluded.name RETURNING wrapped",
    )
    .bind(name)
    .bind(wrapped)
    .bind(now)
    .one(tx)
    .await?
    .take()
}
