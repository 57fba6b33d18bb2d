//! Walking over everything, for `atoll fsck`: what the rows promise, and what they contradict.

use std::collections::HashSet;

use atoll_core::digest::Digest;
use atoll_core::reference::Tag;
use atoll_core::repository::RepositoryName;
use atoll_core::time_micros::Micros;

use crate::blobs::BlobState;
use crate::columns::Json;
use crate::conn::{Conn, Tx};
use crate::error::DbError;
use crate::manifests::{StoredManifest, stored};
use crate::repositories::touch_holders;
use crate::sql::sql;

/// A tag that points at nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DanglingTag {
    /// The repository.
    pub repository: RepositoryName,
    /// The tag.
    pub tag: Tag,
    /// What it points at.
    pub digest: Digest,
}

/// What a blob's row promises.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckedBlob {
    /// Its digest.
    pub digest: Digest,
    /// Its length in bytes.
    pub size: u64,
    /// Whether its bytes are here.
    pub state: BlobState,
    /// Whether it is hidden; its bytes may be gone then.
    pub condemned: bool,
    /// How many places are known that have it.
    pub origins: u64,
}

/// A blob that a repository's manifest names and that can't be read through that repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnreadableBlob {
    /// The repository.
    pub repository: RepositoryName,
    /// The manifest.
    pub manifest: Digest,
    /// The blob.
    pub blob: Digest,
}

/// All blobs, in the order of their digests.
pub async fn list_blobs(
    conn: &mut Conn,
    after: Option<&Digest>,
    limit: usize,
) -> Result<Vec<CheckedBlob>, DbError> {
    let rows = sql(
        "fsck.list_blobs",
        "SELECT digest, size, state, condemned_at IS NOT NULL,
                (SELECT COUNT(*) FROM blob_origins o WHERE o.digest = blobs.digest)
         FROM blobs WHERE digest > $1 ORDER BY digest LIMIT $2",
    );
    rows.bind(after.map_or("", Digest::as_str))
        .bind(limit)
        .list(conn, |mut row| {
            Ok(CheckedBlob {
                digest: row.take()?,
                size: row.take()?,
                state: row.take()?,
                condemned: row.take()?,
                origins: row.take()?,
            })
        })
        .await
}

/// Those of the given blobs that have a row, hidden or not.
pub async fn known_blobs(conn: &mut Conn, digests: &[Digest]) -> Result<HashSet<Digest>, DbError> {
    let rows = sql(
        "fsck.known_blobs",
        "SELECT digest FROM blobs WHERE digest IN (SELECT value FROM json_each($1))",
    );
    rows.bind(Json(&digests))
        .list(conn, |mut row| row.take())
        .await
}

/// Hides a blob whose bytes are lost, whoever names it, so that it can be pushed again; `false` where it is hidden already.
/// It is not collected while a manifest names it.
pub async fn hide_lost(tx: &mut Tx, digest: &Digest, now: Micros) -> Result<bool, DbError> {
    let hide = sql(
        "fsck.hide_lost",
        "UPDATE blobs SET condemned_at = $2 WHERE digest = $1 AND condemned_at IS NULL",
    );
    let hidden = hide.bind(digest).bind(now).execute(tx).await? > 0;
    if hidden {
        touch_holders(tx, std::slice::from_ref(digest)).await?;
    }
    Ok(hidden)
}

/// The edges of a manifest, put where they are missing: to those of the given blobs that have a row, and to its children.
/// Says how many there were.
pub async fn restore_edges(
    tx: &mut Tx,
    manifest: &Digest,
    blobs: &[Digest],
    children: &[Digest],
) -> Result<u64, DbError> {
    let to_blobs = sql(
        "fsck.restore_blob_edges",
        "INSERT INTO manifest_blobs (manifest_digest, blob_digest)
         SELECT $1, digest FROM blobs WHERE digest IN (SELECT value FROM json_each($2)) ON CONFLICT DO NOTHING",
    );
    let restored = to_blobs
        .bind(manifest)
        .bind(Json(&blobs))
        .execute(tx)
        .await?;
    let to_children = sql(
        "fsck.restore_child_edges",
        "INSERT INTO manifest_children (manifest_digest, child_digest)
         SELECT DISTINCT $1, value FROM json_each($2) WHERE true ON CONFLICT DO NOTHING",
    );
    let children = to_children
        .bind(manifest)
        .bind(Json(&children))
        .execute(tx)
        .await?;
    Ok(restored + children)
}

/// Tags that point at manifests which are not here, after the given one.
pub async fn list_dangling_tags(
    conn: &mut Conn,
    after: Option<&DanglingTag>,
    limit: usize,
) -> Result<Vec<DanglingTag>, DbError> {
    let rows = sql(
        "fsck.list_dangling_tags",
        "SELECT p.name, t.name, t.digest FROM tags t JOIN repositories p ON p.id = t.repository_id
         LEFT JOIN repository_manifests r ON r.repository_id = t.repository_id AND r.digest = t.digest
         LEFT JOIN manifests m ON m.digest = t.digest
         WHERE (r.digest IS NULL OR m.digest IS NULL) AND (p.name, t.name) > ($1, $2)
         ORDER BY p.name, t.name LIMIT $3",
    );
    rows.bind(after.map_or("", |after| after.repository.as_str()))
        .bind(after.map_or("", |after| after.tag.as_str()))
        .bind(limit)
        .list(conn, |mut row| {
            Ok(DanglingTag {
                repository: row.take()?,
                tag: row.take()?,
                digest: row.take()?,
            })
        })
        .await
}

/// All manifests with their bytes, in the order of their digests.
pub async fn list_manifests(
    conn: &mut Conn,
    after: Option<&Digest>,
    limit: usize,
) -> Result<Vec<StoredManifest>, DbError> {
    let rows = sql(
        "fsck.list_manifests",
        "SELECT digest, media_type, size, body FROM manifests WHERE digest > $1 ORDER BY digest LIMIT $2",
    );
    rows.bind(after.map_or("", Digest::as_str))
        .bind(limit)
        .list(conn, stored)
        .await
}

/// Blobs that manifests name and that their repositories can't serve, because the link is missing or the blob is hidden.
/// In the order of the manifests' digests, after the given one.
pub async fn list_unreadable_blobs(
    conn: &mut Conn,
    after_manifest: Option<&Digest>,
    limit: usize,
) -> Result<Vec<UnreadableBlob>, DbError> {
    let rows = sql(
        "fsck.list_unreadable_blobs",
        "SELECT p.name, r.digest, m.blob_digest FROM repository_manifests r
         JOIN repositories p ON p.id = r.repository_id
         JOIN manifest_blobs m ON m.manifest_digest = r.digest
         JOIN blobs b ON b.digest = m.blob_digest
         LEFT JOIN repository_blobs l ON l.repository_id = r.repository_id AND l.digest = m.blob_digest
         WHERE r.digest > $1 AND (l.digest IS NULL OR b.condemned_at IS NOT NULL)
         ORDER BY r.digest, p.name, m.blob_digest LIMIT $2",
    );
    rows.bind(after_manifest.map_or("", Digest::as_str))
        .bind(limit)
        .list(conn, |mut row| {
            Ok(UnreadableBlob {
                repository: row.take()?,
                manifest: row.take()?,
                blob: row.take()?,
            })
        })
        .await
}
