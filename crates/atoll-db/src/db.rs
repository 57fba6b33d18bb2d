//! The database: a cheap clone that gives out connections and transactions.

use std::error::Error;
use std::hash::{BuildHasher as _, RandomState};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use atoll_core::repository::RepositoryName;
use sqlx::postgres::PgPool;
use sqlx::sqlite::SqlitePool;

use crate::conn::{Link, Read, ScopedTx, Tx};
use crate::connect::readers::Readers;
use crate::connect::{postgres, sqlite};
use crate::error::{DbError, may_run_again};
use crate::repositories::{self, Repository, RepositoryId};
use crate::repository_cache::RepositoryCache;
use crate::url::{Address, DatabaseUrl};

/// How often [`Db::transact`] runs a transaction before it gives up.
const ATTEMPTS_MAX: u32 = 12;
/// The longest pause between two attempts, in milliseconds.
const PAUSE_MAX_MILLIS: u64 = 200;

/// The database.
///
/// Waiting for a connection of a pool is boxed: it may have to open one, and the room for that, 14 KiB, would be in every future
/// of the program that may ask the database, and be moved about with it for each request.
#[derive(Clone)]
pub struct Db {
    backend: Backend,
}

#[derive(Clone)]
enum Backend {
    Sqlite {
        writer: SqlitePool,
        readers: Readers,
        cache: Arc<RepositoryCache>,
    },
    Postgres(PgPool),
}

impl Db {
    /// Connects and brings the schema up to date.
    pub async fn open(url: &DatabaseUrl) -> Result<Self, DbError> {
        let backend = match url.address() {
            Address::Sqlite(path) => {
                sqlite::open(path)
                    .await
                    .map(|(writer, readers)| Backend::Sqlite {
                        writer,
                        readers,
                        cache: Arc::default(),
                    })
            }
            Address::Postgres(options) => postgres::open(options).await.map(Backend::Postgres),
        };
        Ok(Self {
            backend: backend.map_err(|error| DbError::new("open", None, error))?,
        })
    }

    /// A connection for reading.
    pub async fn read(&self) -> Result<Read, DbError> {
        let link = match &self.backend {
            Backend::Sqlite { readers, .. } => readers.acquire().await.map(Link::SqliteRead),
            Backend::Postgres(pool) => Box::pin(pool.acquire()).await.map(Link::PostgresRead),
        };
        Ok(Read::new(
            link.map_err(|error| DbError::new("read", None, error))?,
        ))
    }

    /// Begins a transaction for writing; its name says in errors and traces what it is for.
    ///
    /// Whoever holds one and begins another waits for themselves: SQLite has one writer.
    pub async fn begin(&self, name: &'static str) -> Result<Tx, DbError> {
        self.begin_with(name, "BEGIN ISOLATION LEVEL REPEATABLE READ")
            .await
    }

    /// As [`Self::begin`], but every statement sees what was committed before it. Only for statements that lock the rows
    /// that they then decide on.
    pub(crate) async fn begin_read_committed(&self, name: &'static str) -> Result<Tx, DbError> {
        self.begin_with(name, "BEGIN ISOLATION LEVEL READ COMMITTED")
            .await
    }

    async fn begin_with(
        &self,
        name: &'static str,
        on_postgres: &'static str,
    ) -> Result<Tx, DbError> {
        let failed = |error| DbError::new("begin", Some(name), error);
        match &self.backend {
            Backend::Sqlite { writer, cache, .. } => {
                // At once the writer, so that what it reads first is still true when it writes.
                let transaction = Box::pin(writer.begin_with("BEGIN IMMEDIATE"));
                let transaction = transaction.await.map_err(failed)?;
                Ok(Tx::new(
                    Link::SqliteWrite(transaction),
                    name,
                    Some(Arc::clone(cache)),
                ))
            }
            Backend::Postgres(pool) => {
                let transaction = Box::pin(pool.begin_with(on_postgres));
                let transaction = transaction.await.map_err(failed)?;
                Ok(Tx::new(Link::PostgresWrite(transaction), name, None))
            }
        }
    }

