//! Keeping a manifest's bytes and edges.

use std::collections::{BTreeMap, HashSet};

use atoll_core::digest::Digest;
use atoll_core::time_micros::Micros;

use crate::columns::Json;
use crate::conn::Tx;
use crate::error::DbError;
use crate::sql::sql;

/// A manifest to keep.
#[derive(Clone, Copy, Debug)]
pub struct NewManifest<'a> {
    /// The digest of its bytes.
    pub digest: &'a Digest,
    /// Its media type.
    pub media_type: &'a str,
    /// Its bytes.
    pub body: &'a [u8],
    /// What it is, for lists of referrers.
    pub artifact_type: Option<&'a str>,
    /// What it refers to.
    pub subject: Option<&'a Digest>,
    /// Its annotations.
    pub annotations: &'a BTreeMap<String, String>,
    /// The blobs that it names and that must be here: not those that registries don't distribute.
    pub blobs: &'a [Digest],
    /// What else it names, here or not: the manifests of an index, and layers that registries don't distribute.
    pub children: &'a [Digest],
}

/// What came of keeping a manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "where blobs are missing, the transaction must not be committed"]
pub enum Insertion {
    /// It is new.
    New,
    /// It was here, for this repository or another.
    Known,
    /// It names blobs that are not here. The transaction has to be given up.
    MissingBlobs(Vec<Digest>),
}

/// Keeps a manifest's bytes and edges. From here on what it names is not collected.
pub async fn insert(
    tx: &mut Tx,
    manifest: &NewManifest<'_>,
    now: Micros,
) -> Result<Insertion, DbError> {
    if !insert_content(tx, manifest, now).await? {
        return Ok(Insertion::Known);
    }
    let missing = insert_blob_edges(tx, manifest).await?;
    if !missing.is_empty() {
        return Ok(Insertion::MissingBlobs(missing));
    }
    insert_child_edges(tx, manifest).await?;
    Ok(Insertion::New)
}

async fn insert_content(
    tx: &mut Tx,
    manifest: &NewManifest<'_>,
    now: Micros,
) -> Result<bool, DbError> {
    let annotations = Some(manifest.annotations).filter(|map| !map.is_empty());
    sql(
        "manifests.insert",
        "INSERT INTO manifests (digest, media_type, size, body, artifact_type, subject, annotations, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (digest) DO NOTHING",
    )
    .bind(manifest.digest)
    .bind(manifest.media_type)
    .bind(manifest.body.len())
    .bind(manifest.body)
    .bind(manifest.artifact_type)
    .bind(manifest.subject)
    .bind(annotations.map(Json))
    .bind(now)
    .execute(tx)
    .await
    .map(|rows| rows > 0)
}

/// Adds the edges to what the manifest may do without. Where that is a blob and here, its row is locked as the foreign key
/// of [`insert_blob_edges`] does it, and for the same reason.
async fn insert_child_edges(tx: &mut Tx, manifest: &NewManifest<'_>) -> Result<(), DbError> {
    if manifest.children.is_empty() {
        return Ok(());
    }
    if tx.is_postgres() {
        let lock = sql(
            "manifests.lock_children",
            "SELECT digest FROM blobs WHERE digest IN (SELECT value FROM json_each($1)) ORDER BY digest FOR KEY SHARE",
        );
        lock.bind(Json(&manifest.children)).all(tx).await?;
    }
    let edges = sql(
        "manifests.insert_children",
        "INSERT INTO manifest_children (manifest_digest, child_digest) SELECT DISTINCT $1, value FROM json_each($2)",
    );
    edges
        .bind(manifest.digest)
        .bind(Json(&manifest.children))
        .execute(tx)
        .await?;
    Ok(())
}

/// Adds the edges to blobs that are here and returns the others.
///
/// The foreign key locks the blobs' rows on PostgreSQL (`FOR KEY SHARE`) until the commit. `collect::condemn` takes the
/// lock for itself before it looks for edges, so either it sees these, or this fails because the row has changed.
async fn insert_blob_edges(
    tx: &mut Tx,
    manifest: &NewManifest<'_>,
) -> Result<Vec<Digest>, DbError> {
    if manifest.blobs.is_empty() {
        return Ok(Vec::new());
    }
    let edges = sql(
        "manifests.insert_blobs",
        "INSERT INTO manifest_blobs (manifest_digest, blob_digest) SELECT $1, digest FROM blobs
         WHERE digest IN (SELECT value FROM json_each($2)) AND condemned_at IS NULL
         RETURNING blob_digest",
    );
    let here: HashSet<Digest> = edges
        .bind(manifest.digest)
        .bind(Json(&manifest.blobs))
        .list(tx, |mut row| row.take())
        .await?;
    Ok(manifest
        .blobs
        .iter()
        .filter(|digest| !here.contains(digest))
        .cloned()
        .collect())
}
