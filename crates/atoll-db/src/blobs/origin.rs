//! Where a blob's bytes can be fetched.

use atoll_core::digest::Digest;
use atoll_core::origin::Origin;
use atoll_core::time_micros::Micros;

use crate::conn::{Conn, Tx};
use crate::error::DbError;
use crate::repositories::prefix_end;
use crate::sql::sql;

/// A place that has a blob's bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlobOrigin {
    /// The upstream's name.
    pub upstream: String,
    /// What the upstream needs to find the bytes again, as JSON.
    pub locator: String,
    /// When it was learnt.
    pub learnt_at: Micros,
}

/// The places that have a blob's bytes, the one learnt last first.
pub async fn origins(conn: &mut Conn, digest: &Digest) -> Result<Vec<BlobOrigin>, DbError> {
    let rows = sql(
        "blobs.origins",
        "SELECT upstream, locator, learnt_at FROM blob_origins WHERE digest = $1 ORDER BY learnt_at DESC, upstream",
    );
    rows.bind(digest)
        .list(conn, |mut row| {
            Ok(BlobOrigin {
                upstream: row.take()?,
                locator: row.take()?,
                learnt_at: row.take()?,
            })
        })
        .await
}

/// Notes a place that has a blob's bytes; each upstream has one.
pub async fn put_origin(tx: &mut Tx, digest: &Digest, origin: &BlobOrigin) -> Result<(), DbError> {
    sql(
        "blobs.put_origin",
        "INSERT INTO blob_origins (digest, upstream, locator, learnt_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (digest, upstream) DO UPDATE SET locator = excluded.locator, learnt_at = excluded.learnt_at",
    )
    .bind(digest)
    .bind(origin.upstream.as_str())
    .bind(origin.locator.as_str())
    .bind(origin.learnt_at)
    .execute(tx)
    .await
    .map(drop)
}

/// How many bytes are held of what an upstream has: blobs that it has, and packages of modules that were captured into the
/// repositories whose names begin with `modules`. This reads all that is known of the upstream.
pub async fn held_bytes_from(
    conn: &mut Conn,
    upstream: &str,
    modules: &str,
) -> Result<u64, DbError> {
    sql(
        "blobs.held_bytes_from",
        "SELECT CAST(COALESCE(SUM(b.size), 0) AS BIGINT) FROM blobs b
         WHERE b.state = 'held' AND b.condemned_at IS NULL AND b.digest IN (
             SELECT o.digest FROM blob_origins o WHERE o.upstream = $1
             UNION
             SELECT v.zip_digest FROM repositories r JOIN module_versions v ON v.repository_id = r.id
             WHERE r.name >= $2 AND r.name < $3 AND v.origin = $4)",
    )
    .bind(upstream)
    .bind(modules)
    .bind(prefix_end(modules))
    .bind(&Origin::Mirrored)
    .one(conn)
    .await?
    .take()
}
