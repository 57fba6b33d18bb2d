//! The keys that sign what a namespace publishes.

use std::str::FromStr;

use atoll_core::time_micros::Micros;

use crate::conn::{Conn, Tx};
use crate::error::DbError;
use crate::sql::{Row, sql};

/// How a key came to be known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyRole {
    /// The owner of the namespace registered it here.
    Registered,
    /// An upstream showed it.
    Seen,
}

/// A namespace's key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamespaceKey {
    /// Its id, in upper-case hexadecimal.
    pub key_id: String,
    /// The public key in ASCII armor.
    pub armored: String,
    /// How it came to be known.
    pub role: KeyRole,
    /// When it came to be known.
    pub created_at: Micros,
}

impl KeyRole {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Registered => "registered",
            Self::Seen => "seen",
        }
    }
}

impl FromStr for KeyRole {
    type Err = UnknownRole;

    fn from_str(text: &str) -> Result<Self, UnknownRole> {
        match text {
            "registered" => Ok(Self::Registered),
            "seen" => Ok(Self::Seen),
            _ => Err(UnknownRole),
        }
    }
}

/// A text that is no role of a key.
#[derive(Debug, thiserror::Error)]
#[error("a key is registered or seen")]
pub struct UnknownRole;

/// All keys of a namespace, in the order of their ids.
pub async fn list(
    conn: &mut Conn,
    host: &str,
    namespace: &str,
) -> Result<Vec<NamespaceKey>, DbError> {
    sql(
        "namespace_keys.list",
        "SELECT key_id, armored, role, created_at FROM namespace_keys WHERE host = $1 AND namespace = $2 ORDER BY key_id",
    )
    .bind(host)
    .bind(namespace)
    .list(conn, key)
    .await
}

/// Keeps a key, and says whether it was unknown until now. A registered key stays registered when it is seen.
pub async fn put(
    tx: &mut Tx,
    host: &str,
    namespace: &str,
    key: &NamespaceKey,
) -> Result<bool, DbError> {
    let insert = sql(
        "namespace_keys.insert",
        "INSERT INTO namespace_keys (host, namespace, key_id, armored, role, created_at) VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT DO NOTHING",
    );
    let insert = insert
        .bind(host)
        .bind(namespace)
        .bind(key.key_id.as_str())
        .bind(key.armored.as_str());
    if insert
        .bind(key.role.as_str())
        .bind(key.created_at)
        .execute(tx)
        .await?
        > 0
    {
        return Ok(true);
    }
    let update = sql(
        "namespace_keys.update",
        "UPDATE namespace_keys SET armored = $4, role = CASE WHEN role = 'registered' THEN role ELSE $5 END
         WHERE host = $1 AND namespace = $2 AND key_id = $3",
    );
    let update = update
        .bind(host)
        .bind(namespace)
        .bind(key.key_id.as_str())
        .bind(key.armored.as_str());
    update.bind(key.role.as_str()).execute(tx).await?;
    Ok(false)
}

/// Forgets a key; `false` where there was none.
pub async fn delete(
    tx: &mut Tx,
    host: &str,
    namespace: &str,
    key_id: &str,
) -> Result<bool, DbError> {
    let delete = sql(
        "namespace_keys.delete",
        "DELETE FROM namespace_keys WHERE host = $1 AND namespace = $2 AND key_id = $3",
    );
    Ok(delete
        .bind(host)
        .bind(namespace)
        .bind(key_id)
        .execute(tx)
        .await?
        > 0)
}

fn key(mut row: Row) -> Result<NamespaceKey, DbError> {
    Ok(NamespaceKey {
        key_id: row.take()?,
        armored: row.take()?,
        role: row.take()?,
        created_at: row.take()?,
    })
}
