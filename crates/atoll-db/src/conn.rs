//! What queries run on: a connection that reads, or a transaction that writes.

use std::collections::BTreeSet;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use sqlx::pool::PoolConnection;
use sqlx::{PgConnection, Postgres, Sqlite, SqliteConnection, Transaction};
use tracing::Span;

use crate::connect::readers::Reader;
use crate::error::DbError;
use crate::repositories::{self, RepositoryId};
use crate::repository_cache::RepositoryCache;

/// A connection that queries run on, inside a transaction or not.
pub struct Conn {
    link: Link,
    transaction: Option<&'static str>,
    span: Span,
    failed: bool,
}

/// A connection that only reads. Each query sees what was committed when it began.
pub struct Read {
    conn: Conn,
}

/// A named transaction that may write. Dropped without [`Tx::commit`], it leaves nothing.
pub struct Tx {
    conn: Conn,
    touched: BTreeSet<RepositoryId>,
    cache: Option<Arc<RepositoryCache>>,
}

/// The transaction of [`crate::Db::transact`], as its work sees it. The work may borrow what lives for `'s`.
pub struct ScopedTx<'s> {
    tx: Tx,
    scope: PhantomData<&'s ()>,
}

pub(crate) enum Link {
    SqliteRead(Reader),
    SqliteWrite(Transaction<'static, Sqlite>),
    PostgresRead(PoolConnection<Postgres>),
    PostgresWrite(Transaction<'static, Postgres>),
}

/// The connection of whichever database it is.
pub(crate) enum Backend<'c> {
    Sqlite(&'c mut SqliteConnection),
    Postgres(&'c mut PgConnection),
}

impl Conn {
    fn new(link: Link, transaction: Option<&'static str>) -> Self {
        let span =
            transaction.map_or_else(Span::none, |name| tracing::debug_span!("transaction", name));
        Self {
            link,
            transaction,
            span,
            failed: false,
        }
    }

    pub(crate) fn backend(&mut self) -> Backend<'_> {
        match &mut self.link {
            Link::SqliteRead(reader) => Backend::Sqlite(reader.connection()),
            Link::SqliteWrite(transaction) => Backend::Sqlite(transaction),
            Link::PostgresRead(connection) => Backend::Postgres(connection),
            Link::PostgresWrite(transaction) => Backend::Postgres(transaction),
        }
    }

    pub(crate) fn span(&self) -> &Span {
        &self.span
    }

    pub(crate) fn is_postgres(&self) -> bool {
        matches!(self.link, Link::PostgresRead(_) | Link::PostgresWrite(_))
    }

    /// Names the query in its error and warns when it was slow.
    pub(crate) fn finish<T>(
        &mut self,
        query: &'static str,
        slow: bool,
        result: Result<T, sqlx::Error>,
    ) -> Result<T, DbError> {
        if slow {
            tracing::warn!(parent: &self.span, db.query = query, "slow database query {query}");
        }
        result.map_err(|error| {
            self.failed = true;
            DbError::new(query, self.transaction, error)
        })
    }
}

impl Read {
    pub(crate) fn new(link: Link) -> Self {
        Self {
            conn: Conn::new(link, None),
        }
    }
}

impl Tx {
    pub(crate) fn new(link: Link, name: &'static str, cache: Option<Arc<RepositoryCache>>) -> Self {
        Self {
            conn: Conn::new(link, Some(name)),
            touched: BTreeSet::new(),
            cache,
        }
    }

    /// Notes that this transaction changes what a repository answers.
    pub(crate) fn touch(&mut self, repository: RepositoryId) {
        self.touched.insert(repository);
    }

    /// Makes everything that the transaction wrote durable and visible, all at once.
    ///
    /// # Cancellation
    ///
    /// Dropping this future does not stop the commit: it ends on its own task, so that the cache always learns of it.
    pub async fn commit(self) -> Result<(), DbError> {
        let name = self.conn.transaction;
        let commit = tokio::spawn(self.commit_here());
        commit
            .await
            .unwrap_or_else(|stopped| Err(DbError::fault("commit", stopped).with_transaction(name)))
    }

    async fn commit_here(mut self) -> Result<(), DbError> {
        let name = self.conn.transaction;
        if self.conn.failed {
            // PostgreSQL would take COMMIT for ROLLBACK here, and report success.
            return Err(
                DbError::fault("commit", "a query of this transaction has failed")
                    .with_transaction(name),
            );
        }
        let touched: Vec<RepositoryId> = std::mem::take(&mut self.touched).into_iter().collect();
        let changed = repositories::next_generation(&mut self, &touched).await?;
        let committed = match self.conn.link {
            Link::SqliteWrite(transaction) => transaction.commit().await,
            Link::PostgresWrite(transaction) => transaction.commit().await,
            Link::SqliteRead(_) | Link::PostgresRead(_) => Ok(()),
        };
        if let Some(cache) = &self.cache {
            match committed {
                Ok(()) => cache.committed(changed),
                // It may have been written or not.
                Err(_) => cache.forget(&touched),
            }
        }
        committed.map_err(|error| DbError::new("commit", name, error))
    }
}

impl Deref for Read {
    type Target = Conn;

    fn deref(&self) -> &Conn {
        &self.conn
    }
}

impl DerefMut for Read {
    fn deref_mut(&mut self) -> &mut Conn {
        &mut self.conn
    }
}

impl Deref for Tx {
    type Target = Conn;

    fn deref(&self) -> &Conn {
        &self.conn
    }
}

impl DerefMut for Tx {
    fn deref_mut(&mut self) -> &mut Conn {
        &mut self.conn
    }
}

impl ScopedTx<'_> {
    pub(crate) fn new(tx: Tx) -> Self {
        Self {
            tx,
            scope: PhantomData,
        }
    }

    pub(crate) async fn commit(self) -> Result<(), DbError> {
        self.tx.commit().await
    }
}

impl Deref for ScopedTx<'_> {
    type Target = Tx;

    fn deref(&self) -> &Tx {
        &self.tx
    }
}

impl DerefMut for ScopedTx<'_> {
    fn deref_mut(&mut self) -> &mut Tx {
        &mut self.tx
    }
}
