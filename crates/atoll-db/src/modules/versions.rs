//! Reading and writing the versions of one module.

use atoll_core::digest::Digest;
use atoll_core::proof::Proof;
use atoll_core::version::Version;

use super::types::{HeldModule, ModuleVersion};
use crate::conn::{Conn, Tx};
use crate::error::DbError;
use crate::repositories::RepositoryId;
use crate::sql::{Row, sql};

/// Selects versions with the states of their packages.
macro_rules! versions {
    () => {
        concat!(
            "SELECT",
            held_columns!(),
            "FROM module_versions v LEFT JOIN blobs b ON b.digest = v.zip_digest "
        )
    };
}

/// All versions: lists in Terraform's protocols have no pages. They are in the order of their texts.
pub async fn versions(
    conn: &mut Conn,
    repository: RepositoryId,
) -> Result<Vec<HeldModule>, DbError> {
    let rows = sql(
        "modules.versions",
        concat!(versions!(), "WHERE v.repository_id = $1 ORDER BY v.version"),
    );
    rows.bind(repository).list(conn, held).await
}

/// One version.
pub async fn find(
    conn: &mut Conn,
    repository: RepositoryId,
    version: &Version,
) -> Result<Option<HeldModule>, DbError> {
    let row = sql(
        "modules.find",
        concat!(versions!(), "WHERE v.repository_id = $1 AND v.version = $2"),
    );
    row.bind(repository).bind(version).find(conn, held).await
}

/// The versions that have this digest as manifest or package, and how each is known.
pub async fn versions_with(
    conn: &mut Conn,
    repository: RepositoryId,
    digest: &Digest,
) -> Result<Vec<(Version, Proof)>, DbError> {
    let rows = sql(
        "modules.versions_with",
        "SELECT v.version, v.proof FROM module_versions v
         WHERE v.repository_id = $1 AND (v.manifest_digest = $2 OR v.zip_digest = $2)
         ORDER BY v.version",
    );
    rows.bind(repository)
        .bind(digest)
        .list(conn, |mut row| Ok((row.take()?, row.take()?)))
        .await
}

/// Projects a version, in the place of what was projected of it before. Its tag has to be there when the transaction
/// commits. When it was first captured stays.
pub async fn put(
    tx: &mut Tx,
    repository: RepositoryId,
    version: &ModuleVersion,
) -> Result<(), DbError> {
    sql(
        "modules.put",
        "INSERT INTO module_versions
         (repository_id, version, tag, manifest_digest, zip_digest, zip_size, address, subdir, source, revision,
          proof, origin, captured_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
         ON CONFLICT (repository_id, version) DO UPDATE SET tag = excluded.tag,
         manifest_digest = excluded.manifest_digest, zip_digest = excluded.zip_digest, zip_size = excluded.zip_size,
         address = excluded.address, subdir = excluded.subdir, source = excluded.source, revision = excluded.revision,
         proof = excluded.proof, origin = excluded.origin",
    )
    .bind(repository)
    .bind(&version.version)
    .bind(&version.tag)
    .bind(&version.manifest_digest)
    .bind(&version.zip_digest)
    .bind(version.zip_size)
    .bind(version.address.as_deref())
    .bind(version.subdir.as_deref())
    .bind(version.source.as_deref())
    .bind(version.revision.as_deref())
    .bind(&version.proof)
    .bind(&version.origin)
    .bind(version.captured_at)
    .execute(tx)
    .await?;
    tx.touch(repository);
    Ok(())
}

pub(super) fn held(mut row: Row) -> Result<HeldModule, DbError> {
    Ok(HeldModule {
        version: ModuleVersion {
            version: row.take()?,
            tag: row.take()?,
            manifest_digest: row.take()?,
            zip_digest: row.take()?,
            zip_size: row.take()?,
            address: row.take()?,
            subdir: row.take()?,
            source: row.take()?,
            revision: row.take()?,
            proof: row.take()?,
            origin: row.take()?,
            captured_at: row.take()?,
        },
        state: row.take()?,
    })
}
