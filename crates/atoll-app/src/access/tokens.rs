//! Access tokens: made once, shown once, kept as a keyed hash.

use std::sync::Arc;
use std::time::Duration;

use atoll_core::kind::ErrorKind;
use atoll_core::permission::{Principal, Scopes, TokenId};
use atoll_core::time_micros::Micros;
use atoll_core::token::{Credential, TokenSecret};
use atoll_db::{Db, DbError, tokens};
use aws_lc_rs::{constant_time, hmac};
use moka::sync::Cache;

use super::bearer::Bearer;
use super::sealer::Sealer;
use super::secrets::random;

/// How long a token's row is believed before it is read again, in seconds: what a replica needs to hear of a revocation.
const TOKEN_CACHE_SECS: u64 = 10;
/// How many tokens' rows are kept in memory.
const TOKEN_CACHE_MAX: u64 = 10_000;
/// How many tokens one query reads.
const LIST_PAGE: usize = 1000;
/// The longest name of a token, in characters.
const NAME_CHARS_MAX: usize = 200;

/// What a new token is to be.
#[derive(Clone, Debug)]
pub struct NewToken {
    /// What people call it.
    pub name: String,
    /// What it may do.
    pub scopes: Scopes,
    /// When it ends; none for never.
    pub expires_at: Option<Micros>,
}

/// A token as it is shown, once.
#[derive(Debug)]
pub struct CreatedToken {
    /// Names it in lists and for revoking.
    pub id: TokenId,
    /// The credential.
    pub secret: TokenSecret,
}

/// Tokens can't be created, listed or revoked.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// The database failed.
    #[error("failed to {attempted} in the database")]
    Database {
        /// What was attempted.
        attempted: &'static str,
        /// The cause.
        #[source]
        source: DbError,
    },
    /// There is no such token.
    #[error("there is no token {0}; `atoll token list` shows those there are")]
    Unknown(TokenId),
}

/// A token can't be made.
#[derive(Debug, thiserror::Error)]
pub enum CreateTokenError {
    /// Nothing that it may do was named.
    #[error("a token needs at least one scope, such as pull:providers/* or push:acme/*")]
    NoScope,
    /// The name is empty, long, or has control characters.
    #[error("a token's name is 1 to {NAME_CHARS_MAX} characters without control characters")]
    BadName,
    /// It would have ended before it was made.
    #[error("a token's expiry lies in the past")]
    Expired,
    /// It could not be stored.
    #[error(transparent)]
    Token(#[from] TokenError),
}

/// A credential that was taken for one of ours is not good, or could not be checked.
#[derive(Debug, thiserror::Error)]
pub enum AuthenticateError {
    /// It is unknown, wrong, expired or revoked: the caller is not told which.
    #[error("the token is unknown, expired or revoked")]
    Rejected,
    /// The database failed.
    #[error("failed to look the token up")]
    Database(#[source] DbError),
}

impl TokenError {
    /// What kind of failure this is.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Database { source, .. } => source.kind(),
            Self::Unknown(_) => ErrorKind::NotFound,
        }
    }
}

impl CreateTokenError {
    /// What kind of failure this is.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::NoScope | Self::BadName | Self::Expired => ErrorKind::Invalid,
            Self::Token(error) => error.kind(),
        }
    }
}

impl AuthenticateError {
    /// What kind of failure this is.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Rejected => ErrorKind::Unauthenticated,
            Self::Database(source) => source.kind(),
        }
    }
}

/// The tokens of this installation.
pub struct Tokens {
    db: Db,
    hash_key: hmac::Key,
    sealer: Arc<Sealer>,
    rows: Cache<String, Option<Arc<tokens::TokenRow>>>,
}

impl Tokens {
    /// Tokens hashed with the given key.
    pub fn new(db: Db, hash_key: &[u8], sealer: Arc<Sealer>) -> Self {
        let rows = Cache::builder()
            .max_capacity(TOKEN_CACHE_MAX)
            .time_to_live(Duration::from_secs(TOKEN_CACHE_SECS))
            .build();
        Self {
            db,
            hash_key: hmac::Key::new(hmac::HMAC_SHA256, hash_key),
            sealer,
            rows,
        }
    }

    /// Makes a token; its secret is returned here and never again.
    pub async fn create(&self, new: NewToken) -> Result<CreatedToken, CreateTokenError> {
        let now = crate::now();
        if new.scopes.is_empty() {
            return Err(CreateTokenError::NoScope);
        }
        let length = new.name.chars().count();
        if length == 0 || length > NAME_CHARS_MAX || new.name.chars().any(char::is_control) {
            return Err(CreateTokenError::BadName);
        }
        if new.expires_at.is_some_and(|at| at <= now) {
            return Err(CreateTokenError::Expired);
        }
        let secret = TokenSecret::from_random(&random(), &random());
        let row = tokens::TokenRow {
            id: TokenId::new(uuid::Uuid::new_v4().to_string()),
            name: new.name,
            prefix: secret.prefix().to_owned(),
            secret_hash: self.hash(secret.secret()).as_ref().to_vec(),
            scopes: new.scopes,
            created_at: now,
            expires_at: new.expires_at,
            revoked_at: None,
        };
        let failed = |source| TokenError::Database {
            attempted: "store the token",
            source,
        };
        let mut tx = self.db.begin("token.create").await.map_err(failed)?;
        tokens::insert(&mut tx, &row).await.map_err(failed)?;
        tx.commit().await.map_err(failed)?;
        self.rows.invalidate(&row.prefix);
        Ok(CreatedToken { id: row.id, secret })
    }

