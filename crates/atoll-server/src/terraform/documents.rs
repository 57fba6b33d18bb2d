//! JSON documents, rendered once for as long as what they say stays the same.
//!
//! `/versions` and `index.json` are asked for by every run of every client, and some have thousands of versions. A rendered
//! document is kept with the very value it was rendered from: while the use case hands out the same value, the bytes are right.

use std::any::Any;
use std::sync::Arc;
use std::time::{Duration, Instant};

use atoll_app::mirror::Freshness;
use atoll_core::address::{ModuleAddr, ProviderAddr};
use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use http::HeaderValue;
use http::header::CONTENT_TYPE;
use moka::sync::Cache;
use serde_json::Value;

use super::module_path::CanReadModule;
use super::path::CanReadProvider;
use crate::http::{CACHE_STATUS, cache_status};

/// How many bytes of rendered documents are kept.
const KEPT_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// How long a rendered document is used. It holds grants, which must stay good long after they were handed out.
const KEPT: Duration = Duration::from_mins(5);

/// Which document of a provider or module.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    MirrorArchives,
    MirrorIndex,
    ModuleVersions,
    RegistryPackage,
    RegistryVersions,
}

/// What a document is found by.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    kind: Kind,
    subject: Subject,
    /// The rest of its address.
    rest: Option<String>,
    /// On whose account a fetch goes that the document's addresses cause.
    client: Option<String>,
}

/// What a document is about.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Subject {
    Module(ModuleAddr),
    Provider(ProviderAddr),
}

impl Key {
    /// A document about a module that says the same to everybody.
    pub(super) fn of_module(kind: Kind, request: &CanReadModule) -> Self {
        Self {
            kind,
            subject: Subject::Module(request.module.clone()),
            rest: None,
            client: None,
        }
    }

    /// A document about a provider that says the same to everybody.
    pub(super) fn plain(kind: Kind, request: &CanReadProvider) -> Self {
        Self {
            kind,
            subject: Subject::Provider(request.provider.clone()),
            rest: None,
            client: None,
        }
    }

    /// A document with addresses that grant what the caller may do.
    pub(super) fn granting(kind: Kind, request: &CanReadProvider, rest: &str) -> Self {
        Self {
            kind,
            subject: Subject::Provider(request.provider.clone()),
            rest: Some(rest.to_owned()),
            client: request.client(),
        }
    }
}

/// What a document was rendered from, kept so that its address means nothing else.
type Held = Arc<dyn Any + Send + Sync>;

#[derive(Clone)]
struct Rendered {
    address: usize,
    _from: Held,
    at: Instant,
    body: Bytes,
}

/// Rendered documents.
pub(crate) struct Documents {
    kept: Cache<Key, Rendered>,
}

impl Default for Documents {
    fn default() -> Self {
        let weigh = |_: &Key, rendered: &Rendered| {
            u32::try_from(rendered.body.len())
                .unwrap_or(u32::MAX)
                .saturating_add(200)
        };
        Self {
            kept: Cache::builder()
                .max_capacity(KEPT_BYTES_MAX)
                .weigher(weigh)
                .build(),
        }
    }
}

impl Documents {
    /// The document rendered from this value, now or before.
    pub(crate) fn of<T: ?Sized + Send + Sync + 'static>(
        &self,
        key: Key,
        value: &Arc<T>,
        render: impl FnOnce() -> Value,
    ) -> Bytes {
        if let Some(rendered) = self.kept.get(&key)
            && rendered.address == Arc::as_ptr(value).cast::<()>() as usize
            && rendered.at.elapsed() < KEPT
        {
            return rendered.body;
        }
        let body = Bytes::from(render().to_string());
        let address = Arc::as_ptr(value).cast::<()>() as usize;
        let from: Held = Arc::new(Arc::clone(value));
        self.kept.insert(
            key,
            Rendered {
                address,
                _from: from,
                at: Instant::now(),
                body: body.clone(),
            },
        );
        body
    }
}

const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// A JSON answer; the media type has no parameters, as some clients compare it to the letter.
pub(super) fn json_answer(body: Bytes, freshness: Freshness) -> Response {
    let mut response = Response::new(Body::from(body));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, JSON);
    headers.insert(CACHE_STATUS, cache_status(freshness));
    response
}
