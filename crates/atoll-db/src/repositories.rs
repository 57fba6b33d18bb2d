//! Repositories.

use std::fmt;

use atoll_core::digest::Digest;
use atoll_core::permission::Visibility;
use atoll_core::repository::RepositoryName;
use atoll_core::time_micros::Micros;

use crate::columns::Json;
use crate::conn::{Conn, Tx};
use crate::error::DbError;
use crate::sql::{Row, sql};

/// The number of a repository in this database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RepositoryId(i64);

/// A repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repository {
    /// Its number.
    pub id: RepositoryId,
    /// Its name.
    pub name: RepositoryName,
    /// Who may read it without a token.
    pub visibility: Visibility,
    /// Whether a tag that is set stays where it points.
    pub immutable_tags: bool,
    /// How many commits have changed what it answers.
    pub generation: i64,
    /// When it was made.
    pub created_at: Micros,
}

impl RepositoryId {
    pub(crate) const fn new(id: i64) -> Self {
        Self(id)
    }

    pub(crate) const fn as_i64(self) -> i64 {
        self.0
    }
}

impl fmt::Display for RepositoryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The repository of this name.
pub async fn find(conn: &mut Conn, name: &RepositoryName) -> Result<Option<Repository>, DbError> {
    sql(
        "repositories.find",
        "SELECT id, name, visibility, immutable_tags, generation, created_at FROM repositories WHERE name = $1",
    )
    .bind(name)
    .find(conn, repository)
    .await
}

/// The repository of this number.
pub async fn get(conn: &mut Conn, id: RepositoryId) -> Result<Repository, DbError> {
    sql(
        "repositories.get",
        "SELECT id, name, visibility, immutable_tags, generation, created_at FROM repositories WHERE id = $1",
    )
    .bind(id)
    .one(conn)
    .await
    .and_then(repository)
}

/// How many commits have changed what the repository answers.
pub async fn generation(conn: &mut Conn, id: RepositoryId) -> Result<i64, DbError> {
    sql(
        "repositories.generation",
        "SELECT generation FROM repositories WHERE id = $1",
    )
    .bind(id)
    .one(conn)
    .await?
    .take()
}

/// The repository of this name, made with the given visibility where there is none.
pub async fn get_or_create(
    tx: &mut Tx,
    name: &RepositoryName,
    visibility_when_new: Visibility,
    now: Micros,
) -> Result<Repository, DbError> {
    if let Some(found) = find(tx, name).await? {
        return Ok(found);
    }
    let inserted = sql(
        "repositories.create",
        "INSERT INTO repositories (name, visibility, immutable_tags, created_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (name) DO NOTHING
         RETURNING id, name, visibility, immutable_tags, generation, created_at",
    );
    let inserted = inserted
        .bind(name)
        .bind(visibility_when_new.as_str())
        .bind(false)
        .bind(now);
    // No row would mean that somebody else made it since this transaction's snapshot, which PostgreSQL reports itself.
    inserted.one(tx).await.and_then(repository)
}

/// Says who may read a repository; `false` where there is none of this name.
pub async fn set_visibility(
    tx: &mut Tx,
    name: &RepositoryName,
    visibility: Visibility,
) -> Result<bool, DbError> {
    let changed = sql(
        "repositories.set_visibility",
        "UPDATE repositories SET visibility = $2 WHERE name = $1 RETURNING id",
    )
    .bind(name)
    .bind(visibility.as_str())
    .optional(tx)
    .await?;
    touch_row(tx, changed)
}

/// Says whether tags that are set stay; `false` where there is no repository of this name.
pub async fn set_immutable_tags(
    tx: &mut Tx,
    name: &RepositoryName,
    immutable: bool,
) -> Result<bool, DbError> {
    let changed = sql(
        "repositories.set_immutable_tags",
        "UPDATE repositories SET immutable_tags = $2 WHERE name = $1 RETURNING id",
    )
    .bind(name)
    .bind(immutable)
    .optional(tx)
    .await?;
    touch_row(tx, changed)
}

/// Repositories whose names begin with `prefix` and come after the given text, in the order of their names' bytes.
pub async fn list(
    conn: &mut Conn,
    prefix: &str,
    after: Option<&str>,
    limit: usize,
) -> Result<Vec<Repository>, DbError> {
    let rows = sql(
        "repositories.list",
        "SELECT id, name, visibility, immutable_tags, generation, created_at FROM repositories
         WHERE name >= $1 AND name < $2 AND name > $3 ORDER BY name LIMIT $4",
    );
    let rows = rows
        .bind(prefix)
        .bind(prefix_end(prefix))
        .bind(after.unwrap_or_default())
        .bind(limit);
    rows.list(conn, repository).await
}

/// Counts the commit that is about to be made, in each repository that it changes.
pub(crate) async fn next_generation(
    tx: &mut Tx,
    touched: &[RepositoryId],
) -> Result<Vec<Repository>, DbError> {
    if touched.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<i64> = touched.iter().map(|id| id.as_i64()).collect();
    let rows = sql(
        "repositories.next_generation",
        "UPDATE repositories SET generation = generation + 1
         WHERE id IN (SELECT CAST(value AS BIGINT) FROM json_each($1))
         RETURNING id, name, visibility, immutable_tags, generation, created_at",
    );
    rows.bind(Json(&ids)).list(tx, repository).await
}

/// Notes that what the repositories with these blobs answer depends on something that has changed.
pub(crate) async fn touch_holders(tx: &mut Tx, digests: &[Digest]) -> Result<(), DbError> {
    let holders = sql(
        "repositories.touch_holders",
        "SELECT DISTINCT repository_id FROM repository_blobs WHERE digest IN (SELECT value FROM json_each($1))",
    );
    let holders: Vec<RepositoryId> = holders
        .bind(Json(&digests))
        .list(tx, |mut row| row.take())
        .await?;
    for holder in holders {
        tx.touch(holder);
    }
    Ok(())
}

/// The first text after all that begin with `prefix`: names have no character as high.
pub(crate) fn prefix_end(prefix: &str) -> String {
    format!("{prefix}\u{10FFFF}")
}

pub(crate) fn touch_row(tx: &mut Tx, row: Option<Row>) -> Result<bool, DbError> {
    let Some(mut row) = row else { return Ok(false) };
    tx.touch(row.take()?);
    Ok(true)
}

fn repository(mut row: Row) -> Result<Repository, DbError> {
    Ok(Repository {
        id: row.take()?,
        name: row.take()?,
        visibility: row.take()?,
        immutable_tags: row.take()?,
        generation: row.take()?,
        created_at: row.take()?,
    })
}
