//! Who signs a namespace: the keys that were seen, and what happens when another one appears.

use atoll_core::address::ProviderAddr;
use atoll_db::namespace_keys::{self, KeyRole, NamespaceKey};
use atoll_db::{DbError, Tx};
use metrics::counter;

use super::verify::{Signer, Verified};
use crate::mirror::error::MirrorError;
use crate::mirror::host::Host;

/// How a namespace's keys relate to who signed a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Acquaintance {
    /// The key was seen before, or the namespace never had one.
    Known,
    /// The namespace has keys, and this is not one of them, or there is none.
    Stranger,
}

impl Host {
    /// Takes note of who signed a version; refuses a stranger where keys are pinned.
    pub(super) async fn meet_signer(
        &self,
        provider: &ProviderAddr,
        what: &str,
        verified: &Verified,
    ) -> Result<(), MirrorError> {
        let (pin_keys, signer) = (self.policy.pin_keys, verified.signer.as_ref());
        let met = self.store.db.transact("mirror.keys", |tx| {
            Box::pin(async move { meet(tx, provider, signer, pin_keys).await })
        });
        let acquaintance = met.await?;
        if acquaintance == Acquaintance::Known {
            return Ok(());
        }
        counter!("atoll_new_signing_keys_total", "upstream" => self.label().to_owned())
            .increment(1);
        let key = signer.map(|signer| signer.id);
        tracing::warn!(
            provider.address = %provider,
            key.id = key.map_or_else(|| "none".to_owned(), |id| id.to_string()),
            pinned = pin_keys,
            "{what} is not signed by a key that was seen for namespace {} before",
            provider.namespace()
        );
        if pin_keys {
            return Err(MirrorError::KeyNotPinned {
                what: what.into(),
                namespace: provider.namespace().into(),
                key,
            });
        }
        Ok(())
    }
}

async fn meet(
    tx: &mut Tx,
    provider: &ProviderAddr,
    signer: Option<&Signer>,
    pin_keys: bool,
) -> Result<Acquaintance, DbError> {
    let (host, namespace) = (provider.hostname().as_str(), provider.namespace());
    let known = namespace_keys::list(tx, host, namespace).await?;
    let Some(signer) = signer else {
        // Leaving signatures away is the easiest way to sign with somebody else's key.
        return Ok(if known.is_empty() {
            Acquaintance::Known
        } else {
            Acquaintance::Stranger
        });
    };
    let key_id = signer.id.to_string();
    if known.iter().any(|key| key.key_id == key_id) {
        return Ok(Acquaintance::Known);
    }
    let is_first = known.is_empty();
    if is_first || !pin_keys {
        let armored = signer.armored.clone();
        let key = NamespaceKey {
            key_id,
            armored,
            role: KeyRole::Seen,
            created_at: crate::now(),
        };
        namespace_keys::put(tx, host, namespace, &key).await?;
    }
    Ok(if is_first {
        Acquaintance::Known
    } else {
        Acquaintance::Stranger
    })
}
