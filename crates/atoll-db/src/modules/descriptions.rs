//! What was read from packages. It is computed from bytes once, and holds for ever.

use atoll_core::digest::Digest;

use crate::conn::{Conn, Tx};
use crate::error::DbError;
use crate::sql::sql;

/// What was read from a directory of a package, by a reader of this format.
pub async fn find_description(
    conn: &mut Conn,
    zip: &Digest,
    subdir: &str,
    format: u64,
) -> Result<Option<String>, DbError> {
    let row = sql(
        "modules.find_description",
        "SELECT body FROM module_descriptions WHERE zip_digest = $1 AND subdir = $2 AND format = $3",
    );
    row.bind(zip)
        .bind(subdir)
        .bind(format)
        .find(conn, |mut row| row.take())
        .await
}

/// Keeps what was read, in the place of what a reader of another format read.
pub async fn put_description(
    tx: &mut Tx,
    zip: &Digest,
    subdir: &str,
    format: u64,
    body: &str,
) -> Result<(), DbError> {
    sql(
        "modules.put_description",
        "INSERT INTO module_descriptions (zip_digest, subdir, format, body) VALUES ($1, $2, $3, $4)
         ON CONFLICT (zip_digest, subdir) DO UPDATE SET format = excluded.format, body = excluded.body",
    )
    .bind(zip)
    .bind(subdir)
    .bind(format)
    .bind(body)
    .execute(tx)
    .await
    .map(drop)
}
