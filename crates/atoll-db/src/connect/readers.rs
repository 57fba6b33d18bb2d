//! SQLite's reading connections.
//!
//! sqlx's own pool tests each connection as it comes back, which on SQLite costs as much as the query did; a reading
//! connection in this process has nothing to be tested for.

use std::sync::{Arc, Mutex, PoisonError};

use sqlx::SqliteConnection;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// A fixed set of connections that can't write.
#[derive(Clone)]
pub(crate) struct Readers {
    idle: Arc<Mutex<Vec<SqliteConnection>>>,
    permits: Arc<Semaphore>,
}

/// A connection that goes back when dropped.
pub(crate) struct Reader {
    connection: Option<SqliteConnection>,
    idle: Arc<Mutex<Vec<SqliteConnection>>>,
    _permit: OwnedSemaphorePermit,
}

impl Readers {
    pub(crate) fn new(connections: Vec<SqliteConnection>) -> Self {
        let permits = Arc::new(Semaphore::new(connections.len()));
        Self {
            idle: Arc::new(Mutex::new(connections)),
            permits,
        }
    }

    /// Waits for a connection. Whoever waited longest is first.
    pub(crate) async fn acquire(&self) -> Result<Reader, sqlx::Error> {
        let permit = Arc::clone(&self.permits)
            .acquire_owned()
            .await
            .map_err(|_| sqlx::Error::PoolClosed)?;
        let connection = self
            .idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop();
        Ok(Reader {
            connection,
            idle: Arc::clone(&self.idle),
            _permit: permit,
        })
    }

    /// Takes the connections that are in nobody's hands, and lets nobody have another.
    pub(crate) fn close(&self) -> Vec<SqliteConnection> {
        self.permits.close();
        std::mem::take(&mut *self.idle.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Reader {
    pub(crate) fn connection(&mut self) -> &mut SqliteConnection {
        self.connection
            .as_mut()
            .expect("there are as many connections as permits")
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        // Before the permit, which is a field: whoever gets the permit finds a connection.
        self.idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .extend(self.connection.take());
    }
}
