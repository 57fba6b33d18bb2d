//! The keys that the owners of namespaces here sign with.

use atoll_core::address::{Hostname, ProviderAddr, ProviderAddrError};
use atoll_core::kind::ErrorKind;
use atoll_core::openpgp::{KeyError, KeyId, PublicKey};
use atoll_core::time_micros::Micros;
use atoll_db::DbError;
use atoll_db::namespace_keys::{self, KeyRole, NamespaceKey};

use super::{Providers, PublishError, SignError};
use crate::failure::Failure;
use crate::tasks::TaskFailed;

/// How many keys may be registered for one namespace: every signature is tried against all of them.
pub const NAMESPACE_KEYS_MAX: usize = 64;

/// A key that releases of a namespace may be signed with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegisteredKey {
    /// Its id, in upper-case hexadecimal.
    pub key_id: String,
    /// The public key in ASCII armor.
    pub armored: String,
    /// When it was registered.
    pub registered_at: Micros,
}

/// A key can't be registered, listed or removed.
#[derive(Debug, thiserror::Error)]
pub enum KeyRegistrationError {
    /// No namespace has such a name.
    #[error("there can be no namespace {0:?}")]
    Namespace(String, #[source] ProviderAddrError),
    /// The text is no public key that clients can use.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// Its owner took it back.
    #[error("the key {0} was revoked by its owner, so nothing it signed would be accepted")]
    Revoked(KeyId),
    /// There are enough.
    #[error(
        "the namespace {0} would have more than {NAMESPACE_KEYS_MAX} keys; remove some that are no longer used"
    )]
    TooMany(String),
    /// Our own parts failed.
    #[error(transparent)]
    Failed(#[from] Failure),
}

impl From<DbError> for KeyRegistrationError {
    fn from(error: DbError) -> Self {
        Self::Failed(error.into())
    }
}

impl KeyRegistrationError {
    /// What kind of failure this is.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Namespace(..) | Self::Key(_) | Self::Revoked(_) => ErrorKind::Invalid,
            Self::TooMany(_) => ErrorKind::Conflict,
            Self::Failed(failure) => failure.kind(),
        }
    }
}

impl Providers {
    /// Registers the public keys of a text for a namespace here. A key that is registered already stays as it is.
    pub async fn register_key(
        &self,
        namespace: &str,
        armored: &str,
    ) -> Result<Vec<RegisteredKey>, KeyRegistrationError> {
        let namespace = own_namespace(namespace)?;
        let keys = parse(armored.to_owned()).await??;
        if let Some(revoked) = keys.iter().find(|key| key.is_revoked()) {
            return Err(KeyRegistrationError::Revoked(revoked.key_id()));
        }
        let now = crate::now();
        let rows: Vec<NamespaceKey> = keys.iter().map(|key| row(key, now)).collect();
        let (rows, name) = (&rows, namespace.as_str());
        let work = self.store.db.transact("namespace.register-key", |tx| {
            Box::pin(async move {
                let mut new = Vec::new();
                for row in rows {
                    if namespace_keys::put(tx, own_host().as_str(), name, row).await? {
                        new.push(row.key_id.clone());
                    }
                }
                let all = namespace_keys::list(tx, own_host().as_str(), name).await?;
                if all.len() > NAMESPACE_KEYS_MAX {
                    return Err(KeyRegistrationError::TooMany(name.to_owned()));
                }
                let named = |key: &NamespaceKey| rows.iter().any(|row| row.key_id == key.key_id);
                let registered = all
                    .into_iter()
                    .filter(named)
                    .map(RegisteredKey::from)
                    .collect();
                Ok::<(Vec<RegisteredKey>, Vec<String>), KeyRegistrationError>((registered, new))
            })
        });
        let (registered, new) = work.await?;
        for key_id in new {
            tracing::info!(namespace.name = name, key.id = %key_id, "registered key {key_id} for namespace {name}");
        }
        Ok(registered)
    }

    /// The keys that are registered for a namespace here, in the order of their ids.
    pub async fn list_keys(
        &self,
        namespace: &str,
    ) -> Result<Vec<RegisteredKey>, KeyRegistrationError> {
        let namespace = own_namespace(namespace)?;
        let mut read = self.store.db.read().await?;
        let rows = namespace_keys::list(&mut read, own_host().as_str(), &namespace).await?;
        let registered = rows
            .into_iter()
            .filter(|row| row.role == KeyRole::Registered);
        Ok(registered.map(RegisteredKey::from).collect())
    }

    /// Ends that a key may sign new releases of a namespace; what it signed before stays. `false` where there is no such key.
    pub async fn remove_key(
        &self,
        namespace: &str,
        key_id: KeyId,
    ) -> Result<bool, KeyRegistrationError> {
        let namespace = own_namespace(namespace)?;
        let (name, id) = (namespace.as_str(), &key_id.to_string());
        let work = self.store.db.transact("namespace.remove-key", |tx| {
            Box::pin(async move { namespace_keys::delete(tx, own_host().as_str(), name, id).await })
        });
        let removed = work.await?;
        if removed {
            tracing::info!(namespace.name = name, key.id = %key_id, "removed key {key_id} from namespace {name}");
        }
        Ok(removed)
    }

    /// The key that Atoll signs with for a namespace, if it ever did.
    pub(crate) async fn own_key(&self, namespace: &str) -> Result<Option<PublicKey>, SignError> {
        self.signer.find_key(namespace).await
    }

    /// The keys that releases of a namespace here may be signed with.
    pub(crate) async fn registered_keys(
        &self,
        namespace: &str,
    ) -> Result<Vec<PublicKey>, PublishError> {
        let mut read = self.store.db.read().await.map_err(Failure::from)?;
        let rows = namespace_keys::list(&mut read, own_host().as_str(), namespace)
            .await
            .map_err(Failure::from)?;
        drop(read);
        let mut keys = Vec::new();
        for row in rows
            .into_iter()
            .filter(|row| row.role == KeyRole::Registered)
        {
            let parsed = parse(row.armored).await?;
            keys.extend(parsed.map_err(|_| PublishError::DamagedKey(row.key_id))?);
        }
        Ok(keys)
    }
}

impl From<NamespaceKey> for RegisteredKey {
    fn from(row: NamespaceKey) -> Self {
        Self {
            key_id: row.key_id,
            armored: row.armored,
            registered_at: row.created_at,
        }
    }
}

fn row(key: &PublicKey, now: Micros) -> NamespaceKey {
    NamespaceKey {
        key_id: key.key_id().to_string(),
        armored: key.armored().to_owned(),
        role: KeyRole::Registered,
        created_at: now,
    }
}

fn own_host() -> Hostname {
    Hostname::self_()
}

/// A namespace is what the address of a provider in it would have.
fn own_namespace(text: &str) -> Result<String, KeyRegistrationError> {
    match ProviderAddr::new(own_host(), text, "any") {
        Ok(address) => Ok(address.namespace().to_owned()),
        Err(source) => Err(KeyRegistrationError::Namespace(text.to_owned(), source)),
    }
}

/// Checking the certifications of a key takes milliseconds.
async fn parse(armored: String) -> Result<Result<Vec<PublicKey>, KeyError>, Failure> {
    let parsed = tokio::task::spawn_blocking(move || PublicKey::parse_many(&armored)).await;
    parsed.map_err(|source| TaskFailed::new("key.parse", source).into())
}
