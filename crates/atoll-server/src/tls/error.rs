//! Why a certificate can't be loaded, made or kept.

use std::io;
use std::path::PathBuf;

use time::OffsetDateTime;

/// A certificate, key or authority that can't be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file can't be read.
    #[error("failed to read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A file can't be written.
    #[error("failed to write {}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A file that is too big to be a certificate or key.
    #[error("{} is larger than {limit_bytes} bytes: not a certificate or key", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// What we read at most.
        limit_bytes: u64,
    },
    /// A file with broken PEM.
    #[error("{} is not readable as PEM: {reason}", path.display())]
    Pem {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A file without a certificate.
    #[error("{} holds no PEM certificate", path.display())]
    NoCertificate {
        /// The file.
        path: PathBuf,
    },
    /// A PEM block that is no X.509 certificate.
    #[error("certificate {} of {} is not an X.509 certificate", position, path.display())]
    BadCertificate {
        /// The file.
        path: PathBuf,
        /// Which one, from 1.
        position: usize,
    },
    /// A file without a private key.
    #[error("{} holds no PEM private key (PKCS #8, SEC 1 or PKCS #1)", path.display())]
    NoKey {
        /// The file.
        path: PathBuf,
    },
    /// A key behind a passphrase.
    #[error("the private key in {} is encrypted: store it without a passphrase", path.display())]
    EncryptedKey {
        /// The file.
        path: PathBuf,
    },
    /// A key that we can't use.
    #[error("the private key in {} can't be used: {reason}", path.display())]
    BadKey {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A certificate and a key that don't belong together.
    #[error("the private key in {} does not belong to the first certificate in {}{hint}", key.display(), certificate.display())]
    KeyMismatch {
        /// The certificate's file.
        certificate: PathBuf,
        /// The key's file.
        key: PathBuf,
        /// What may help.
        hint: &'static str,
    },
    /// Half of the built-in authority is gone.
    #[error("{} is there but {} is missing: restore it, or remove both to begin with a new authority that every client must trust again", present.display(), missing.display())]
    HalfAuthority {
        /// What is there.
        present: PathBuf,
        /// What isn't.
        missing: PathBuf,
    },
    /// The built-in authority is not valid now.
    #[error(
        "the built-in authority is only valid from {from} to {until}, and the clock says {now}"
    )]
    AuthorityNotValid {
        /// First moment.
        from: OffsetDateTime,
        /// Last moment.
        until: OffsetDateTime,
        /// What the clock says.
        now: OffsetDateTime,
    },
    /// A certificate dated by this clock would never be valid.
    #[error("the clock says {now}, which can't be: set it before certificates are made")]
    Clock {
        /// What the clock says.
        now: OffsetDateTime,
    },
    /// No certificate could be made.
    #[error("failed to make {what}")]
    Issue {
        /// What was to be made.
        what: &'static str,
        /// Why.
        #[source]
        source: rcgen::Error,
    },
    /// What the authority issues does not verify against its own certificate.
    #[error("the authority in {} can't issue certificates that clients accept: {reason}", path.display())]
    AuthorityUnusable {
        /// The authority's certificate.
        path: PathBuf,
        /// What a client says.
        reason: String,
    },
    /// The TLS library refuses the settings.
    #[error("failed to set up TLS")]
    Setup(#[source] rustls::Error),
    /// The task that was reading the files died.
    #[error("the certificate check was interrupted")]
    Interrupted,
}

/// An error with its causes, in one line.
pub(super) fn chain_text(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}
