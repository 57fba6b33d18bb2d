//! SQL and migrations: SQLite and PostgreSQL behind one set of queries.
//!
//! A use case owns its transaction and the query functions borrow it:
//!
//! ```
//! # use atoll_core::{digest::Digest, permission::Visibility, repository::RepositoryName, time_micros::Micros};
//! # use atoll_db::{Db, DbError, blobs, repositories};
//! # async fn example(db: &Db, name: &RepositoryName, digest: &Digest, now: Micros) -> Result<(), DbError> {
//! let mut tx = db.begin("blob.mount").await?;
//! let repository = repositories::get_or_create(&mut tx, name, Visibility::Private, now).await?;
//! blobs::link(&mut tx, repository.id, digest, now).await?;
//! tx.commit().await
//! # }
//! ```
//!
//! Reading functions take a [`Conn`], to which [`Read`] and [`Tx`] both lead; writing ones take a [`Tx`].
//!
//! **Isolation.** SQLite has one writer at a time. On PostgreSQL a [`Tx`] is `REPEATABLE READ`: it sees one snapshot, and
//! changing a row that somebody else changed since is a failure of kind [`DbErrorKind::Retry`], which [`Db::transact`]
//! answers by running the whole anew. That is enough, because whatever changes a repository also changes its
//! generation, so that two writers of one repository never both commit on what they read; and what spans repositories
//! (a manifest's blobs, a tag's manifest) is held by foreign keys and by locks on the blobs' rows.

mod columns;
mod conn;
mod connect;
mod db;
mod error;
mod migrations;
mod repository_cache;
mod sql;
mod url;

pub mod blobs;
pub mod collect;
pub mod facts;
pub mod fsck;
pub mod leases;
pub mod manifests;
pub mod modules;
pub mod namespace_keys;
pub mod providers;
pub mod referrers;
pub mod repositories;
pub mod scheduled_syncs;
pub mod secrets;
pub mod tags;
pub mod tokens;
pub mod tombstones;
pub mod upstream_documents;

pub use conn::{Conn, Read, ScopedTx, Tx};
pub use db::Db;
pub use error::{DbError, DbErrorKind};
pub use url::{DatabaseUrl, DatabaseUrlError};
