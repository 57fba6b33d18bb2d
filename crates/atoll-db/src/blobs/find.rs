//! Reading blobs' rows.

use std::str::FromStr;

use atoll_core::digest::Digest;
use atoll_core::repository::RepositoryName;
use atoll_core::time_micros::Micros;

use crate::columns::Json;
use crate::conn::Conn;
use crate::error::DbError;
use crate::repositories::RepositoryId;
use crate::sql::{Row, sql};

/// Whether a blob's bytes are here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BlobState {
    /// The blob store has them.
    Held,
    /// They are fetched from an origin when somebody asks.
    Lazy,
}

/// A blob as it is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlobRow {
    /// Its digest.
    pub digest: Digest,
    /// Its length in bytes.
    pub size: u64,
    /// Whether its bytes are here.
    pub state: BlobState,
    /// Until when it stays even if nothing refers to it.
    pub lease_until: Micros,
}

impl BlobRow {
    /// Whether its bytes are here.
    pub fn is_held(&self) -> bool {
        self.state == BlobState::Held
    }
}

impl BlobState {
    /// The word in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Lazy => "lazy",
        }
    }
}

impl FromStr for BlobState {
    type Err = UnknownState;

    fn from_str(text: &str) -> Result<Self, UnknownState> {
        match text {
            "held" => Ok(Self::Held),
            "lazy" => Ok(Self::Lazy),
            _ => Err(UnknownState),
        }
    }
}

/// A text that is no state of a blob.
#[derive(Debug, thiserror::Error)]
#[error("a blob is held or lazy")]
pub struct UnknownState;

/// A blob that the repository links.
pub async fn find_in_repository(
    conn: &mut Conn,
    repository: RepositoryId,
    digest: &Digest,
) -> Result<Option<BlobRow>, DbError> {
    sql(
        "blobs.find_in_repository",
        "SELECT b.digest, b.size, b.state, b.lease_until FROM repository_blobs r JOIN blobs b ON b.digest = r.digest
         WHERE r.repository_id = $1 AND r.digest = $2 AND b.condemned_at IS NULL",
    )
    .bind(repository)
    .bind(digest)
    .find(conn, blob)
    .await
}

/// Those of the given blobs that the repository links, in no order.
pub async fn find_many_in_repository(
    conn: &mut Conn,
    repository: RepositoryId,
    digests: &[Digest],
) -> Result<Vec<BlobRow>, DbError> {
    sql(
        "blobs.find_many_in_repository",
        "SELECT b.digest, b.size, b.state, b.lease_until FROM repository_blobs r JOIN blobs b ON b.digest = r.digest
         WHERE r.repository_id = $1 AND r.digest IN (SELECT value FROM json_each($2)) AND b.condemned_at IS NULL",
    )
    .bind(repository)
    .bind(Json(&digests))
    .list(conn, blob)
    .await
}

/// A blob, whoever links it.
pub async fn find(conn: &mut Conn, digest: &Digest) -> Result<Option<BlobRow>, DbError> {
    sql(
        "blobs.find",
        "SELECT digest, size, state, lease_until FROM blobs WHERE digest = $1 AND condemned_at IS NULL",
    )
    .bind(digest)
    .find(conn, blob)
    .await
}

/// Repositories that link a blob, in the order of their names.
pub async fn repositories_holding(
    conn: &mut Conn,
    digest: &Digest,
    limit: usize,
) -> Result<Vec<RepositoryName>, DbError> {
    let rows = sql(
        "blobs.repositories_holding",
        "SELECT p.name FROM repository_blobs r
         JOIN blobs b ON b.digest = r.digest JOIN repositories p ON p.id = r.repository_id
         WHERE r.digest = $1 AND b.condemned_at IS NULL ORDER BY p.name LIMIT $2",
    );
    rows.bind(digest)
        .bind(limit)
        .list(conn, |mut row| row.take())
        .await
}

fn blob(mut row: Row) -> Result<BlobRow, DbError> {
    Ok(BlobRow {
        digest: row.take()?,
        size: row.take()?,
        state: row.take()?,
        lease_until: row.take()?,
    })
}
