//! Reading the projection of one provider.

use atoll_core::digest::Digest;
use atoll_core::platform::Platform;
use atoll_core::proof::Proof;
use atoll_core::version::Version;

use super::types::{
    ListedVersion, ProviderArchive, ProviderPlatform, ProviderVersion, VersionWithPlatforms,
};
use crate::blobs::BlobState;
use crate::columns::Json;
use crate::conn::Conn;
use crate::error::DbError;
use crate::repositories::RepositoryId;
use crate::sql::{Row, sql};

/// Columns of a package and its zip.
macro_rules! package {
    () => {
        "p.os, p.arch, p.manifest_digest, p.zip_digest, p.zip_size, p.file_name,
         CASE WHEN b.condemned_at IS NULL THEN b.state END, f.value"
    };
}

/// Joins that find out about a package's zip.
macro_rules! zip {
    () => {
        " LEFT JOIN blobs b ON b.digest = p.zip_digest
          LEFT JOIN blob_facts f ON f.digest = p.zip_digest AND f.fact = 'h1' "
    };
}

/// All versions with the platforms whose zips are here: lists in Terraform's protocols have no pages. Versions are in the
/// order of their texts. A row for each version, and no more than a list says: this is what the first client after a
/// change waits for.
pub async fn versions(
    conn: &mut Conn,
    repository: RepositoryId,
) -> Result<Vec<ListedVersion>, DbError> {
    let rows = sql(
        "providers.versions",
        "SELECT v.version, v.protocols, v.proof,
                string_agg(p.os || '_' || p.arch, ' ') FILTER (WHERE b.state = 'held' AND b.condemned_at IS NULL)
         FROM provider_versions v
         LEFT JOIN provider_platforms p ON p.repository_id = v.repository_id AND p.version = v.version
         LEFT JOIN blobs b ON b.digest = p.zip_digest
         WHERE v.repository_id = $1
         GROUP BY v.repository_id, v.version
         ORDER BY v.version",
    );
    rows.bind(repository).list(conn, listed).await
}

fn listed(mut row: Row) -> Result<ListedVersion, DbError> {
    let (version, protocols, proof) = (row.take()?, row.take::<Json<_>>()?.0, row.take()?);
    let held: Option<String> = row.take()?;
    let held = held.unwrap_or_default();
    let platforms: Result<Vec<Platform>, _> =
        held.split_ascii_whitespace().map(str::parse).collect();
    let mut platforms = platforms.map_err(|error| DbError::damaged("providers.versions", error))?;
    platforms.sort();
    Ok(ListedVersion {
        version,
        protocols,
        proof,
        platforms,
    })
}

/// The packages of one version, in the order of their platforms.
pub async fn archives(
    conn: &mut Conn,
    repository: RepositoryId,
    version: &Version,
) -> Result<Option<VersionWithPlatforms>, DbError> {
    let rows = sql(
        "providers.archives",
        concat!(
            "SELECT v.version, v.tag, v.index_digest, v.proof, v.origin, v.protocols, v.proof_digest, v.captured_at, ",
            package!(),
            " FROM provider_versions v
              LEFT JOIN provider_platforms p ON p.repository_id = v.repository_id AND p.version = v.version",
            zip!(),
            "WHERE v.repository_id = $1 AND v.version = $2 ORDER BY p.os, p.arch"
        ),
    );
    let mut found: Option<VersionWithPlatforms> = None;
    for mut row in rows.bind(repository).bind(version).all(conn).await? {
        let version = self::version(&mut row)?;
        let found = found.get_or_insert_with(|| VersionWithPlatforms {
            version,
            archives: Vec::new(),
        });
        found.archives.extend(maybe_archive(&mut row)?);
    }
    Ok(found)
}

/// The versions that have this digest in them, as index, manifest, package or proof, and how each is known.
pub async fn versions_with(
    conn: &mut Conn,
    repository: RepositoryId,
    digest: &Digest,
) -> Result<Vec<(Version, Proof)>, DbError> {
    let rows = sql(
        "providers.versions_with",
        "SELECT v.version, v.proof FROM provider_versions v
         WHERE v.repository_id = $1 AND (v.index_digest = $2 OR v.proof_digest = $2
             OR EXISTS (SELECT 1 FROM provider_platforms p
                 WHERE p.repository_id = v.repository_id AND p.version = v.version
                 AND (p.zip_digest = $2 OR p.manifest_digest = $2))
             OR EXISTS (SELECT 1 FROM manifest_blobs m
                 WHERE m.manifest_digest = v.proof_digest AND m.blob_digest = $2))
         ORDER BY v.version",
    );
    rows.bind(repository)
        .bind(digest)
        .list(conn, |mut row| Ok((row.take()?, row.take()?)))
        .await
}

/// One package of one version.
pub async fn find_archive(
    conn: &mut Conn,
    repository: RepositoryId,
    version: &Version,
    platform: &Platform,
) -> Result<Option<ProviderArchive>, DbError> {
    let row = sql(
        "providers.find_archive",
        concat!(
            "SELECT ",
            package!(),
            " FROM provider_platforms p",
            zip!(),
            "WHERE p.repository_id = $1 AND p.version = $2 AND p.os = $3 AND p.arch = $4"
        ),
    );
    let row = row
        .bind(repository)
        .bind(version)
        .bind(platform.os())
        .bind(platform.arch())
        .optional(conn)
        .await?;
    row.map_or(Ok(None), |mut row| maybe_archive(&mut row))
}

fn version(row: &mut Row) -> Result<ProviderVersion, DbError> {
    Ok(ProviderVersion {
        version: row.take()?,
        tag: row.take()?,
        index_digest: row.take()?,
        proof: row.take()?,
        origin: row.take()?,
        protocols: row.take::<Json<_>>()?.0,
        proof_digest: row.take()?,
        captured_at: row.take()?,
    })
}

/// A package, or nothing where the join found none.
fn maybe_archive(row: &mut Row) -> Result<Option<ProviderArchive>, DbError> {
    let (os, arch): (Option<String>, Option<String>) = (row.take()?, row.take()?);
    let (Some(os), Some(arch)) = (os, arch) else {
        return Ok(None);
    };
    let platform =
        Platform::new(&os, &arch).map_err(|error| DbError::damaged("providers.platform", error))?;
    let manifest_digest: Digest = row.take()?;
    let package = ProviderPlatform {
        platform,
        manifest_digest,
        zip_digest: row.take()?,
        zip_size: row.take()?,
        file_name: row.take()?,
    };
    let state: Option<BlobState> = row.take()?;
    Ok(Some(ProviderArchive {
        package,
        state,
        h1: row.take()?,
    }))
}
