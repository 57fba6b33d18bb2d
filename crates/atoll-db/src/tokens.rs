//! Access tokens: a look-up prefix and a keyed hash, never the secret.

use atoll_core::permission::{Scopes, TokenId};
use atoll_core::time_micros::Micros;

use crate::conn::{Conn, Tx};
use crate::error::DbError;
use crate::sql::{Row, sql};

/// A token as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenRow {
    /// Names it in lists and for revoking.
    pub id: TokenId,
    /// What people call it.
    pub name: String,
    /// The part of the credential that finds it.
    pub prefix: String,
    /// The keyed hash of the rest.
    pub secret_hash: Vec<u8>,
    /// What it may do.
    pub scopes: Scopes,
    /// When it was made.
    pub created_at: Micros,
    /// When it ends.
    pub expires_at: Option<Micros>,
    /// When it was ended.
    pub revoked_at: Option<Micros>,
}

/// Keeps a new token. A prefix or an id that is taken is a conflict.
pub async fn insert(tx: &mut Tx, token: &TokenRow) -> Result<(), DbError> {
    sql(
        "tokens.insert",
        "INSERT INTO tokens (id, name, prefix, secret_hash, scopes, created_at, expires_at, revoked_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(token.id.as_str())
    .bind(token.name.as_str())
    .bind(token.prefix.as_str())
    .bind(token.secret_hash.as_slice())
    .bind(&token.scopes)
    .bind(token.created_at)
    .bind(token.expires_at)
    .bind(token.revoked_at)
    .execute(tx)
    .await
    .map(drop)
}

/// The token with this prefix, ended or not.
pub async fn find_by_prefix(conn: &mut Conn, prefix: &str) -> Result<Option<TokenRow>, DbError> {
    sql(
        "tokens.find_by_prefix",
        "SELECT id, name, prefix, secret_hash, scopes, created_at, expires_at, revoked_at FROM tokens WHERE prefix = $1",
    )
    .bind(prefix)
    .find(conn, token)
    .await
}

/// Tokens in the order of their ids, ended ones too.
pub async fn list(
    conn: &mut Conn,
    after: Option<&TokenId>,
    limit: usize,
) -> Result<Vec<TokenRow>, DbError> {
    sql(
        "tokens.list",
        "SELECT id, name, prefix, secret_hash, scopes, created_at, expires_at, revoked_at FROM tokens
         WHERE id > $1 ORDER BY id LIMIT $2",
    )
    .bind(after.map_or("", TokenId::as_str))
    .bind(limit)
    .list(conn, token)
    .await
}

/// Ends a token; the first end stands. `false` where there is no such token.
pub async fn revoke(tx: &mut Tx, id: &TokenId, now: Micros) -> Result<bool, DbError> {
    sql(
        "tokens.revoke",
        "UPDATE tokens SET revoked_at = COALESCE(revoked_at, $2) WHERE id = $1",
    )
    .bind(id.as_str())
    .bind(now)
    .execute(tx)
    .await
    .map(|rows| rows > 0)
}

fn token(mut row: Row) -> Result<TokenRow, DbError> {
    Ok(TokenRow {
        id: row.take()?,
        name: row.take()?,
        prefix: row.take()?,
        secret_hash: row.take()?,
        scopes: row.take()?,
        created_at: row.take()?,
        expires_at: row.take()?,
        revoked_at: row.take()?,
    })
}
