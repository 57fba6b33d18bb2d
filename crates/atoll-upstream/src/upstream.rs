//! One upstream, as everything above sees it.

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use http::header::{HeaderValue, RANGE};
use http::{HeaderMap, StatusCode, header};
use metrics::counter;
use tokio::time::timeout;
use url::Url;

use crate::address::AddressRules;
use crate::clients::Clients;
use crate::document::read_document;
use crate::download::ContentRange;
use crate::exchange::Answered;
use crate::retry::with_one_retry;
use crate::source::GitSettings;
use crate::{
    Ask, Document, DocumentLimits, Download, FetchError, OfflineReason, Protocol, SafeUrl, Timeouts,
};

/// One upstream: a door with this upstream's key. Cheap to clone; clones share connections.
///
/// # Cancellation
///
/// Dropping any of its futures closes the request; nothing is left behind.
#[derive(Clone)]
pub struct Upstream {
    inner: Arc<Inner>,
    is_anonymous: bool,
}

pub(crate) struct Inner {
    pub(crate) label: Arc<str>,
    pub(crate) url: Url,
    pub(crate) protocol: Protocol,
    pub(crate) rules: AddressRules,
    pub(crate) credential: Option<HeaderValue>,
    /// Offline there is nothing to dial with.
    pub(crate) clients: Result<Clients, OfflineReason>,
    pub(crate) via: HeaderValue,
    pub(crate) timeouts: Timeouts,
    /// What runs of git need.
    pub(crate) git: GitSettings,
}

/// How long a size may take to learn, redirects included.
const SIZE_TIMEOUT: Duration = Duration::from_secs(10);

impl Upstream {
    pub(crate) fn from_inner(inner: Inner) -> Self {
        Self {
            inner: Arc::new(inner),
            is_anonymous: false,
        }
    }

    /// The same upstream without its credential and its key: for what another host than its own says to ask.
    #[must_use]
    pub fn without_credential(&self) -> Self {
        Self {
            inner: Arc::clone(&self.inner),
            is_anonymous: true,
        }
    }

    pub(crate) fn is_anonymous(&self) -> bool {
        self.is_anonymous
    }

    /// What may be shown to the own host, and to no other.
    pub(crate) fn credential(&self) -> Option<&HeaderValue> {
        let credential = self.inner.credential.as_ref();
        credential.filter(|_| !self.is_anonymous)
    }

    /// The label of its block.
    pub fn label(&self) -> &str {
        &self.inner.label
    }

    pub(crate) fn shared_label(&self) -> Arc<str> {
        Arc::clone(&self.inner.label)
    }

    /// The address the operator wrote.
    pub fn url(&self) -> &Url {
        &self.inner.url
    }

    /// What it speaks.
    pub fn protocol(&self) -> Protocol {
        self.inner.protocol
    }

    /// Whether it is never dialled.
    pub fn is_offline(&self) -> bool {
        self.inner.clients.is_err()
    }

    pub(crate) fn inner(&self) -> &Inner {
        &self.inner
    }

    /// Fetches a small document whole. A status other than 2xx and 304 is an error.
    pub async fn document(
        &self,
        url: &Url,
        limits: DocumentLimits,
    ) -> Result<Document, FetchError> {
        self.document_for(&Ask::get(url.clone()), limits).await
    }

    /// Fetches a small document whole, with headers of one's own. The time limit holds for everything: redirects,
    /// the body, and one more try after a transient failure.
    pub async fn document_for(
        &self,
        ask: &Ask,
        limits: DocumentLimits,
    ) -> Result<Document, FetchError> {
        self.limited(&ask.url, limits.timeout, async {
            let attempt = || async {
                let answered = self.exchange(ask).await?;
                self.check_status(&answered.url, &answered.response)?;
                read_document(self, answered, limits.bytes_max).await
            };
            with_one_retry(attempt).await
        })
        .await
    }

    /// Learns the size of a file without fetching it: by HEAD, or by asking for its first byte. `None` where
    /// upstream does not say.
    pub async fn size_of(&self, url: &Url) -> Result<Option<u64>, FetchError> {
        self.limited(url, SIZE_TIMEOUT, with_one_retry(|| self.ask_size(url)))
            .await
    }

