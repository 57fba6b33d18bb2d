//! How much there is.

use crate::conn::Conn;
use crate::error::DbError;
use crate::sql::sql;

/// Counts and bytes of what the database knows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Blobs whose bytes are here, hidden ones left out.
    pub held_blobs: u64,
    /// Their bytes.
    pub held_bytes: u64,
    /// Blobs that can be fetched.
    pub lazy_blobs: u64,
    /// Their bytes.
    pub lazy_bytes: u64,
    /// Hidden blobs whose bytes are still here.
    pub condemned_blobs: u64,
    /// Their bytes.
    pub condemned_bytes: u64,
    /// Manifests.
    pub manifests: u64,
    /// Their bytes.
    pub manifest_bytes: u64,
}

/// Counts everything. This reads every row of blobs and manifests.
pub async fn totals(conn: &mut Conn) -> Result<Totals, DbError> {
    let mut row = sql(
        "collect.totals",
        "SELECT
         COALESCE(SUM(CASE WHEN state = 'held' AND condemned_at IS NULL THEN 1 ELSE 0 END), 0),
         CAST(COALESCE(SUM(CASE WHEN state = 'held' AND condemned_at IS NULL THEN size ELSE 0 END), 0) AS BIGINT),
         COALESCE(SUM(CASE WHEN state = 'lazy' AND condemned_at IS NULL THEN 1 ELSE 0 END), 0),
         CAST(COALESCE(SUM(CASE WHEN state = 'lazy' AND condemned_at IS NULL THEN size ELSE 0 END), 0) AS BIGINT),
         COALESCE(SUM(CASE WHEN state = 'held' AND condemned_at IS NOT NULL THEN 1 ELSE 0 END), 0),
         CAST(COALESCE(SUM(CASE WHEN state = 'held' AND condemned_at IS NOT NULL THEN size ELSE 0 END), 0) AS BIGINT),
         (SELECT COUNT(*) FROM manifests),
         (SELECT CAST(COALESCE(SUM(size), 0) AS BIGINT) FROM manifests)
         FROM blobs",
    )
    .one(conn)
    .await?;
    Ok(Totals {
        held_blobs: row.take()?,
        held_bytes: row.take()?,
        lazy_blobs: row.take()?,
        lazy_bytes: row.take()?,
        condemned_blobs: row.take()?,
        condemned_bytes: row.take()?,
        manifests: row.take()?,
        manifest_bytes: row.take()?,
    })
}
