//! Manifests that refer to another: signatures, SBOMs, proofs.

use std::collections::BTreeMap;

use atoll_core::digest::Digest;

use crate::columns::Json;
use crate::conn::Conn;
use crate::error::DbError;
use crate::repositories::RepositoryId;
use crate::sql::{Row, sql};

/// What a referrer's descriptor says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Referrer {
    /// Its digest.
    pub digest: Digest,
    /// Its media type.
    pub media_type: String,
    /// Its length in bytes.
    pub size: u64,
    /// What it is.
    pub artifact_type: Option<String>,
    /// Its annotations.
    pub annotations: BTreeMap<String, String>,
}

/// The manifests of the repository that refer to `subject`, in the order of their digests: all, or those of one type.
pub async fn list(
    conn: &mut Conn,
    repository: RepositoryId,
    subject: &Digest,
    artifact_type: Option<&str>,
    after: Option<&Digest>,
    limit: usize,
) -> Result<Vec<Referrer>, DbError> {
    let rows = sql(
        "referrers.list",
        "SELECT m.digest, m.media_type, m.size, m.artifact_type, m.annotations
         FROM repository_manifests r JOIN manifests m ON m.digest = r.digest
         WHERE r.repository_id = $1 AND r.subject = $2 AND r.digest > $3
         AND (CAST($4 AS TEXT) IS NULL OR m.artifact_type = $4)
         ORDER BY r.digest LIMIT $5",
    );
    let rows = rows
        .bind(repository)
        .bind(subject)
        .bind(after.map_or("", Digest::as_str))
        .bind(artifact_type)
        .bind(limit);
    rows.list(conn, referrer).await
}

fn referrer(mut row: Row) -> Result<Referrer, DbError> {
    Ok(Referrer {
        digest: row.take()?,
        media_type: row.take()?,
        size: row.take()?,
        artifact_type: row.take()?,
        annotations: row
            .take::<Option<Json<_>>>()?
            .map(|Json(map)| map)
            .unwrap_or_default(),
    })
}
