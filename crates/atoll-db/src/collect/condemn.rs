//! Hiding a blob, and the second look before it goes.

use atoll_core::digest::Digest;
use atoll_core::time_micros::Micros;

use crate::blobs::BlobState;
use crate::columns::Json;
use crate::conn::{Conn, Tx};
use crate::db::Db;
use crate::error::DbError;
use crate::repositories::touch_holders;
use crate::sql::sql;

/// A blob that is hidden.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condemned {
    /// Its digest.
    pub digest: Digest,
    /// Its length in bytes.
    pub size: u64,
    /// Whether there are bytes to remove.
    pub state: BlobState,
    /// Since when.
    pub condemned_at: Micros,
}

/// Hides those of the given blobs that no manifest names and whose lease has ended, and returns them.
///
/// It has a transaction of its own, because it must see what was committed while it waited: it first locks the blobs'
/// rows, as every manifest does that begins to name them, and only then looks for manifests. One that
/// comes later finds the row changed. SQLite has one writer anyway.
pub async fn condemn(db: &Db, digests: &[Digest], now: Micros) -> Result<Vec<Digest>, DbError> {
    let mut tx = db.begin_read_committed("collect.condemn").await?;
    if tx.is_postgres() {
        let lock = sql(
            "collect.lock",
            "SELECT digest FROM blobs WHERE digest IN (SELECT value FROM json_each($1)) ORDER BY digest FOR UPDATE",
        );
        lock.bind(Json(&digests)).all(&mut tx).await?;
    }
    let update = sql(
        "collect.condemn",
        concat!(
            "UPDATE blobs SET condemned_at = $2
             WHERE digest IN (SELECT value FROM json_each($1)) AND condemned_at IS NULL AND lease_until < $2 AND ",
            nothing_names!("blobs.digest"),
            "RETURNING digest"
        ),
    );
    let mut condemned: Vec<Digest> = update
        .bind(Json(&digests))
        .bind(now)
        .list(&mut tx, |mut row| row.take())
        .await?;
    touch_holders(&mut tx, &condemned).await?;
    tx.commit().await?;
    condemned.sort();
    Ok(condemned)
}

/// Blobs that were hidden before the given moment, in the order of their digests.
pub async fn list_condemned(
    conn: &mut Conn,
    before: Micros,
    after: Option<&Digest>,
    limit: usize,
) -> Result<Vec<Condemned>, DbError> {
    let rows = sql(
        "collect.list_condemned",
        "SELECT digest, size, state, condemned_at FROM blobs WHERE condemned_at < $1 AND digest > $2
         ORDER BY digest LIMIT $3",
    );
    rows.bind(before)
        .bind(after.map_or("", Digest::as_str))
        .bind(limit)
        .list(conn, |mut row| {
            Ok(Condemned {
                digest: row.take()?,
                size: row.take()?,
                state: row.take()?,
                condemned_at: row.take()?,
            })
        })
        .await
}

/// The second look: whether a blob is hidden still, since before the given moment, and nothing names it.
pub async fn is_condemned(
    conn: &mut Conn,
    digest: &Digest,
    before: Micros,
) -> Result<bool, DbError> {
    let row = sql(
        "collect.is_condemned",
        concat!(
            "SELECT 1 FROM blobs WHERE digest = $1 AND condemned_at < $2 AND ",
            nothing_names!("$1")
        ),
    );
    Ok(row
        .bind(digest)
        .bind(before)
        .optional(conn)
        .await?
        .is_some())
}

/// Removes the row of a hidden blob, with its links and origins, if the second look still allows it; says whether it did.
pub async fn forget_condemned(
    tx: &mut Tx,
    digest: &Digest,
    before: Micros,
) -> Result<bool, DbError> {
    let delete = sql(
        "collect.forget_condemned",
        concat!(
            "DELETE FROM blobs WHERE digest = $1 AND condemned_at < $2 AND ",
            nothing_names!("$1")
        ),
    );
    Ok(delete.bind(digest).bind(before).execute(tx).await? > 0)
}
