//! Reading manifests, each with one query.

use std::collections::HashSet;

use atoll_core::digest::Digest;
use atoll_core::reference::Tag;
use atoll_core::time_micros::Micros;

use crate::columns::Json;
use crate::conn::Conn;
use crate::error::DbError;
use crate::repositories::RepositoryId;
use crate::sql::{Row, sql};

/// A manifest and its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredManifest {
    /// Its digest.
    pub digest: Digest,
    /// Its media type.
    pub media_type: String,
    /// Its length in bytes.
    pub size: u64,
    /// Its bytes, as they were pushed.
    pub body: Vec<u8>,
}

/// A manifest without its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ManifestHead {
    /// Its digest.
    pub digest: Digest,
    /// Its media type.
    pub media_type: String,
    /// Its length in bytes.
    pub size: u64,
}

/// The manifest that a tag points at.
pub async fn find_by_tag(
    conn: &mut Conn,
    repository: RepositoryId,
    tag: &Tag,
) -> Result<Option<StoredManifest>, DbError> {
    let row = sql(
        "manifests.find_by_tag",
        "SELECT m.digest, m.media_type, m.size, m.body FROM tags t JOIN manifests m ON m.digest = t.digest
         WHERE t.repository_id = $1 AND t.name = $2",
    );
    row.bind(repository).bind(tag).find(conn, stored).await
}

/// A manifest that the repository links.
pub async fn find(
    conn: &mut Conn,
    repository: RepositoryId,
    digest: &Digest,
) -> Result<Option<StoredManifest>, DbError> {
    let row = sql(
        "manifests.find",
        "SELECT m.digest, m.media_type, m.size, m.body
         FROM repository_manifests r JOIN manifests m ON m.digest = r.digest
         WHERE r.repository_id = $1 AND r.digest = $2",
    );
    row.bind(repository).bind(digest).find(conn, stored).await
}

/// A manifest whose bytes are here, whether a repository links it still or not: for whoever knows that theirs had it.
pub async fn find_kept(
    conn: &mut Conn,
    digest: &Digest,
) -> Result<Option<StoredManifest>, DbError> {
    let row = sql(
        "manifests.find_kept",
        "SELECT digest, media_type, size, body FROM manifests WHERE digest = $1",
    );
    row.bind(digest).find(conn, stored).await
}

/// As [`find_by_tag`], without the bytes.
pub async fn find_head_by_tag(
    conn: &mut Conn,
    repository: RepositoryId,
    tag: &Tag,
) -> Result<Option<ManifestHead>, DbError> {
    let row = sql(
        "manifests.find_head_by_tag",
        "SELECT m.digest, m.media_type, m.size FROM tags t JOIN manifests m ON m.digest = t.digest
         WHERE t.repository_id = $1 AND t.name = $2",
    );
    row.bind(repository).bind(tag).find(conn, head).await
}

/// As [`find`], without the bytes.
pub async fn find_head(
    conn: &mut Conn,
    repository: RepositoryId,
    digest: &Digest,
) -> Result<Option<ManifestHead>, DbError> {
    let row = sql(
        "manifests.find_head",
        "SELECT m.digest, m.media_type, m.size FROM repository_manifests r JOIN manifests m ON m.digest = r.digest
         WHERE r.repository_id = $1 AND r.digest = $2",
    );
    row.bind(repository).bind(digest).find(conn, head).await
}

/// Those of the given manifests that the repository links.
pub async fn find_linked(
    conn: &mut Conn,
    repository: RepositoryId,
    digests: &[Digest],
) -> Result<HashSet<Digest>, DbError> {
    let rows = sql(
        "manifests.find_linked",
        "SELECT digest FROM repository_manifests
         WHERE repository_id = $1 AND digest IN (SELECT value FROM json_each($2))",
    );
    rows.bind(repository)
        .bind(Json(&digests))
        .list(conn, |mut row| row.take())
        .await
}

/// When the first of the given manifests was first kept here; none where none of them is here.
pub async fn first_kept_at(conn: &mut Conn, digests: &[Digest]) -> Result<Option<Micros>, DbError> {
    sql(
        "manifests.first_kept_at",
        "SELECT MIN(created_at) FROM manifests WHERE digest IN (SELECT value FROM json_each($1))",
    )
    .bind(Json(&digests))
    .one(conn)
    .await?
    .take()
}

pub(crate) fn stored(mut row: Row) -> Result<StoredManifest, DbError> {
    Ok(StoredManifest {
        digest: row.take()?,
        media_type: row.take()?,
        size: row.take()?,
        body: row.take()?,
    })
}

fn head(mut row: Row) -> Result<ManifestHead, DbError> {
    Ok(ManifestHead {
        digest: row.take()?,
        media_type: row.take()?,
        size: row.take()?,
    })
}
