//! A certificate chain and its key, read from PEM.

use std::path::Path;
use std::sync::Arc;

use rustls::crypto::CryptoProvider;
use rustls::server::ParsedCertificate;
use rustls::sign::CertifiedKey;
use rustls::{Error, InconsistentKeys};
use rustls_pki_types::pem::{self, PemObject};
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

use super::TlsError;
use super::facts::CertificateFacts;
use super::served::Served;

/// What the two files of a certificate hold.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct PemPair {
    pub(super) certificate: Vec<u8>,
    pub(super) key: Vec<u8>,
}

/// Where the two came from, for errors.
#[derive(Clone, Copy)]
pub(super) struct PairPaths<'a> {
    pub(super) certificate: &'a Path,
    pub(super) key: &'a Path,
}

impl PemPair {
    /// Checks that the key belongs to the first certificate and that both can be used.
    pub(super) fn load(
        &self,
        paths: PairPaths<'_>,
        provider: &CryptoProvider,
    ) -> Result<Served, TlsError> {
        let chain = self.chain(paths.certificate)?;
        let facts = Self::facts(&chain, paths.certificate)?;
        let certified = CertifiedKey::from_der(chain, self.private_key(paths.key)?, provider)
            .map_err(|error| self.key_error(error, paths))?;
        Ok(Served {
            certified: Arc::new(certified),
            facts,
        })
    }

    fn chain(&self, path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
        let chain: Vec<_> = CertificateDer::pem_slice_iter(&self.certificate)
            .collect::<Result<_, _>>()
            .map_err(|error| TlsError::Pem {
                path: path.into(),
                reason: error.to_string(),
            })?;
        if chain.is_empty() {
            return Err(TlsError::NoCertificate { path: path.into() });
        }
        Ok(chain)
    }

    /// Every certificate of the chain must be one; the first one's facts are wanted.
    fn facts(chain: &[CertificateDer<'static>], path: &Path) -> Result<CertificateFacts, TlsError> {
        let mut first = None;
        for (index, certificate) in chain.iter().enumerate() {
            let facts = ParsedCertificate::try_from(certificate)
                .ok()
                .and_then(|_| CertificateFacts::read(certificate))
                .ok_or_else(|| TlsError::BadCertificate {
                    path: path.into(),
                    position: index + 1,
                })?;
            first.get_or_insert(facts);
        }
        first.ok_or_else(|| TlsError::NoCertificate { path: path.into() })
    }

    fn private_key(&self, path: &Path) -> Result<PrivateKeyDer<'static>, TlsError> {
        match PrivateKeyDer::from_pem_slice(&self.key) {
            Ok(key) => Ok(key),
            Err(pem::Error::NoItemsFound) if is_encrypted(&self.key) => {
                Err(TlsError::EncryptedKey { path: path.into() })
            }
            Err(pem::Error::NoItemsFound) => Err(TlsError::NoKey { path: path.into() }),
            // An old-style encrypted key has headers inside, which look like broken base64.
            Err(_) if is_encrypted(&self.key) => Err(TlsError::EncryptedKey { path: path.into() }),
            Err(error) => Err(TlsError::Pem {
                path: path.into(),
                reason: error.to_string(),
            }),
        }
    }

    fn key_error(&self, error: Error, paths: PairPaths<'_>) -> TlsError {
        match error {
            Error::InconsistentKeys(InconsistentKeys::KeyMismatch) => TlsError::KeyMismatch {
                certificate: paths.certificate.into(),
                key: paths.key.into(),
                hint: self.mismatch_hint(),
            },
            error => TlsError::BadKey {
                path: paths.key.into(),
                reason: error.to_string(),
            },
        }
    }

    /// A chain in the wrong order is the common mistake.
    fn mismatch_hint(&self) -> &'static str {
        let count = CertificateDer::pem_slice_iter(&self.certificate)
            .flatten()
            .count();
        if count > 1 {
            "; the server's own certificate comes first, then its issuers"
        } else {
            ""
        }
    }
}

fn is_encrypted(key: &[u8]) -> bool {
    let text = String::from_utf8_lossy(key);
    text.contains("BEGIN ENCRYPTED PRIVATE KEY") || text.contains("Proc-Type: 4,ENCRYPTED")
}