    /// All tokens, without their secrets.
    pub async fn list(&self) -> Result<Vec<tokens::TokenRow>, TokenError> {
        let failed = |source| TokenError::Database {
            attempted: "list the tokens",
            source,
        };
        let mut read = self.db.read().await.map_err(failed)?;
        let mut all: Vec<tokens::TokenRow> = Vec::new();
        loop {
            let after = all.last().map(|row| row.id.clone());
            let page = tokens::list(&mut read, after.as_ref(), LIST_PAGE)
                .await
                .map_err(failed)?;
            let ended = page.len() < LIST_PAGE;
            all.extend(page);
            if ended {
                return Ok(all);
            }
        }
    }

    /// Ends a token at once.
    pub async fn revoke(&self, id: &TokenId) -> Result<(), TokenError> {
        let failed = |source| TokenError::Database {
            attempted: "revoke the token",
            source,
        };
        let mut tx = self.db.begin("token.revoke").await.map_err(failed)?;
        let revoked = tokens::revoke(&mut tx, id, crate::now())
            .await
            .map_err(failed)?;
        tx.commit().await.map_err(failed)?;
        self.rows.invalidate_all();
        if revoked {
            Ok(())
        } else {
            Err(TokenError::Unknown(id.clone()))
        }
    }

    /// Who presents this credential: nothing where it is none of ours, an error where it is ours and not good.
    pub async fn authenticate(
        &self,
        credential: &str,
    ) -> Result<Option<Authenticated>, AuthenticateError> {
        if Bearer::is_one(credential) {
            return self.authenticate_bearer(credential).await.map(Some);
        }
        match atoll_core::token::parse_credential(credential) {
            Credential::Foreign => Ok(None),
            Credential::Malformed => Err(AuthenticateError::Rejected),
            Credential::Ours { prefix, secret } => {
                let row = self.live_row(prefix).await?;
                let hash = self.hash(secret);
                constant_time::verify_slices_are_equal(&row.secret_hash, hash.as_ref())
                    .map_err(|_| AuthenticateError::Rejected)?;
                Ok(Some(Authenticated {
                    principal: principal(&row),
                    bearer: false,
                    token_prefix: Some(prefix.into()),
                }))
            }
        }
    }

    async fn authenticate_bearer(
        &self,
        credential: &str,
    ) -> Result<Authenticated, AuthenticateError> {
        let bearer =
            Bearer::open(&self.sealer, credential).map_err(|_| AuthenticateError::Rejected)?;
        if bearer.expires_at_secs <= crate::now().as_secs() {
            return Err(AuthenticateError::Rejected);
        }
        let principal = match &bearer.token_prefix {
            Some(prefix) => bearer.narrow(principal(&*self.live_row(prefix).await?)),
            None => Principal::Anonymous,
        };
        Ok(Authenticated {
            principal,
            bearer: true,
            token_prefix: bearer.token_prefix.map(Into::into),
        })
    }

    async fn live_row(&self, prefix: &str) -> Result<Arc<tokens::TokenRow>, AuthenticateError> {
        let row = if let Some(row) = self.rows.get(prefix) {
            row
        } else {
            let mut read = self.db.read().await.map_err(AuthenticateError::Database)?;
            let row = tokens::find_by_prefix(&mut read, prefix)
                .await
                .map_err(AuthenticateError::Database)?
                .map(Arc::new);
            self.rows.insert(prefix.to_owned(), row.clone());
            row
        };
        let now = crate::now();
        row.filter(|row| row.revoked_at.is_none() && row.expires_at.is_none_or(|at| at > now))
            .ok_or(AuthenticateError::Rejected)
    }

    fn hash(&self, secret: &str) -> hmac::Tag {
        hmac::sign(&self.hash_key, secret.as_bytes())
    }
}

/// Somebody whose credential was good.
#[derive(Clone, Debug)]
pub struct Authenticated {
    /// Who they are.
    pub principal: Principal,
    /// Whether they came with a bearer from `/token`, for which a wider one may be had.
    pub bearer: bool,
    /// The look-up prefix of the token.
    pub token_prefix: Option<Arc<str>>,
}

fn principal(row: &tokens::TokenRow) -> Principal {
    Principal::Token {
        id: row.id.clone(),
        scopes: row.scopes.clone(),
    }
}
