//! What was computed from a blob's bytes once and holds for ever.

use std::collections::HashMap;
use std::slice;

use atoll_core::digest::Digest;

use crate::columns::Json;
use crate::conn::{Conn, Tx};
use crate::error::DbError;
use crate::repositories::touch_holders;
use crate::sql::sql;

/// Which fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fact {
    /// The `h1:` hash of a zip's entries.
    H1,
}

impl Fact {
    /// The word in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::H1 => "h1",
        }
    }
}

/// The values known of a fact for the given blobs.
pub async fn get_many(
    conn: &mut Conn,
    fact: Fact,
    digests: &[Digest],
) -> Result<HashMap<Digest, String>, DbError> {
    let rows = sql(
        "facts.get_many",
        "SELECT digest, value FROM blob_facts WHERE fact = $1 AND digest IN (SELECT value FROM json_each($2))",
    );
    rows.bind(fact.as_str())
        .bind(Json(&digests))
        .list(conn, |mut row| Ok((row.take()?, row.take()?)))
        .await
}

/// Keeps a fact. What is known already stays: it was computed from the same bytes.
pub async fn put(tx: &mut Tx, digest: &Digest, fact: Fact, value: &str) -> Result<(), DbError> {
    let put = sql(
        "facts.put",
        "INSERT INTO blob_facts (digest, fact, value) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
    );
    if put
        .bind(digest)
        .bind(fact.as_str())
        .bind(value)
        .execute(tx)
        .await?
        > 0
    {
        touch_holders(tx, slice::from_ref(digest)).await?;
    }
    Ok(())
}
