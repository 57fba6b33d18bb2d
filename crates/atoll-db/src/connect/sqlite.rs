//! SQLite: one connection that writes, a few that read.

use std::fs::OpenOptions;
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::time::Duration;

use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{ConnectOptions as _, Connection as _, SqliteConnection};

use super::readers::Readers;

/// Reading connections. Each is a thread.
const READERS: usize = 4;
/// How long a transaction waits for the one before it, in seconds.
const WRITER_WAIT_SECS: u64 = 30;
/// How long a statement waits for a lock of another process, in seconds.
const BUSY_SECS: u64 = 5;
/// Statements kept prepared on each connection: more than there are in this crate.
const STATEMENTS: usize = 300;
/// Pages kept in memory by each connection, in KiB.
const CACHE_KIB: u32 = 16 * 1024;

/// Opens the file, makes it where there is none, and brings it up to date.
pub(crate) async fn open(path: &Path) -> Result<(SqlitePool, Readers), sqlx::Error> {
    create_private(path).map_err(sqlx::Error::Io)?;
    let options = options(path);
    let writer = SqlitePoolOptions::new()
        .max_connections(1)
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
        .acquire_timeout(Duration::from_secs(WRITER_WAIT_SECS))
        .after_release(|connection, _| Box::pin(is_fit(connection)))
        .connect_with(options.clone())
        .await?;
    crate::migrations::sqlite().run(&writer).await?;
    let mut readers: Vec<SqliteConnection> = Vec::with_capacity(READERS);
    for _ in 0..READERS {
        readers.push(options.clone().pragma("query_only", "on").connect().await?);
    }
    Ok((writer, Readers::new(readers)))
}

/// Whether a connection can be used again. SQLite ends a transaction by itself when the disk is full or fails; the driver's own
/// end of it then fails, and it would take the transaction for open as long as the connection lives.
async fn is_fit(connection: &mut SqliteConnection) -> Result<bool, sqlx::Error> {
    if connection.is_in_transaction() {
        // Most often it is only about to be ended.
        connection.ping().await?;
    }
    Ok(!connection.is_in_transaction())
}

/// The database holds hashes of tokens: nobody else reads it, nor the files that SQLite puts beside it.
fn create_private(path: &Path) -> io::Result<()> {
    match OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
    {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

fn options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Wal)
        // In WAL mode only FULL syncs at every commit, so that what was acknowledged survives a power cut.
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(Duration::from_secs(BUSY_SECS))
        .statement_cache_capacity(STATEMENTS)
        // A mapped file turns a disk error into a signal that kills the process.
        .pragma("mmap_size", "0")
        .pragma("cache_size", format!("-{CACHE_KIB}"))
        .pragma("temp_store", "memory")
        // Slow queries are logged by `sql`, under their own names.
        .disable_statement_logging()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_writer_survives_a_full_disk() {
        let directory = tempfile::tempdir().unwrap();
        let (writer, _readers) = open(&directory.path().join("atoll.db")).await.unwrap();
        sqlx::query("CREATE TABLE filler (bytes BLOB)")
            .execute(&writer)
            .await
            .unwrap();
        // As full as a disk can be, for this connection.
        sqlx::query("PRAGMA max_page_count = 1")
            .execute(&writer)
            .await
            .unwrap();
        let mut full = writer.begin_with("BEGIN IMMEDIATE").await.unwrap();
        let error = sqlx::query("INSERT INTO filler VALUES (randomblob(1000000))")
            .execute(&mut *full)
            .await
            .unwrap_err();
        assert!(error.to_string().contains("full"), "{error}");
        drop(full);
        let again = writer.begin_with("BEGIN IMMEDIATE").await.unwrap();
        again.commit().await.unwrap();
    }
}
