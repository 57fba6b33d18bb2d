//! A certificate and a key that the operator keeps in files.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use rustls::crypto::CryptoProvider;
use time::OffsetDateTime;
use tracing::{info, warn};

use super::error::chain_text;
use super::facts::CertificateFacts;
use super::pair::{PairPaths, PemPair};
use super::served::Served;
use super::{TlsError, store};

/// The two files, and what was last read from them.
pub(super) struct OwnFiles {
    certificate: PathBuf,
    key: PathBuf,
    provider: Arc<CryptoProvider>,
    seen: Mutex<Seen>,
}

/// What was last read from the files.
struct Seen {
    /// What is in use.
    pair: PemPair,
    /// The last complaint, which is not repeated.
    complaint: Option<String>,
}

/// What reading the files again gave.
pub(super) enum Reread {
    /// What is in use already.
    Unchanged,
    /// Something new.
    New(Served),
    /// What was complained about before.
    StillBroken,
}

impl OwnFiles {
    pub(super) fn open(
        certificate: &Path,
        key: &Path,
        provider: Arc<CryptoProvider>,
        now: OffsetDateTime,
    ) -> Result<(Self, Served), TlsError> {
        let paths = PairPaths { certificate, key };
        let pair = read(paths)?;
        let served = pair.load(paths, &provider)?;
        warn_about_dates(&served.facts, now);
        let (certificate, key) = (certificate.to_owned(), key.to_owned());
        let seen = Mutex::new(Seen {
            pair,
            complaint: None,
        });
        Ok((
            Self {
                certificate,
                key,
                provider,
                seen,
            },
            served,
        ))
    }

    /// Reads the files again. An error that stays is reported once.
    ///
    /// The contents are compared, not the dates: they are small, and dates lie where files are links that are switched.
    pub(super) fn reread(&self, now: OffsetDateTime) -> Result<Reread, TlsError> {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let paths = PairPaths {
            certificate: &self.certificate,
            key: &self.key,
        };
        let loaded = match read(paths) {
            Ok(pair) if pair == seen.pair => {
                seen.complaint = None;
                return Ok(Reread::Unchanged);
            }
            Ok(pair) => pair
                .load(paths, &self.provider)
                .map(|served| (pair, served)),
            Err(error) => Err(error),
        };
        match loaded {
            Ok((pair, served)) => {
                let facts = &served.facts;
                warn_about_dates(facts, now);
                info!(names = %facts.names, until = %facts.not_after, "reloaded the server certificate");
                *seen = Seen {
                    pair,
                    complaint: None,
                };
                Ok(Reread::New(served))
            }
            Err(error) => {
                let complaint = chain_text(&error);
                if seen.complaint.as_ref() == Some(&complaint) {
                    return Ok(Reread::StillBroken);
                }
                seen.complaint = Some(complaint);
                Err(error)
            }
        }
    }
}

fn read(paths: PairPaths<'_>) -> Result<PemPair, TlsError> {
    Ok(PemPair {
        certificate: existing(paths.certificate)?,
        key: existing(paths.key)?,
    })
}

fn existing(path: &Path) -> Result<Vec<u8>, TlsError> {
    store::read(path)?.ok_or_else(|| TlsError::Read {
        path: path.into(),
        source: io::ErrorKind::NotFound.into(),
    })
}

fn warn_about_dates(facts: &CertificateFacts, now: OffsetDateTime) {
    if now > facts.not_after {
        warn!(until = %facts.not_after, "the server certificate has expired: clients will refuse it");
    } else if now < facts.not_before {
        warn!(from = %facts.not_before, "the server certificate is not valid yet: clients will refuse it");
    }
}
