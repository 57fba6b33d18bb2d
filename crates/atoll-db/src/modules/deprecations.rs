//! What owners say against using a module, or one version of it.

use atoll_core::time_micros::Micros;
use atoll_core::version::Version;

use crate::conn::{Conn, Tx};
use crate::error::DbError;
use crate::repositories::RepositoryId;
use crate::sql::sql;

/// A word of warning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deprecation {
    /// The version; none where it is said of the whole module.
    pub version: Option<Version>,
    /// Why not to use it, and what to do.
    pub message: String,
    /// The module to use in its place.
    pub successor: Option<String>,
    /// When it was said.
    pub set_at: Micros,
}

/// Everything that is said against a module and its versions.
pub async fn deprecations(
    conn: &mut Conn,
    repository: RepositoryId,
) -> Result<Vec<Deprecation>, DbError> {
    let rows = sql(
        "modules.deprecations",
        "SELECT NULLIF(version, ''), message, successor, set_at FROM module_deprecations
         WHERE repository_id = $1 ORDER BY version",
    );
    rows.bind(repository)
        .list(conn, |mut row| {
            Ok(Deprecation {
                version: row.take()?,
                message: row.take()?,
                successor: row.take()?,
                set_at: row.take()?,
            })
        })
        .await
}

/// Says something against a module or version, in the place of what was said before.
pub async fn deprecate(
    tx: &mut Tx,
    repository: RepositoryId,
    deprecation: &Deprecation,
) -> Result<(), DbError> {
    sql(
        "modules.deprecate",
        "INSERT INTO module_deprecations (repository_id, version, message, successor, set_at)
         VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (repository_id, version) DO UPDATE SET message = excluded.message,
         successor = excluded.successor, set_at = excluded.set_at",
    )
    .bind(repository)
    .bind(key(deprecation.version.as_ref()))
    .bind(deprecation.message.as_str())
    .bind(deprecation.successor.as_deref())
    .bind(deprecation.set_at)
    .execute(tx)
    .await?;
    tx.touch(repository);
    Ok(())
}

/// Takes it back; `false` where nothing was said.
pub async fn undeprecate(
    tx: &mut Tx,
    repository: RepositoryId,
    version: Option<&Version>,
) -> Result<bool, DbError> {
    let delete = sql(
        "modules.undeprecate",
        "DELETE FROM module_deprecations WHERE repository_id = $1 AND version = $2",
    );
    let deleted = delete
        .bind(repository)
        .bind(key(version))
        .execute(tx)
        .await?
        > 0;
    if deleted {
        tx.touch(repository);
    }
    Ok(deleted)
}

/// No version has an empty text, so it stands for the whole module.
fn key(version: Option<&Version>) -> String {
    version.map(Version::to_string).unwrap_or_default()
}