    async fn ask_size(&self, url: &Url) -> Result<Option<u64>, FetchError> {
        let mut head = Ask::head(url.clone());
        raw(&mut head.headers);
        let response = self.exchange(&head).await?.response;
        // An empty archive is no archive: a zero here is a server that does not know.
        let announced = content_length(response.headers()).filter(|length| *length > 0);
        if response.status().is_success() && announced.is_some() {
            return Ok(announced);
        }
        let mut get = Ask::get(url.clone());
        raw(&mut get.headers);
        get.headers
            .insert(RANGE, HeaderValue::from_static("bytes=0-0"));
        let Answered { url, response, .. } = self.exchange(&get).await?;
        if response.status() == StatusCode::RANGE_NOT_SATISFIABLE {
            return Ok(ContentRange::parse(response.headers()).and_then(|range| range.total));
        }
        self.check_status(&url, &response)?;
        if response.status() == StatusCode::PARTIAL_CONTENT {
            return Ok(ContentRange::parse(response.headers()).and_then(|range| range.total));
        }
        Ok(content_length(response.headers()))
    }

    /// Opens a file for streaming, from an offset. An upstream that ignores ranges starts again at its beginning:
    /// the caller compares [`Download::offset`] with what it asked for.
    ///
    /// Only the way to the first byte has a time limit as a whole; the body has one between two pieces.
    pub async fn open(&self, url: &Url, offset: u64) -> Result<Download, FetchError> {
        self.open_for(Ask::get(url.clone()), offset).await
    }

    pub(crate) async fn open_for(&self, mut ask: Ask, offset: u64) -> Result<Download, FetchError> {
        raw(&mut ask.headers);
        if offset > 0 {
            // The value is digits, so this never fails; if it did, the answer would start at 0 and say so.
            if let Ok(range) = HeaderValue::try_from(format!("bytes={offset}-")) {
                ask.headers.insert(RANGE, range);
            }
        }
        let attempt = || async {
            let answered = self.exchange(&ask).await?;
            self.check_status(&answered.url, &answered.response)?;
            Download::begin(self.clone(), answered, offset)
        };
        self.limited(
            &ask.url,
            self.inner.timeouts.stream_headers,
            with_one_retry(attempt),
        )
        .await
    }

    /// Gives a whole call its time limit, and counts how it went.
    pub(crate) async fn limited<T>(
        &self,
        url: &Url,
        after: Duration,
        work: impl Future<Output = Result<T, FetchError>>,
    ) -> Result<T, FetchError> {
        let result = timeout(after, work).await.unwrap_or_else(|_| {
            Err(FetchError::Timeout {
                url: url.into(),
                after,
            })
        });
        let outcome = result.as_ref().map_or_else(FetchError::outcome, |_| "ok");
        counter!(
            "atoll_upstream_requests_total",
            "upstream" => self.inner.label.to_string(),
            "outcome" => outcome,
        )
        .increment(1);
        result
    }

    pub(crate) fn check_status(
        &self,
        url: &Url,
        response: &reqwest::Response,
    ) -> Result<(), FetchError> {
        let status = response.status();
        if status.is_success() || status == StatusCode::NOT_MODIFIED {
            return Ok(());
        }
        if status == StatusCode::LOOP_DETECTED {
            return Err(FetchError::Loop {
                url: url.into(),
                upstream: self.shared_label(),
            });
        }
        let retry_after = crate::retry::retry_after(response.headers());
        Err(FetchError::Status {
            url: SafeUrl::from(url),
            status,
            retry_after,
        })
    }
}

/// Asks for the stored bytes: nothing may be packed on the way.
fn raw(headers: &mut HeaderMap) {
    headers.insert(
        header::ACCEPT_ENCODING,
        HeaderValue::from_static("identity"),
    );
}

pub(crate) fn content_length(headers: &HeaderMap) -> Option<u64> {
    headers
        .get(header::CONTENT_LENGTH)?
        .to_str()
        .ok()?
        .parse()
        .ok()
}

impl fmt::Debug for Upstream {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Upstream")
            .field("label", &self.inner.label)
            .field("url", &SafeUrl::from(&self.inner.url))
            .field("offline", &self.inner.clients.as_ref().err())
            .finish_non_exhaustive()
    }
}