    /// Runs `work` in a transaction and commits it; runs the whole anew, a bounded number of times, when somebody else
    /// changed the same rows meanwhile. So `work` must do nothing but read and write the database.
    ///
    /// ```
    /// # use atoll_core::{digest::Digest, reference::Tag, time_micros::Micros};
    /// # use atoll_db::{Db, DbError, repositories::RepositoryId, tags};
    /// # async fn example(db: &Db, id: RepositoryId, tag: &Tag, to: &Digest, now: Micros) -> Result<(), DbError> {
    /// let pointed = db.transact("tag.point", |tx| Box::pin(async { tags::point(tx, id, tag, to, now).await })).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn transact<'s, T, E, F>(&self, name: &'static str, mut work: F) -> Result<T, E>
    where
        F: for<'t> FnMut(
            &'t mut ScopedTx<'s>,
        ) -> Pin<Box<dyn Future<Output = Result<T, E>> + Send + 't>>,
        E: From<DbError> + Error + 'static,
    {
        let mut attempt = 1;
        loop {
            let mut tx = ScopedTx::new(self.begin(name).await?);
            let outcome = match work(&mut tx).await {
                Ok(value) => tx.commit().await.map(|()| value).map_err(E::from),
                Err(error) => {
                    drop(tx);
                    Err(error)
                }
            };
            match outcome {
                Err(error) if attempt < ATTEMPTS_MAX && may_run_again(&error) => {
                    tracing::debug!(attempt, "transaction {name} runs again");
                    tokio::time::sleep(pause(attempt)).await;
                    attempt += 1;
                }
                outcome => return outcome,
            }
        }
    }

    /// A repository by its name: from memory where this process is the only writer, by a query elsewhere.
    pub async fn find_repository(
        &self,
        name: &RepositoryName,
    ) -> Result<Option<Arc<Repository>>, DbError> {
        let Backend::Sqlite { cache, .. } = &self.backend else {
            return Ok(repositories::find(&mut *self.read().await?, name)
                .await?
                .map(Arc::new));
        };
        let seen = match cache.find(name) {
            Ok(known) => return Ok(Some(known)),
            Err(seen) => seen,
        };
        let found = repositories::find(&mut *self.read().await?, name)
            .await?
            .map(Arc::new);
        if let Some(found) = &found {
            cache.learn(seen, Arc::clone(found));
        }
        Ok(found)
    }

    /// A number that grows with every commit that changes what a repository answers.
    ///
    /// Whoever caches an answer takes the generation first, then reads, and later uses the answer only while the
    /// generation is the same. From memory where this process is the only writer, by a query elsewhere.
    pub async fn generation(&self, id: RepositoryId) -> Result<i64, DbError> {
        let Backend::Sqlite { cache, .. } = &self.backend else {
            return repositories::generation(&mut *self.read().await?, id).await;
        };
        let seen = match cache.find_id(id) {
            Ok(known) => return Ok(known.generation),
            Err(seen) => seen,
        };
        let row = Arc::new(repositories::get(&mut *self.read().await?, id).await?);
        cache.learn(seen, Arc::clone(&row));
        Ok(row.generation)
    }

    /// Closes all connections, after those who use them.
    pub async fn close(&self) {
        match &self.backend {
            Backend::Sqlite {
                writer, readers, ..
            } => {
                drop(readers.close());
                writer.close().await;
            }
            Backend::Postgres(pool) => pool.close().await,
        }
    }
}

/// Longer with every attempt, and different for each of those who stand in each other's way.
fn pause(attempt: u32) -> Duration {
    let most = PAUSE_MAX_MILLIS.min(2_u64.saturating_pow(attempt)) * 1000;
    Duration::from_micros(RandomState::new().hash_one(attempt) % most)
}
