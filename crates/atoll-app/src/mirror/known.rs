//! What upstream said: in memory, in the database, or just now.

use std::hash::Hash;
use std::sync::Arc;

use atoll_core::time_micros::Micros;
use atoll_db::upstream_documents::{self, UpstreamDocument};
use atoll_upstream::OnceMap;
use moka::future::Cache;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::answers::ServedFrom;
use super::error::MirrorError;
use super::host::Host;
use crate::failure::Failure;

/// The status that a list is kept with, as its upstream's protocol has it.
const STATUS_FOUND: u16 = 200;
const STATUS_NOT_FOUND: u16 = 404;

/// What is known of an upstream's lists, by the address of what they list.
pub(super) struct KnownLists<K, L> {
    memory: Cache<K, Arc<Known<L>>>,
    /// However many ask, upstream is asked once.
    pub(super) asking: OnceMap<K, Asked<L>>,
}

/// What those learn who asked, and whether upstream was asked for it just now.
pub(super) type Asked<L> = Result<(Arc<Known<L>>, ServedFrom), MirrorError>;

/// What upstream said about one address.
#[derive(Debug)]
pub(super) struct Known<L> {
    /// After policy; none where upstream has nothing of that name.
    pub(super) list: Option<L>,
    /// When it said so.
    pub(super) fetched_at: Micros,
}

impl<K, L> KnownLists<K, L>
where
    K: Clone + Eq + Hash + Send + Sync + 'static,
    L: Send + Sync + 'static,
{
    /// Keeps lists of so much weight in memory; the rest is read from the database.
    pub(super) fn new(weight_max: u64, weigh: fn(&L) -> u32) -> Self {
        Self {
            memory: Cache::builder()
                .weigher(move |_, known: &Arc<Known<L>>| known.list.as_ref().map_or(1, weigh))
                .max_capacity(weight_max)
                .build(),
            asking: OnceMap::default(),
        }
    }
}

impl Host {
    /// What upstream said before, if that is fresh: what the database keeps at that path is put through `permit`.
    pub(super) async fn recall<K, S, L>(
        &self,
        lists: &KnownLists<K, L>,
        key: &K,
        path: &str,
        permit: impl FnOnce(S) -> L,
    ) -> Result<Option<Arc<Known<L>>>, Failure>
    where
        K: Clone + Eq + Hash + Send + Sync + 'static,
        S: DeserializeOwned,
        L: Send + Sync + 'static,
    {
        let now = crate::now();
        if let Some(known) = lists.memory.get(key).await
            && self.is_fresh(&known, now)
        {
            return Ok(Some(known));
        }
        // Another process may have asked meanwhile.
        let document = {
            let mut read = self.store.db.read().await?;
            upstream_documents::find(&mut read, self.label(), path).await?
        };
        let known = document
            .and_then(|document| self.read(path, &document, permit))
            .filter(|known| self.is_fresh(known, now))
            .map(Arc::new);
        if let Some(known) = &known {
            lists.memory.insert(key.clone(), Arc::clone(known)).await;
        }
        Ok(known)
    }

    /// Keeps what upstream said just now: all of it in the database at that path, and in memory what is permitted.
    pub(super) async fn remember<K, S, L>(
        &self,
        lists: &KnownLists<K, L>,
        key: &K,
        path: &str,
        answer: Result<S, MirrorError>,
        permit: impl FnOnce(S) -> L,
    ) -> Result<Arc<Known<L>>, MirrorError>
    where
        K: Clone + Eq + Hash + Send + Sync + 'static,
        S: Serialize,
        L: Send + Sync + 'static,
    {
        let fetched_at = crate::now();
        let (status, body, list) = match answer {
            Ok(said) => {
                let body = serde_json::to_vec(&said).expect("a document of texts is always JSON");
                (STATUS_FOUND, body, Some(permit(said)))
            }
            Err(MirrorError::NotFound { .. }) => (STATUS_NOT_FOUND, Vec::new(), None),
            Err(error) => return Err(error),
        };
        let (label, document) = (
            self.label(),
            &UpstreamDocument {
                status,
                body,
                fetched_at,
            },
        );
        let put = self.store.db.transact("mirror.list", |tx| {
            Box::pin(async move { upstream_documents::put(tx, label, path, document).await })
        });
        put.await?;
        let known = Arc::new(Known { list, fetched_at });
        lists.memory.insert(key.clone(), Arc::clone(&known)).await;
        Ok(known)
    }

    fn is_fresh<L>(&self, known: &Known<L>, now: Micros) -> bool {
        let period_secs = match known.list {
            Some(_) => self.policy.retrieval_cache_period_secs,
            None => self.policy.missed_cache_period_secs,
        };
        // A moment that has not come yet was written by another clock.
        (0..period_secs).contains(&now.secs_since(known.fetched_at))
    }

    /// What a document says; nothing where another release wrote it in its own way: the next answer replaces it.
    fn read<S: DeserializeOwned, L>(
        &self,
        path: &str,
        document: &UpstreamDocument,
        permit: impl FnOnce(S) -> L,
    ) -> Option<Known<L>> {
        let list = if document.status == STATUS_NOT_FOUND {
            None
        } else {
            let said = serde_json::from_slice(&document.body).inspect_err(|error| {
                tracing::debug!(error = %error, "forgot the unreadable list {path} of {}", self.label());
            });
            Some(permit(said.ok()?))
        };
        Some(Known {
            list,
            fetched_at: document.fetched_at,
        })
    }
}
