//! The keys that Atoll keeps for namespaces whose publishers have none.

use std::sync::Arc;

use atoll_core::openpgp::{PublicKey, SigningKey, SigningKeyError};
use atoll_db::Db;
use bytes::Bytes;
use moka::future::Cache;
use tokio::sync::Mutex;

use crate::access::{Secrets, SecretsError};
use crate::failure::Failure;
use crate::tasks::TaskFailed;

/// How many keys are kept in memory.
const KEYS_MAX: u64 = 1000;

/// Signs for namespaces. The keys live in the database, wrapped.
pub struct Signer {
    db: Db,
    secrets: Arc<Secrets>,
    keys: Cache<String, Arc<SigningKey>>,
    /// Making a key takes seconds of computing; nobody makes one twice.
    making: Mutex<()>,
}

/// A signature, and the key that verifies it.
pub struct Signed {
    /// A detached binary signature.
    pub signature: Vec<u8>,
    /// The public key.
    pub key: PublicKey,
}

/// A key can't be had, or can't sign.
#[derive(Debug, thiserror::Error)]
pub enum SignError {
    /// The key.
    #[error("failed to sign with the key of the namespace")]
    Key(#[from] SigningKeyError),
    /// Where it is kept.
    #[error(transparent)]
    Secrets(#[from] SecretsError),
    /// The stored key is no text.
    #[error("the stored signing key of {0} is damaged")]
    Damaged(String),
    /// Our own parts failed.
    #[error(transparent)]
    Failed(#[from] Failure),
}

impl Signer {
    /// A signer whose keys are among these secrets.
    pub fn new(db: Db, secrets: Arc<Secrets>) -> Self {
        Self {
            db,
            secrets,
            keys: Cache::new(KEYS_MAX),
            making: Mutex::new(()),
        }
    }

    /// Signs some bytes for a namespace.
    pub async fn sign(&self, namespace: &str, bytes: Bytes) -> Result<Signed, SignError> {
        let key = self.key(namespace).await?;
        let signing = Arc::clone(&key);
        let work = move || signing.sign_detached(&bytes, crate::now());
        let signature = tokio::task::spawn_blocking(work)
            .await
            .map_err(|source| failed("sign", source))??;
        Ok(Signed {
            signature,
            key: key.public_key()?,
        })
    }

    /// The public key of a namespace, if one was made.
    pub async fn find_key(&self, namespace: &str) -> Result<Option<PublicKey>, SignError> {
        let Some(text) = self.secrets.find(&self.db, &secret_name(namespace)).await? else {
            return Ok(None);
        };
        Ok(Some(read(namespace, text)?.public_key()?))
    }

    async fn key(&self, namespace: &str) -> Result<Arc<SigningKey>, SignError> {
        if let Some(key) = self.keys.get(namespace).await {
            return Ok(key);
        }
        let _one_at_a_time = self.making.lock().await;
        if let Some(key) = self.keys.get(namespace).await {
            return Ok(key);
        }
        let name = secret_name(namespace);
        let text = if let Some(text) = self.secrets.find(&self.db, &name).await? {
            text
        } else {
            let made = generate(namespace).await?;
            self.secrets.get_or_make(&self.db, &name, || made).await?
        };
        let key = Arc::new(read(namespace, text)?);
        self.keys
            .insert(namespace.to_owned(), Arc::clone(&key))
            .await;
        Ok(key)
    }
}

fn secret_name(namespace: &str) -> String {
    format!("signing-key:{namespace}")
}

fn read(namespace: &str, text: Vec<u8>) -> Result<SigningKey, SignError> {
    let text = String::from_utf8(text).map_err(|_| SignError::Damaged(namespace.to_owned()))?;
    Ok(SigningKey::from_armored_secret(&text)?)
}

async fn generate(namespace: &str) -> Result<Vec<u8>, SignError> {
    let user = format!("Atoll, for {namespace}");
    let work = move || SigningKey::generate(&user, crate::now())?.to_armored_secret();
    let armored = tokio::task::spawn_blocking(work)
        .await
        .map_err(|source| failed("signing-key.generate", source))??;
    Ok(armored.expose().as_bytes().to_vec())
}

fn failed(name: &'static str, source: tokio::task::JoinError) -> SignError {
    SignError::Failed(TaskFailed::new(name, source).into())
}
