//! One SQL text for both databases: named, bound, run, and read row by row.

use std::time::{Duration, Instant};

use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{Postgres, Sqlite, ValueRef as _};
use tracing::Instrument as _;

use crate::columns::Column;
use crate::conn::{Backend, Conn, Tx};
use crate::error::DbError;

/// A slower query is worth a warning.
const SLOW: Duration = Duration::from_secs(1);

/// A query with its parameters. Its name says in errors and logs which it is.
pub(crate) struct Sql {
    name: &'static str,
    text: &'static str,
    arguments: Vec<Argument>,
}

/// A parameter. Absent values keep their type, which PostgreSQL asks for.
pub(crate) enum Argument {
    Integer(Option<i64>),
    Text(Option<String>),
    Bytes(Vec<u8>),
    Bool(bool),
}

/// A query for both databases.
pub(crate) fn sql(name: &'static str, text: &'static str) -> Sql {
    Sql {
        name,
        text,
        arguments: Vec::new(),
    }
}

/// Runs an expression with a statement `$query` and a connection `$connection` of whichever database it is.
macro_rules! on_either {
    ($sql:ident, $conn:ident, |$query:ident, $connection:ident| $run:expr) => {{
        let started = Instant::now();
        let (name, text, span) = ($sql.name, $sql.text, $conn.span().clone());
        let result = match $conn.backend() {
            Backend::Sqlite($connection) => {
                let $query = $sql
                    .arguments
                    .into_iter()
                    .fold(sqlx::query::<Sqlite>(text), bind_sqlite);
                async { $run }.instrument(span).await
            }
            Backend::Postgres($connection) => {
                let $query = $sql
                    .arguments
                    .into_iter()
                    .fold(sqlx::query::<Postgres>(text), bind_postgres);
                async { $run }.instrument(span).await
            }
        };
        $conn.finish(name, started.elapsed() > SLOW, result)
    }};
}

impl Sql {
    /// Binds the next parameter, `$1` first.
    pub(crate) fn bind(mut self, value: impl Into<Argument>) -> Self {
        self.arguments.push(value.into());
        self
    }

    /// What each row says.
    pub(crate) async fn list<T, L: FromIterator<T>>(
        self,
        conn: &mut Conn,
        read: fn(Row) -> Result<T, DbError>,
    ) -> Result<L, DbError> {
        self.all(conn).await?.into_iter().map(read).collect()
    }

    /// What the first row says, if there is one.
    pub(crate) async fn find<T>(
        self,
        conn: &mut Conn,
        read: fn(Row) -> Result<T, DbError>,
    ) -> Result<Option<T>, DbError> {
        self.optional(conn).await?.map(read).transpose()
    }

    /// All rows.
    pub(crate) async fn all(self, conn: &mut Conn) -> Result<Vec<Row>, DbError> {
        let name = self.name;
        let rows: Vec<Cells> = on_either!(self, conn, |query, connection| {
            query
                .fetch_all(connection)
                .await
                .map(|rows| rows.into_iter().map(Cells::from).collect())
        })?;
        Ok(rows
            .into_iter()
            .map(|cells| Row {
                query: name,
                next: 0,
                cells,
            })
            .collect())
    }

    /// The first row, if there is one.
    pub(crate) async fn optional(self, conn: &mut Conn) -> Result<Option<Row>, DbError> {
        let name = self.name;
        let cells: Option<Cells> = on_either!(self, conn, |query, connection| {
            query
                .fetch_optional(connection)
                .await
                .map(|row| row.map(Cells::from))
        })?;
        Ok(cells.map(|cells| Row {
            query: name,
            next: 0,
            cells,
        }))
    }

    /// The only row.
    pub(crate) async fn one(self, conn: &mut Conn) -> Result<Row, DbError> {
        let name = self.name;
        self.optional(conn)
            .await?
            .ok_or_else(|| DbError::fault(name, "no row where there is always one"))
    }

    /// Runs a statement and says how many rows it changed.
    pub(crate) async fn execute(self, tx: &mut Tx) -> Result<u64, DbError> {
        let conn: &mut Conn = tx;
        on_either!(self, conn, |query, connection| query
            .execute(connection)
            .await
            .map(|done| done.rows_affected()))
    }
}

type SqliteQuery = sqlx::query::Query<'static, Sqlite, sqlx::sqlite::SqliteArguments>;
type PostgresQuery = sqlx::query::Query<'static, Postgres, sqlx::postgres::PgArguments>;

fn bind_sqlite(query: SqliteQuery, argument: Argument) -> SqliteQuery {
    match argument {
        Argument::Integer(value) => query.bind(value),
        Argument::Text(value) => query.bind(value),
        Argument::Bytes(value) => query.bind(value),
        Argument::Bool(value) => query.bind(value),
    }
}

fn bind_postgres(query: PostgresQuery, argument: Argument) -> PostgresQuery {
    match argument {
        Argument::Integer(value) => query.bind(value),
        Argument::Text(value) => query.bind(value),
        Argument::Bytes(value) => query.bind(value),
        Argument::Bool(value) => query.bind(value),
    }
}

/// A row, read from its first column on.
pub(crate) struct Row {
    query: &'static str,
    next: usize,
    cells: Cells,
}

/// A row of either database.
pub(crate) enum Cells {
    Sqlite(SqliteRow),
    Postgres(PgRow),
}

impl Row {
    /// The next column.
    pub(crate) fn take<T: Column>(&mut self) -> Result<T, DbError> {
        let index = self.next;
        self.next += 1;
        T::read(&self.cells, index).map_err(|source| {
            DbError::damaged(
                self.query,
                format!("column {index} can't be read: {source}"),
            )
        })
    }
}

impl Cells {
    pub(crate) fn get<T>(&self, index: usize) -> Result<T, sqlx::Error>
    where
        T: for<'r> sqlx::Decode<'r, Sqlite> + sqlx::Type<Sqlite>,
        T: for<'r> sqlx::Decode<'r, Postgres> + sqlx::Type<Postgres>,
    {
        match self {
            Self::Sqlite(row) => sqlx::Row::try_get(row, index),
            Self::Postgres(row) => sqlx::Row::try_get(row, index),
        }
    }

    pub(crate) fn is_null(&self, index: usize) -> Result<bool, sqlx::Error> {
        match self {
            Self::Sqlite(row) => Ok(sqlx::Row::try_get_raw(row, index)?.is_null()),
            Self::Postgres(row) => Ok(sqlx::Row::try_get_raw(row, index)?.is_null()),
        }
    }
}

impl From<SqliteRow> for Cells {
    fn from(row: SqliteRow) -> Self {
        Self::Sqlite(row)
    }
}

impl From<PgRow> for Cells {
    fn from(row: PgRow) -> Self {
        Self::Postgres(row)
    }
}
