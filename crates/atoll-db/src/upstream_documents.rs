//! What upstreams answered, kept for when they are slow or away.

use atoll_core::time_micros::Micros;

use crate::conn::{Conn, Tx};
use crate::error::DbError;
use crate::sql::sql;

/// An upstream's answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UpstreamDocument {
    /// Its HTTP status.
    pub status: u16,
    /// Its body.
    pub body: Vec<u8>,
    /// When it was fetched.
    pub fetched_at: Micros,
}

/// The last answer to a path.
pub async fn find(
    conn: &mut Conn,
    upstream: &str,
    path: &str,
) -> Result<Option<UpstreamDocument>, DbError> {
    let row = sql(
        "upstream_documents.find",
        "SELECT status, body, fetched_at FROM upstream_documents WHERE upstream = $1 AND path = $2",
    );
    row.bind(upstream)
        .bind(path)
        .find(conn, |mut row| {
            Ok(UpstreamDocument {
                status: row.take()?,
                body: row.take()?,
                fetched_at: row.take()?,
            })
        })
        .await
}

/// Keeps an answer in the place of the one before.
pub async fn put(
    tx: &mut Tx,
    upstream: &str,
    path: &str,
    document: &UpstreamDocument,
) -> Result<(), DbError> {
    sql(
        "upstream_documents.put",
        "INSERT INTO upstream_documents (upstream, path, status, body, fetched_at) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (upstream, path)
         DO UPDATE SET status = excluded.status, body = excluded.body, fetched_at = excluded.fetched_at",
    )
    .bind(upstream)
    .bind(path)
    .bind(i64::from(document.status))
    .bind(document.body.as_slice())
    .bind(document.fetched_at)
    .execute(tx)
    .await
    .map(drop)
}
