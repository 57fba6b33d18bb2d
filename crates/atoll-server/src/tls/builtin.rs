//! The built-in authority and the server certificate that it keeps fresh.

use std::path::Path;
use std::sync::Arc;

use rustls::crypto::CryptoProvider;
use time::OffsetDateTime;
use tracing::{error, info, warn};

use super::error::chain_text;
use super::pair::PemPair;
use super::renewal::{self, Renewal};
use super::served::Served;
use super::store::BuiltinFiles;
use super::{Authority, CertificateNames, TlsError};

/// The built-in authority, its files, and the names that the server certificate is for.
pub(super) struct Builtin {
    pub(super) authority: Authority,
    files: BuiltinFiles,
    names: CertificateNames,
    provider: Arc<CryptoProvider>,
}

impl Builtin {
    /// Opens what is in a directory, or begins it, and issues a server certificate where that is due.
    pub(super) fn open(
        directory: &Path,
        names: CertificateNames,
        provider: Arc<CryptoProvider>,
        now: OffsetDateTime,
    ) -> Result<(Self, Served), TlsError> {
        let files = BuiltinFiles::new(directory);
        let authority = files.open_authority(now)?;
        let builtin = Self {
            authority,
            files,
            names,
            provider,
        };
        let served = match builtin.existing()? {
            None => builtin.issue(Renewal::Missing, now)?,
            Some(old) => match builtin.renew(&old, now) {
                Ok(None) => old,
                Ok(Some((_, served))) => served,
                // Clients that look at no dates can go on, and the others learn what is wrong from us.
                Err(failed @ TlsError::AuthorityNotValid { .. }) => {
                    error!(
                        error = chain_text(&failed),
                        "going on with the old server certificate"
                    );
                    old
                }
                Err(failed) => return Err(failed),
            },
        };
        Ok((builtin, served))
    }

    /// Issues another server certificate if that is due.
    pub(super) fn renew(
        &self,
        served: &Served,
        now: OffsetDateTime,
    ) -> Result<Option<(Renewal, Served)>, TlsError> {
        match renewal::renewal(served, &self.authority, &self.names, &self.provider, now) {
            None => Ok(None),
            Some(reason) => Ok(Some((reason, self.issue(reason, now)?))),
        }
    }

    /// The server certificate on disk; `None` where a new one has to be issued anyway.
    fn existing(&self) -> Result<Option<Served>, TlsError> {
        let Some(pair) = self.files.read_leaf()? else {
            return Ok(None);
        };
        match pair.load(self.files.leaf_paths(), &self.provider) {
            Ok(served) => Ok(Some(served)),
            Err(broken) => {
                warn!(
                    error = chain_text(&broken),
                    "the built-in server certificate is broken"
                );
                Ok(None)
            }
        }
    }

    fn issue(&self, reason: Renewal, now: OffsetDateTime) -> Result<Served, TlsError> {
        let leaf = self.authority.issue(&self.names, now)?;
        let pair = PemPair {
            certificate: leaf.certificate_pem.clone().into_bytes(),
            key: leaf.key_pem.clone().into_bytes(),
        };
        let served = pair.load(self.files.leaf_paths(), &self.provider)?;
        let certificate = served
            .certified
            .end_entity_cert()
            .map_err(TlsError::Setup)?;
        renewal::verify(
            certificate,
            &self.authority,
            &self.names,
            &self.provider,
            now,
        )
        .map_err(|reason| TlsError::AuthorityUnusable {
            path: self.files.authority_certificate.clone(),
            reason,
        })?;
        self.files.write_leaf(&leaf)?;
        let facts = &served.facts;
        info!(%reason, names = %facts.names, until = %facts.not_after, "issued a new server certificate");
        Ok(served)
    }
}
