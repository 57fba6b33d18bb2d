//! What upstream said about its providers: in memory, in the database, or just now.

use std::sync::Arc;

use atoll_core::address::ProviderAddr;
use atoll_core::time_micros::Micros;
use atoll_db::upstream_documents::{self, UpstreamDocument};
use atoll_upstream::OnceMap;
use moka::future::Cache;

use crate::failure::Failure;
use crate::mirror::answers::ProviderVersion;
use crate::mirror::error::MirrorError;
use crate::mirror::host::Host;
use crate::mirror::policy;
use crate::mirror::source::UpstreamList;

/// How many versions and platforms are kept in memory for one upstream; the rest is read from the database.
const ENTRIES_IN_MEMORY_MAX: u64 = 500_000;

/// The status that a list is kept with, as its upstream's protocol has it.
pub(in crate::mirror) const STATUS_FOUND: u16 = 200;
pub(in crate::mirror) const STATUS_NOT_FOUND: u16 = 404;

/// What is known of an upstream's lists.
pub(in crate::mirror) struct KnownLists {
    memory: Cache<ProviderAddr, Arc<KnownList>>,
    asking: OnceMap<ProviderAddr, Result<(Arc<KnownList>, Asked), MirrorError>>,
}

/// What upstream said about a provider.
#[derive(Debug)]
pub(in crate::mirror) struct KnownList {
    /// After policy; none where upstream has no such provider.
    pub(in crate::mirror) list: Option<PermittedList>,
    /// When it said so.
    pub(in crate::mirror) fetched_at: Micros,
}

/// The entries of a list that the policy lets through.
#[derive(Debug)]
pub(in crate::mirror) struct PermittedList {
    pub(in crate::mirror) versions: Arc<[ProviderVersion]>,
    pub(in crate::mirror) warnings: Arc<[String]>,
}

/// Whether upstream was asked for an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::mirror) enum Asked {
    /// Just now.
    Upstream,
    /// What it said before is fresh enough.
    Memory,
}

impl Default for KnownLists {
    fn default() -> Self {
        Self {
            memory: Cache::builder()
                .weigher(|_, known: &Arc<KnownList>| {
                    let list = known.list.as_ref();
                    list.map_or(1, |list| ProviderVersion::weight(&list.versions))
                })
                .max_capacity(ENTRIES_IN_MEMORY_MAX)
                .build(),
            asking: OnceMap::default(),
        }
    }
}

impl Host {
    /// What upstream said about a provider, if that is fresh.
    pub(in crate::mirror) async fn fresh_list(
        &self,
        provider: &ProviderAddr,
    ) -> Result<Option<Arc<KnownList>>, Failure> {
        let now = crate::now();
        if let Some(known) = self.known.memory.get(provider).await
            && self.is_fresh(&known, now)
        {
            return Ok(Some(known));
        }
        // Another process may have asked meanwhile.
        let document = {
            let mut read = self.store.db.read().await?;
            upstream_documents::find(&mut read, self.label(), &path(provider)).await?
        };
        let known = document
            .and_then(|document| self.remembered(provider, &document))
            .map(Arc::new);
        let known = known.filter(|known| self.is_fresh(known, now));
        if let Some(known) = &known {
            self.known
                .memory
                .insert(provider.clone(), Arc::clone(known))
                .await;
        }
        Ok(known)
    }

    /// What upstream says about a provider, asked now unless somebody just did. However many ask, upstream is asked once.
    pub(in crate::mirror) async fn current_list(
        self: &Arc<Self>,
        provider: &ProviderAddr,
    ) -> Result<(Arc<KnownList>, Asked), MirrorError> {
        let work = || async {
            if let Some(known) = self.fresh_list(provider).await? {
                return Ok((known, Asked::Memory));
            }
            Ok((self.ask_list(provider).await?, Asked::Upstream))
        };
        self.known.asking.run(provider, work).await
    }

    async fn ask_list(&self, provider: &ProviderAddr) -> Result<Arc<KnownList>, MirrorError> {
        let what = provider.to_string();
        let answer = self.noted(&what, self.source.list(provider).await);
        let list = match answer {
            Ok(list) => Some(list),
            Err(MirrorError::NotFound { .. }) => None,
            Err(error) => return Err(error),
        };
        let fetched_at = crate::now();
        let document = document_of(list.as_ref(), fetched_at);
        let (label, path) = (self.label(), &path(provider));
        let document = &document;
        let put = self.store.db.transact("mirror.list", |tx| {
            Box::pin(async move { upstream_documents::put(tx, label, path, document).await })
        });
        put.await?;
        let known = Arc::new(KnownList {
            list: list.map(|list| self.permitted(provider, list)),
            fetched_at,
        });
        self.known
            .memory
            .insert(provider.clone(), Arc::clone(&known))
            .await;
        Ok(known)
    }

    fn is_fresh(&self, known: &KnownList, now: Micros) -> bool {
        let period_secs = match known.list {
            Some(_) => self.policy.retrieval_cache_period_secs,
            None => self.policy.missed_cache_period_secs,
        };
        let age_secs = now.secs_since(known.fetched_at);
        // A moment that has not come yet was written by another clock.
        (0..period_secs).contains(&age_secs)
    }

    fn remembered(
        &self,
        provider: &ProviderAddr,
        document: &UpstreamDocument,
    ) -> Option<KnownList> {
        let fetched_at = document.fetched_at;
        if document.status == STATUS_NOT_FOUND {
            return Some(KnownList {
                list: None,
                fetched_at,
            });
        }
        match serde_json::from_slice::<UpstreamList>(&document.body) {
            Ok(list) => Some(KnownList {
                list: Some(self.permitted(provider, list)),
                fetched_at,
            }),
            Err(error) => {
                // Written by another release: as good as nothing, and replaced by the next answer.
                tracing::debug!(provider.address = %provider, error = %error, "forgot an unreadable list of {provider}");
                None
            }
        }
    }

    fn permitted(&self, provider: &ProviderAddr, list: UpstreamList) -> PermittedList {
        let UpstreamList {
            mut versions,
            warnings,
        } = list;
        versions.retain(|listed| policy::permits(&self.policy.patterns, provider, &listed.version));
        PermittedList {
            versions: versions.into(),
            warnings: warnings.into(),
        }
    }
}

fn document_of(list: Option<&UpstreamList>, fetched_at: Micros) -> UpstreamDocument {
    match list {
        None => UpstreamDocument {
            status: STATUS_NOT_FOUND,
            body: Vec::new(),
            fetched_at,
        },
        Some(list) => {
            let body = serde_json::to_vec(list).expect("a document of texts is always JSON");
            UpstreamDocument {
                status: STATUS_FOUND,
                body,
                fetched_at,
            }
        }
    }
}

fn path(provider: &ProviderAddr) -> String {
    format!(
        "providers/{}/{}/versions",
        provider.namespace(),
        provider.type_name()
    )
}
