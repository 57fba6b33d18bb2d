//! Writing the projection.

use atoll_core::reference::Tag;
use atoll_core::version::Version;

use super::types::{ProviderPlatform, ProviderVersion};
use crate::columns::Json;
use crate::conn::Tx;
use crate::error::DbError;
use crate::repositories::RepositoryId;
use crate::sql::sql;

/// Projects a version, in the place of what was projected of it before. Its tag has to be there when the transaction
/// commits. When it was first captured stays.
pub async fn put(
    tx: &mut Tx,
    repository: RepositoryId,
    version: &ProviderVersion,
    platforms: &[ProviderPlatform],
) -> Result<(), DbError> {
    put_version(tx, repository, version).await?;
    let clear = sql(
        "providers.clear_platforms",
        "DELETE FROM provider_platforms WHERE repository_id = $1 AND version = $2",
    );
    clear
        .bind(repository)
        .bind(&version.version)
        .execute(tx)
        .await?;
    for platform in platforms {
        insert_platform(tx, repository, &version.version, platform).await?;
    }
    tx.touch(repository);
    Ok(())
}

/// Removes what was projected of a tag; `false` where nothing was.
pub async fn delete_of_tag(
    tx: &mut Tx,
    repository: RepositoryId,
    tag: &Tag,
) -> Result<bool, DbError> {
    let delete = sql(
        "providers.delete_of_tag",
        "DELETE FROM provider_versions WHERE repository_id = $1 AND tag = $2",
    );
    let deleted = delete.bind(repository).bind(tag).execute(tx).await? > 0;
    if deleted {
        tx.touch(repository);
    }
    Ok(deleted)
}

async fn put_version(
    tx: &mut Tx,
    repository: RepositoryId,
    version: &ProviderVersion,
) -> Result<(), DbError> {
    sql(
        "providers.put",
        "INSERT INTO provider_versions
         (repository_id, version, tag, index_digest, proof, origin, protocols, proof_digest, captured_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
         ON CONFLICT (repository_id, version) DO UPDATE SET tag = excluded.tag, index_digest = excluded.index_digest,
         proof = excluded.proof, origin = excluded.origin, protocols = excluded.protocols,
         proof_digest = excluded.proof_digest",
    )
    .bind(repository)
    .bind(&version.version)
    .bind(&version.tag)
    .bind(&version.index_digest)
    .bind(&version.proof)
    .bind(&version.origin)
    .bind(Json(&version.protocols))
    .bind(version.proof_digest.as_ref())
    .bind(version.captured_at)
    .execute(tx)
    .await
    .map(drop)
}

async fn insert_platform(
    tx: &mut Tx,
    repository: RepositoryId,
    version: &Version,
    package: &ProviderPlatform,
) -> Result<(), DbError> {
    sql(
        "providers.insert_platform",
        "INSERT INTO provider_platforms
         (repository_id, version, os, arch, manifest_digest, zip_digest, zip_size, file_name)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(repository)
    .bind(version)
    .bind(package.platform.os())
    .bind(package.platform.arch())
    .bind(&package.manifest_digest)
    .bind(&package.zip_digest)
    .bind(package.zip_size)
    .bind(package.file_name.as_str())
    .execute(tx)
    .await
    .map(drop)
}
