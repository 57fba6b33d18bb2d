//! PostgreSQL: one pool for both directions.

use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::{ConnectOptions as _, Connection as _};

/// Connections of one server process.
const CONNECTIONS_MAX: u32 = 16;
/// How long a query waits for a connection, in seconds.
const ACQUIRE_SECS: u64 = 10;
/// A connection that was idle for longer is tried before it is used, in seconds: the server may have gone meanwhile.
const TRUSTED_IDLE_SECS: u64 = 5;
/// Statements kept prepared on each connection: more than there are in this crate.
const STATEMENTS: usize = 300;
/// Bounds on waiting that hold for every connection.
const SETTINGS: &str = "SET lock_timeout = '10s'; SET statement_timeout = '60s'; \
                        SET idle_in_transaction_session_timeout = '60s'";

/// Connects and brings the database up to date. Replicas that start together take turns.
pub(crate) async fn open(options: &PgConnectOptions) -> Result<PgPool, sqlx::Error> {
    let options = options
        .clone()
        .application_name("atoll")
        .statement_cache_capacity(STATEMENTS)
        .disable_statement_logging();
    let pool = PgPoolOptions::new()
        .max_connections(CONNECTIONS_MAX)
        .acquire_timeout(Duration::from_secs(ACQUIRE_SECS))
        .test_before_acquire(false)
        .before_acquire(|connection, meta| {
            Box::pin(async move {
                if meta.idle_for.as_secs() >= TRUSTED_IDLE_SECS {
                    return Ok(connection.ping().await.is_ok());
                }
                Ok(true)
            })
        })
        .after_connect(|connection, _| {
            Box::pin(async move {
                sqlx::raw_sql(SETTINGS)
                    .execute(connection)
                    .await
                    .map(|_| ())
            })
        })
        .connect_with(options)
        .await?;
    crate::migrations::postgres().run(&pool).await?;
    Ok(pool)
}
