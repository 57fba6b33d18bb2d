//! Why nothing came back from an upstream.

use std::sync::Arc;
use std::time::Duration;
use std::{fmt, io};

use atoll_core::kind::ErrorKind;
use http::StatusCode;

use crate::{Refusal, SafeUrl};

/// A request to an upstream that failed. Cheap to clone, so that everybody who waits for one fetch gets it.
#[derive(Clone, Debug, thiserror::Error)]
pub enum FetchError {
    /// Dialling is switched off.
    #[error("not asking {url}: {reason}")]
    Offline {
        /// What would have been asked.
        url: SafeUrl,
        /// Which switch.
        reason: OfflineReason,
    },
    /// The address rules forbid it.
    #[error("refused to dial {url}: {refusal}")]
    Refused {
        /// The address.
        url: SafeUrl,
        /// The rule, and the key that opens it.
        refusal: Box<Refusal>,
    },
    /// No connection: name lookup, TCP or proxy.
    #[error("failed to connect for {url}")]
    Connect {
        /// What was asked.
        url: SafeUrl,
        /// Why.
        #[source]
        source: Arc<reqwest::Error>,
    },
    /// No trust: certificate or protocol.
    #[error(
        "failed to establish TLS for {url} (`ca_file` of upstream {upstream:?} adds an authority to trust)"
    )]
    Tls {
        /// What was asked.
        url: SafeUrl,
        /// Label of the upstream.
        upstream: Arc<str>,
        /// Why.
        #[source]
        source: Arc<reqwest::Error>,
    },
    /// Too slow.
    #[error("gave up on {url} after {} s", .after.as_secs_f32())]
    Timeout {
        /// What was asked.
        url: SafeUrl,
        /// How long we waited.
        after: Duration,
    },
    /// A stream that was on its way and fell silent.
    #[error("the answer from {url} fell silent for {} s", .after.as_secs_f32())]
    Stalled {
        /// What was asked.
        url: SafeUrl,
        /// How long we waited.
        after: Duration,
    },
    /// The connection broke, or the body ended early.
    #[error("the answer from {url} broke off")]
    Interrupted {
        /// What was asked.
        url: SafeUrl,
        /// Why, where there is more to say.
        #[source]
        source: Option<Arc<reqwest::Error>>,
    },
    /// Answered, but not with what we asked for.
    #[error("{url} answered {status}")]
    Status {
        /// What was asked.
        url: SafeUrl,
        /// The answer.
        status: StatusCode,
        /// When upstream wants to be asked again.
        retry_after: Option<Duration>,
    },
    /// More than we take.
    #[error("the answer from {url} is larger than {bytes_max} bytes")]
    TooLarge {
        /// What was asked.
        url: SafeUrl,
        /// The limit.
        bytes_max: u64,
    },
    /// An answer that breaks its protocol.
    #[error("the answer from {url} is not usable: {what}")]
    BadDocument {
        /// What was asked.
        url: SafeUrl,
        /// Field and rule.
        what: Box<str>,
    },
    /// The upstream does not speak the protocol.
    #[error("upstream {upstream:?} offers no {service} service")]
    NotOffered {
        /// Label of the upstream.
        upstream: Arc<str>,
        /// Service id, such as `providers.v1`.
        service: &'static str,
    },
    /// We dialled ourselves.
    #[error(
        "{url} is this very server: give upstream {upstream:?} a `url`, or `resolve = [\"IP\"]`, that leads to the real one"
    )]
    Loop {
        /// What was asked.
        url: SafeUrl,
        /// Label of the upstream.
        upstream: Arc<str>,
    },
}

/// Which switch keeps us from dialling.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OfflineReason {
    /// `offline = true` or `--offline`.
    Server,
    /// `mode = "offline"` of the upstream.
    Upstream,
}

impl fmt::Display for OfflineReason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Server => "this server is offline (`offline = true`)",
            Self::Upstream => "this upstream is offline (`mode = \"offline\"`)",
        })
    }
}

