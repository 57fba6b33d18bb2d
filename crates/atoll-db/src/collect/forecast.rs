//! What a collection would take away, without taking it.

use atoll_core::digest::Digest;
use atoll_core::time_micros::Micros;

use crate::columns::Json;
use crate::conn::Conn;
use crate::error::DbError;
use crate::sql::sql;

/// Until when things must have been left alone to be collected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cutoffs {
    /// For leases.
    pub now: Micros,
    /// For what nothing refers to, and for what is hidden.
    pub before: Micros,
    /// For untagged manifests; none where they stay.
    pub untagged_before: Option<Micros>,
}

/// Some blobs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Amount {
    /// How many.
    pub count: u64,
    /// The bytes that are here of them.
    pub bytes: u64,
}

/// What a collection would find.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Forecast {
    /// Untagged manifests that would leave their repositories.
    pub untagged_manifests: u64,
    /// Blobs that would be hidden.
    pub condemned: Amount,
    /// Blobs that are hidden and would go.
    pub freed: Amount,
}

/// Works out what the steps of a collection would do one after the other. This reads every row of blobs and manifests, and
/// changes nothing.
pub async fn forecast(conn: &mut Conn, cutoffs: &Cutoffs) -> Result<Forecast, DbError> {
    // A manifest stays while a tag or a young manifest leads to it, over indexes and subjects of its repository.
    let mut row = sql(
        "collect.forecast",
        "WITH RECURSIVE live (repository_id, digest) AS (
             SELECT repository_id, digest FROM repository_manifests WHERE pushed_at >= $1
             UNION
             SELECT repository_id, digest FROM tags
             UNION
             SELECT r.repository_id, r.digest FROM live l
             JOIN (SELECT manifest_digest AS above, child_digest AS below FROM manifest_children
                   UNION ALL
                   SELECT subject, digest FROM repository_manifests WHERE subject IS NOT NULL) e ON e.above = l.digest
             JOIN repository_manifests r ON r.repository_id = l.repository_id AND r.digest = e.below
         ), gone AS (
             SELECT digest FROM manifests WHERE created_at < $2 AND digest NOT IN (SELECT digest FROM live)
         ), loose AS (
             SELECT size, state, condemned_at IS NOT NULL AS hidden FROM blobs
             WHERE ((condemned_at IS NULL AND lease_until < $3 AND created_at < $2) OR condemned_at <= $2)
             AND digest NOT IN (
                 SELECT blob_digest FROM manifest_blobs WHERE manifest_digest NOT IN (SELECT digest FROM gone)
                 UNION ALL
                 SELECT child_digest FROM manifest_children WHERE manifest_digest NOT IN (SELECT digest FROM gone))
         )
         SELECT (SELECT COUNT(*) FROM repository_manifests) - (SELECT COUNT(*) FROM live),
         COALESCE(SUM(CASE WHEN hidden THEN 0 ELSE 1 END), 0),
         CAST(COALESCE(SUM(CASE WHEN state = 'held' AND NOT hidden THEN size ELSE 0 END), 0) AS BIGINT),
         COALESCE(SUM(CASE WHEN hidden THEN 1 ELSE 0 END), 0),
         CAST(COALESCE(SUM(CASE WHEN state = 'held' AND hidden THEN size ELSE 0 END), 0) AS BIGINT)
         FROM loose",
    )
    .bind(cutoffs.untagged_before.unwrap_or(Micros::from_micros(i64::MIN)))
    .bind(cutoffs.before)
    .bind(cutoffs.now)
    .one(conn)
    .await?;
    Ok(Forecast {
        untagged_manifests: row.take()?,
        condemned: Amount {
            count: row.take()?,
            bytes: row.take()?,
        },
        freed: Amount {
            count: row.take()?,
            bytes: row.take()?,
        },
    })
}

/// How many of the given blobs are hidden, and the bytes that are here of them.
pub async fn amount_condemned(conn: &mut Conn, digests: &[Digest]) -> Result<Amount, DbError> {
    let mut row = sql(
        "collect.amount_condemned",
        "SELECT COUNT(*), CAST(COALESCE(SUM(CASE WHEN state = 'held' THEN size ELSE 0 END), 0) AS BIGINT)
         FROM blobs WHERE condemned_at IS NOT NULL AND digest IN (SELECT value FROM json_each($1))",
    )
    .bind(Json(&digests))
    .one(conn)
    .await?;
    Ok(Amount {
        count: row.take()?,
        bytes: row.take()?,
    })
}
