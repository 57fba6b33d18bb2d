//! Why a mirror has no answer.

use std::sync::Arc;

use atoll_blobs::BlobError as BlobStoreError;
use atoll_core::address::Hostname;
use atoll_core::digest::Digest;
use atoll_core::kind::ErrorKind;
use atoll_core::openpgp::KeyId;
use atoll_core::proof::Proof;
use atoll_core::time_micros::Micros;
use atoll_db::DbError;
use atoll_upstream::FetchError;
use atoll_upstream::source::SourceError;

use super::answers::ServedFrom;
use super::policy::Denial;
use crate::failure::Failure;
use crate::registry::{ManifestPushError, UploadError};
use crate::tasks::TaskFailed;

/// Something could not be had from a mirror. Cheap to clone, because everybody who waits for one fetch gets its error.
#[derive(Clone, Debug, thiserror::Error)]
pub enum MirrorError {
    /// No upstream has that name.
    #[error(
        "nothing is mirrored from {0} here: the configuration has no `upstream \"terraform\" \"{0}\"`"
    )]
    UnknownHost(Hostname),
    /// The policy forbids it.
    #[error("{what} is not permitted here: {denial}")]
    NotPermitted {
        /// A provider, with or without a version.
        what: Box<str>,
        /// Which rule.
        denial: Denial,
    },
    /// It would have to be fetched, for which one needs a token.
    #[error(
        "{what} is not here yet, and only a token may fetch it from {hostname} (`anonymous = \"fetch\"` opens it to everybody)"
    )]
    NeedsToken {
        /// What was asked for.
        what: Box<str>,
        /// The upstream.
        hostname: Hostname,
    },
    /// Neither upstream nor the store has it.
    #[error("{hostname} has no {what}")]
    NotFound {
        /// What was asked for.
        what: Box<str>,
        /// The upstream.
        hostname: Hostname,
    },
    /// It was deleted here.
    #[error(
        "{what} was deleted here, and is not fetched again: what an administrator deletes of {hostname} stays deleted until `atoll module undelete` brings the same package back"
    )]
    Deleted {
        /// What was asked for.
        what: Box<str>,
        /// The upstream.
        hostname: Hostname,
    },
    /// It was deleted here, and does not come back as it was.
    #[error("{what} stays deleted: {how}")]
    OtherBytes {
        /// The version.
        what: Box<str>,
        /// What differs.
        how: Box<str>,
    },
    /// The operator took the upstream out of service.
    #[error("{what} is not served: `blacked_out` is set for {hostname}")]
    BlackedOut {
        /// What was asked for.
        what: Box<str>,
        /// The upstream.
        hostname: Hostname,
    },
    /// It is not here, and upstream is never asked.
    #[error("{what} is not here, and {why}")]
    Offline {
        /// What is missing.
        what: Box<str>,
        /// Why it is not fetched.
        why: Box<str>,
    },
    /// It is not here, and upstream is left alone for a while because it could not be reached.
    #[error(
        "{what} is not here, and {hostname} could not be reached and is assumed offline until {until}"
    )]
    AssumedOffline {
        /// What is missing.
        what: Box<str>,
        /// The upstream.
        hostname: Hostname,
        /// When it is asked again.
        until: Micros,
    },
    /// Upstream did not give it.
    #[error("failed to fetch {what}")]
    Upstream {
        /// What was to be fetched.
        what: Box<str>,
        /// What went wrong.
        #[source]
        source: Box<FetchError>,
    },
    /// What its registry points to did not give it.
    #[error("failed to fetch {what}")]
    Source {
        /// What was to be fetched.
        what: Box<str>,
        /// What went wrong.
        #[source]
        source: Arc<SourceError>,
    },
    /// Upstream's documents contradict each other.
    #[error("what {hostname} says about {what} does not fit together: {how}; nothing was kept")]
    Inconsistent {
        /// The version.
        what: Box<str>,
        /// The upstream.
        hostname: Hostname,
        /// Where they differ.
        how: Box<str>,
    },
    /// The signature does not vouch for the sums.
    #[error("the signature of {what} is refused: {why}; nothing was kept")]
    SignatureRefused {
        /// The version.
        what: Box<str>,
        /// What is wrong with it.
        why: Box<str>,
    },
    /// The version is known by less than `require_proof` asks for.
    #[error("{what} is {proof}, and `require_proof` asks for {required}")]
    ProofTooWeak {
        /// The version.
        what: Box<str>,
        /// How it is known.
        proof: Proof,
        /// What the operator wants.
        required: Proof,
    },
    /// The namespace is signed by somebody new.
    #[error("{what} is {}, and `pin_keys` takes no other for namespace {namespace}; nothing was kept", signed_by(.key.as_ref()))]
    KeyNotPinned {
        /// The version.
        what: Box<str>,
        /// Its namespace.
        namespace: Box<str>,
        /// The new key; none where it is not signed at all any more.
        key: Option<KeyId>,
    },
    /// Upstream says other bytes than it did when the version was captured.
    #[error(
        "upstream now gives {actual} for {what}, which was captured as {captured}; what was captured stays"
    )]
    DigestConflict {
        /// The package.
        what: Box<str>,
        /// What was captured.
        captured: Digest,
        /// What upstream says now.
        actual: Digest,
    },
    /// The disk is nearly full.
    #[error("{what} is not fetched: the disk has less than `min_free` left")]
    LowDisk {
        /// What was asked for.
        what: Box<str>,
    },
    /// The upstream has used up its share.
    #[error(
        "{what} is not fetched: what is held from {hostname} has reached `max_bytes`, {bytes_max} bytes"
    )]
    OverLimit {
        /// What was asked for.
        what: Box<str>,
        /// The upstream.
        hostname: Hostname,
        /// The limit.
        bytes_max: u64,
    },
    /// One client asks for too much that is not here.
    #[error("too many packages that are not here yet were asked for; slow down and ask again")]
    TooManyMisses,
    /// Upstream takes longer than clients wait. The work goes on.
    #[error("{what} is still being fetched from {hostname}; ask again in a moment")]
    TooSlow {
        /// What was asked for.
        what: Box<str>,
        /// The upstream.
        hostname: Hostname,
    },
    /// The bytes came to an end before they were whole.
    #[error("failed to fetch the bytes of {digest}: {why}")]
    Fill {
        /// The blob.
        digest: Digest,
        /// What went wrong, in words.
        why: Box<str>,
    },
    /// The store did not take it.
    #[error("failed to store what was fetched")]
    Apply(#[source] Arc<ManifestPushError>),
    /// The store did not take the bytes.
    #[error("failed to store what was fetched")]
    Stage(#[source] Arc<UploadError>),
    /// Our own parts failed.
    #[error("the mirror failed")]
    Store(#[source] Arc<Failure>),
}

/// How long a client waits before it asks again for what may pass, in seconds. Short also where it takes longer: clients sleep
/// for as long as they are told.
pub const RETRY_AFTER_SECS: u32 = 2;

impl MirrorError {
    /// What kind of failure this is.
    pub fn kind(&self) -> ErrorKind {
        match self {
            // A client may look elsewhere: upstream has no such thing, or the operator wants nothing of it from here, be it that
            // it takes no part (`blacked_out`) or that it is never asked (`offline`).
            Self::UnknownHost(_)
            | Self::NotFound { .. }
            | Self::BlackedOut { .. }
            | Self::Offline { .. } => ErrorKind::NotFound,
            // Not 404: a client would go and look elsewhere for what its operator forbade.
            Self::NotPermitted { .. } | Self::ProofTooWeak { .. } | Self::Deleted { .. } => {
                ErrorKind::Forbidden
            }
            Self::NeedsToken { .. } => ErrorKind::Unauthenticated,
            Self::Upstream { source, .. } => source.kind(),
            Self::Source { source, .. } => match source.kind() {
                // The registry has the version: what its package lacks is upstream's fault, and not missing here.
                ErrorKind::NotFound | ErrorKind::Unauthenticated | ErrorKind::Invalid => {
                    ErrorKind::UpstreamFailed
                }
                kind => kind,
            },
            Self::Inconsistent { .. }
            | Self::SignatureRefused { .. }
            | Self::KeyNotPinned { .. }
            | Self::DigestConflict { .. }
            | Self::OtherBytes { .. }
            | Self::Fill { .. } => ErrorKind::UpstreamFailed,
            Self::LowDisk { .. } | Self::OverLimit { .. } => ErrorKind::StorageFull,
            Self::TooManyMisses => ErrorKind::TooManyRequests,
            // Nor for what is only out of reach: an outage must not decide where packages come from.
            Self::TooSlow { .. } | Self::AssumedOffline { .. } => ErrorKind::UpstreamAway,
            Self::Apply(error) => match error.kind() {
                kind @ (ErrorKind::Internal | ErrorKind::Unavailable | ErrorKind::StorageFull) => {
                    kind
                }
                // What is wrong with the content came from upstream: the client sent none.
                _ => ErrorKind::UpstreamFailed,
            },
            Self::Stage(error) => error.kind(),
            Self::Store(failure) => failure.kind(),
        }
    }

    /// When it is worth to ask again, in seconds.
    pub fn retry_after_secs(&self) -> Option<u32> {
        let may_pass = matches!(
            self,
            Self::TooSlow { .. } | Self::TooManyMisses | Self::AssumedOffline { .. }
        );
        may_pass.then_some(RETRY_AFTER_SECS)
    }

    /// Whether the answer may be given from what is held instead.
    pub(super) fn is_upstreams_fault(&self) -> bool {
        matches!(
            self,
            Self::Upstream { .. }
                | Self::Source { .. }
                | Self::TooSlow { .. }
                | Self::Offline { .. }
                | Self::AssumedOffline { .. }
                | Self::NotFound { .. }
                | Self::NeedsToken { .. }
        )
    }

    /// Where an answer comes from when this keeps upstream from being asked.
    pub(super) fn served_from(&self) -> ServedFrom {
        match self {
            Self::Offline { .. } | Self::AssumedOffline { .. } => ServedFrom::Offline,
            _ => ServedFrom::Hit,
        }
    }

    pub(super) fn source(what: &str, source: SourceError) -> Self {
        Self::Source {
            what: what.into(),
            source: Arc::new(source),
        }
    }

    pub(super) fn upstream(what: &str, source: FetchError) -> Self {
        Self::Upstream {
            what: what.into(),
            source: Box::new(source),
        }
    }
}

impl From<Failure> for MirrorError {
    fn from(failure: Failure) -> Self {
        Self::Store(Arc::new(failure))
    }
}

impl From<ManifestPushError> for MirrorError {
    fn from(error: ManifestPushError) -> Self {
        match error {
            ManifestPushError::Failed(failure) => Self::Store(Arc::new(failure)),
            error => Self::Apply(Arc::new(error)),
        }
    }
}

impl From<UploadError> for MirrorError {
    fn from(error: UploadError) -> Self {
        match error {
            UploadError::Failed(failure) => Self::Store(Arc::new(failure)),
            error => Self::Stage(Arc::new(error)),
        }
    }
}

/// The writer of a fill says what went wrong: bytes that don't match are upstream's fault, all else is ours.
impl From<BlobStoreError> for MirrorError {
    fn from(error: BlobStoreError) -> Self {
        match (&error, error.kind()) {
            (BlobStoreError::FillFailed { digest, source }, ErrorKind::UpstreamFailed) => {
                Self::Fill {
                    digest: digest.clone(),
                    why: source.to_string().into(),
                }
            }
            _ => Self::Store(Arc::new(error.into())),
        }
    }
}

impl From<DbError> for MirrorError {
    fn from(error: DbError) -> Self {
        Failure::from(error).into()
    }
}

impl From<TaskFailed> for MirrorError {
    fn from(error: TaskFailed) -> Self {
        Failure::from(error).into()
    }
}

fn signed_by(key: Option<&KeyId>) -> String {
    key.map_or_else(
        || "not signed".to_owned(),
        |key| format!("signed by key {key}"),
    )
}
