//! What went wrong in the database, in kinds that a caller can act on.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;

use atoll_core::kind::ErrorKind;

/// A query, or the transaction around it, failed.
#[derive(Debug)]
pub struct DbError {
    query: &'static str,
    transaction: Option<&'static str>,
    reason: DbErrorKind,
    source: Box<dyn Error + Send + Sync>,
}

/// Why the database failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DbErrorKind {
    /// Somebody else changed the same rows, or kept them locked: the whole transaction may be run again.
    Retry,
    /// A unique index has that value already.
    Conflict,
    /// A row refers to one that is not there: removed by somebody else meanwhile, or never there.
    Dangling,
    /// The database can't be reached or is too busy.
    Unavailable,
    /// There is no room left.
    Full,
    /// A row or the file holds what was never written.
    Damaged,
    /// Our own mistake.
    Fault,
}

impl DbError {
    pub(crate) fn new(
        query: &'static str,
        transaction: Option<&'static str>,
        source: sqlx::Error,
    ) -> Self {
        Self {
            query,
            transaction,
            reason: classify(&source),
            source: Box::new(source),
        }
    }

    pub(crate) fn damaged(
        query: &'static str,
        source: impl Into<Box<dyn Error + Send + Sync>>,
    ) -> Self {
        Self {
            query,
            transaction: None,
            reason: DbErrorKind::Damaged,
            source: source.into(),
        }
    }

    pub(crate) fn fault(
        query: &'static str,
        source: impl Into<Box<dyn Error + Send + Sync>>,
    ) -> Self {
        Self {
            query,
            transaction: None,
            reason: DbErrorKind::Fault,
            source: source.into(),
        }
    }

    pub(crate) fn with_transaction(mut self, transaction: Option<&'static str>) -> Self {
        self.transaction = transaction;
        self
    }

    /// What a caller can do about it.
    pub fn reason(&self) -> DbErrorKind {
        self.reason
    }

    /// Whether running the whole transaction again may help.
    pub fn is_retryable(&self) -> bool {
        matches!(self.reason, DbErrorKind::Retry | DbErrorKind::Dangling)
    }

    /// What it is to somebody outside.
    pub fn kind(&self) -> ErrorKind {
        match self.reason {
            DbErrorKind::Retry | DbErrorKind::Unavailable => ErrorKind::Unavailable,
            DbErrorKind::Conflict => ErrorKind::Conflict,
            DbErrorKind::Full => ErrorKind::StorageFull,
            DbErrorKind::Dangling | DbErrorKind::Damaged | DbErrorKind::Fault => {
                ErrorKind::Internal
            }
        }
    }
}

impl fmt::Display for DbError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "database failed in {}", self.query)?;
        self.transaction
            .map_or(Ok(()), |name| write!(f, " of transaction {name}"))
    }
}

impl Error for DbError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.source)
    }
}

/// Whether an error of a use case comes from a transaction that may be run again.
pub(crate) fn may_run_again(error: &(dyn Error + 'static)) -> bool {
    std::iter::successors(Some(error), |error| (*error).source()).any(|cause| {
        // A transparent wrapper hides the `DbError` and shows its source.
        cause
            .downcast_ref::<DbError>()
            .is_some_and(DbError::is_retryable)
            || cause.downcast_ref::<sqlx::Error>().is_some_and(|error| {
                matches!(classify(error), DbErrorKind::Retry | DbErrorKind::Dangling)
            })
    })
}

fn classify(error: &sqlx::Error) -> DbErrorKind {
    match error {
        sqlx::Error::Database(error) => {
            let code = error.code().unwrap_or(Cow::Borrowed(""));
            if error
                .try_downcast_ref::<sqlx::sqlite::SqliteError>()
                .is_some()
            {
                classify_sqlite(&code)
            } else {
                classify_postgres(&code)
            }
        }
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::Protocol(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed
        | sqlx::Error::BeginFailed => DbErrorKind::Unavailable,
        sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => DbErrorKind::Damaged,
        _ => DbErrorKind::Fault,
    }
}

/// Extended result codes: <https://www.sqlite.org/rescode.html>; the low byte is the primary one.
fn classify_sqlite(code: &str) -> DbErrorKind {
    let code: i32 = code.parse().unwrap_or(1);
    match (code, code & 0xff) {
        (1555 | 2067, _) => DbErrorKind::Conflict,
        (787, _) => DbErrorKind::Dangling,
        (_, 5 | 6) => DbErrorKind::Retry,
        (_, 13) => DbErrorKind::Full,
        (_, 8 | 10 | 14) => DbErrorKind::Unavailable,
        (_, 11 | 26) => DbErrorKind::Damaged,
        _ => DbErrorKind::Fault,
    }
}

/// SQLSTATEs: <https://www.postgresql.org/docs/15/errcodes-appendix.html>.
fn classify_postgres(code: &str) -> DbErrorKind {
    match code {
        // Serialization failure, deadlock, a lock not had in time.
        "40001" | "40P01" | "55P03" => DbErrorKind::Retry,
        "23505" => DbErrorKind::Conflict,
        "23503" => DbErrorKind::Dangling,
        "53100" => DbErrorKind::Full,
        // A statement that ran too long, and a primary that has become a standby.
        "57014" | "25006" => DbErrorKind::Unavailable,
        "XX001" | "XX002" => DbErrorKind::Damaged,
        _ if ["08", "28", "3D", "53", "57", "58"]
            .iter()
            .any(|class| code.starts_with(class)) =>
        {
            DbErrorKind::Unavailable
        }
        _ => DbErrorKind::Fault,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_become_kinds() {
        assert_eq!(classify_sqlite("5"), DbErrorKind::Retry);
        assert_eq!(classify_sqlite("517"), DbErrorKind::Retry);
        assert_eq!(classify_sqlite("2067"), DbErrorKind::Conflict);
        assert_eq!(classify_sqlite("13"), DbErrorKind::Full);
        assert_eq!(classify_sqlite("nonsense"), DbErrorKind::Fault);
        assert_eq!(classify_postgres("40001"), DbErrorKind::Retry);
        assert_eq!(classify_postgres("57P01"), DbErrorKind::Unavailable);
        assert_eq!(classify_postgres("42601"), DbErrorKind::Fault);
    }

    #[derive(Debug, thiserror::Error)]
    enum Wrapped {
        #[error("failed to do it")]
        Named(#[source] DbError),
        #[error(transparent)]
        Bare(DbError),
    }

    #[test]
    fn a_cause_is_found_below_any_wrapper() {
        let deadlocked = || {
            let mut error = DbError::new("query", None, sqlx::Error::PoolClosed);
            error.reason = DbErrorKind::Retry;
            error
        };
        assert!(may_run_again(&deadlocked()));
        assert!(may_run_again(&Wrapped::Named(deadlocked())));
        let closed = DbError::new("query", Some("test"), sqlx::Error::PoolClosed);
        assert_eq!(
            closed.to_string(),
            "database failed in query of transaction test"
        );
        assert!(!may_run_again(&Wrapped::Bare(closed)));
    }
}