impl FetchError {
    /// What it means to a client of ours.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Offline { .. } => ErrorKind::Unavailable,
            Self::Timeout { .. } | Self::Stalled { .. } => ErrorKind::UpstreamTimeout,
            Self::Status { status, .. } => status_kind(*status),
            Self::NotOffered { .. } => ErrorKind::NotFound,
            Self::Refused { .. }
            | Self::Connect { .. }
            | Self::Tls { .. }
            | Self::Interrupted { .. }
            | Self::TooLarge { .. }
            | Self::BadDocument { .. }
            | Self::Loop { .. } => ErrorKind::UpstreamFailed,
        }
    }

    /// Whether upstream said that there is no such thing.
    pub fn is_not_found(&self) -> bool {
        self.kind() == ErrorKind::NotFound
    }

    /// Whether upstream could not be reached at all, so that it is assumed offline for a while.
    pub fn is_connection_failure(&self) -> bool {
        matches!(
            self,
            Self::Connect { .. } | Self::Tls { .. } | Self::Timeout { .. }
        )
    }

    /// Whether the same request may succeed at once.
    pub(crate) fn is_transient(&self) -> bool {
        match self {
            Self::Connect { .. } | Self::Interrupted { .. } => true,
            Self::Status { status, .. } => {
                *status == StatusCode::TOO_MANY_REQUESTS
                    || (status.is_server_error() && *status != StatusCode::NOT_IMPLEMENTED)
            }
            Self::Offline { .. }
            | Self::Refused { .. }
            | Self::Tls { .. }
            | Self::Timeout { .. }
            | Self::Stalled { .. }
            | Self::TooLarge { .. }
            | Self::BadDocument { .. }
            | Self::NotOffered { .. }
            | Self::Loop { .. } => false,
        }
    }

    /// The outcome in the metrics: few values, no addresses.
    pub(crate) fn outcome(&self) -> &'static str {
        match self {
            Self::Offline { .. } => "offline",
            Self::Refused { .. } => "refused",
            Self::Connect { .. } => "connect",
            Self::Tls { .. } => "tls",
            Self::Timeout { .. } => "timeout",
            Self::Stalled { .. } => "stalled",
            Self::Interrupted { .. } => "interrupted",
            Self::Status { status, .. } => status_outcome(*status),
            Self::TooLarge { .. } => "too_large",
            Self::BadDocument { .. } => "bad_document",
            Self::NotOffered { .. } => "not_offered",
            Self::Loop { .. } => "loop",
        }
    }

    pub(crate) fn bad(url: impl Into<SafeUrl>, what: impl Into<Box<str>>) -> Self {
        Self::BadDocument {
            url: url.into(),
            what: what.into(),
        }
    }

    /// Sorts the client's error into ours.
    pub(crate) fn from_client(
        error: reqwest::Error,
        url: SafeUrl,
        upstream: &Arc<str>,
        connect_timeout: Duration,
    ) -> Self {
        if let Some(refusal) = find_in_chain::<Refusal>(&error) {
            return Self::Refused {
                url,
                refusal: Box::new(refusal.clone()),
            };
        }
        let is_tls = find_in_chain::<rustls::Error>(&error).is_some();
        // The client's message repeats the address with its query, where signed addresses keep their secret.
        let source = Arc::new(error.without_url());
        if is_tls {
            Self::Tls {
                url,
                upstream: Arc::clone(upstream),
                source,
            }
        } else if source.is_timeout() {
            Self::Timeout {
                url,
                after: connect_timeout,
            }
        } else if source.is_connect() {
            Self::Connect { url, source }
        } else {
            Self::Interrupted {
                url,
                source: Some(source),
            }
        }
    }
}

fn status_kind(status: StatusCode) -> ErrorKind {
    match status {
        StatusCode::NOT_FOUND | StatusCode::GONE => ErrorKind::NotFound,
        StatusCode::GATEWAY_TIMEOUT => ErrorKind::UpstreamTimeout,
        // Upstream's 401 and 403 are about our credential, its 429 about our rate: no client can do better.
        _ => ErrorKind::UpstreamFailed,
    }
}

fn status_outcome(status: StatusCode) -> &'static str {
    match status.as_u16() {
        404 | 410 => "not_found",
        401 | 403 => "denied",
        429 => "throttled",
        400..=499 => "status_4xx",
        500..=599 => "status_5xx",
        _ => "status_other",
    }
}

/// Looks for a cause. An `io::Error` hides the error it wraps from `source()`, so it is opened by hand.
fn find_in_chain<'a, E: std::error::Error + 'static>(
    error: &'a (dyn std::error::Error + 'static),
) -> Option<&'a E> {
    if let Some(found) = error.downcast_ref::<E>() {
        return Some(found);
    }
    let wrapped = error
        .downcast_ref::<io::Error>()
        .and_then(io::Error::get_ref);
    if let Some(found) = wrapped.and_then(|inner| find_in_chain::<E>(inner)) {
        return Some(found);
    }
    error.source().and_then(|source| find_in_chain::<E>(source))
}
