//! What the server proves itself with, and how that stays fresh.

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rustls::ServerConfig;
use rustls::client::verify_server_name;
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::server::ParsedCertificate;
use rustls::version::{TLS12, TLS13};
use time::OffsetDateTime;
use tokio_util::sync::CancellationToken;
use tracing::error;

use super::builtin::Builtin;
use super::error::chain_text;
use super::files::{OwnFiles, Reread};
use super::renewal::Renewal;
use super::served::{CurrentCertificate, Served};
use super::{CertificateFacts, CertificateName, CertificateNames, TlsError};

/// How often files of the operator are looked at.
const FILES_POLL: Duration = Duration::from_secs(10);
/// How often the built-in certificate is looked at. A day would do, but a sleeping machine's timers stand still.
const BUILTIN_POLL: Duration = Duration::from_hours(1);
const SECONDS_PER_DAY: i64 = 24 * 60 * 60;

/// The server's certificate, wherever it comes from.
pub struct TlsIdentity {
    current: Arc<CurrentCertificate>,
    source: Source,
    server_config: Arc<ServerConfig>,
}

enum Source {
    Builtin(Box<Builtin>),
    Files(OwnFiles),
}

/// What a check found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Checked {
    /// Nothing to do.
    Unchanged,
    /// A certificate was issued, for this reason, and is in use.
    Issued(Renewal),
    /// The files had changed, and what they hold now is in use.
    Reloaded,
    /// The files can't be used and were complained about before; the old certificate stays in use.
    StillBroken,
}

impl TlsIdentity {
    /// A certificate from the built-in authority in `directory`, both made where they are missing.
    ///
    /// Whoever calls this holds the lock of the data directory.
    pub fn builtin(
        directory: &Path,
        names: CertificateNames,
        now: OffsetDateTime,
    ) -> Result<Self, TlsError> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let (builtin, served) = Builtin::open(directory, names, Arc::clone(&provider), now)?;
        Self::new(served, Source::Builtin(Box::new(builtin)), provider)
    }

    /// A certificate chain and key that the operator keeps.
    pub fn files(certificate: &Path, key: &Path, now: OffsetDateTime) -> Result<Self, TlsError> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let (files, served) = OwnFiles::open(certificate, key, Arc::clone(&provider), now)?;
        Self::new(served, Source::Files(files), provider)
    }

    fn new(
        served: Served,
        source: Source,
        provider: Arc<CryptoProvider>,
    ) -> Result<Self, TlsError> {
        let current = Arc::new(CurrentCertificate::new(served));
        let mut server_config = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&TLS13, &TLS12])
            .map_err(TlsError::Setup)?
            .with_no_client_auth()
            .with_cert_resolver(Arc::clone(&current) as Arc<_>);
        server_config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        server_config.ticketer = aws_lc_rs::Ticketer::new().map_err(TlsError::Setup)?;
        Ok(Self {
            current,
            source,
            server_config: Arc::new(server_config),
        })
    }

    /// What a listener accepts connections with. It follows every swap.
    pub fn server_config(&self) -> Arc<ServerConfig> {
        Arc::clone(&self.server_config)
    }

    /// The certificate of the built-in authority, where it is in use.
    pub fn ca_pem(&self) -> Option<&str> {
        match &self.source {
            Source::Builtin(builtin) => Some(builtin.authority.certificate_pem()),
            Source::Files(_) => None,
        }
    }

    /// What the certificate in use says.
    pub fn facts(&self) -> CertificateFacts {
        self.current.get().facts.clone()
    }

    /// Whole days until the certificate in use ends; below zero once it has.
    pub fn days_left(&self, now: OffsetDateTime) -> i64 {
        (self.current.get().facts.not_after - now)
            .whole_seconds()
            .div_euclid(SECONDS_PER_DAY)
    }

    /// Whether clients accept the certificate in use under this name.
    pub fn covers(&self, name: &CertificateName) -> bool {
        let served = self.current.get();
        let Ok(certificate) = served.certified.end_entity_cert() else {
            return false;
        };
        let Ok(certificate) = ParsedCertificate::try_from(certificate) else {
            return false;
        };
        name.server_name()
            .is_some_and(|name| verify_server_name(&certificate, &name).is_ok())
    }

    /// Renews or reloads the certificate where that is due. Blocks on files.
    pub fn check(&self, now: OffsetDateTime) -> Result<Checked, TlsError> {
        match &self.source {
            Source::Builtin(builtin) => match builtin.renew(&self.current.get(), now)? {
                None => Ok(Checked::Unchanged),
                Some((reason, served)) => {
                    self.current.swap(served);
                    Ok(Checked::Issued(reason))
                }
            },
            Source::Files(files) => match files.reread(now)? {
                Reread::Unchanged => Ok(Checked::Unchanged),
                Reread::StillBroken => Ok(Checked::StillBroken),
                Reread::New(served) => {
                    self.current.swap(served);
                    Ok(Checked::Reloaded)
                }
            },
        }
    }

    /// Keeps the certificate fresh until it is told to stop.
    pub async fn watch(self: Arc<Self>, stop: CancellationToken) {
        let pause = match self.source {
            Source::Builtin(_) => BUILTIN_POLL,
            Source::Files(_) => FILES_POLL,
        };
        self.watch_every(pause, stop).await;
    }

    pub(super) async fn watch_every(self: Arc<Self>, pause: Duration, stop: CancellationToken) {
        while stop
            .run_until_cancelled(tokio::time::sleep(pause))
            .await
            .is_some()
        {
            let this = Arc::clone(&self);
            let check = move || this.check(OffsetDateTime::now_utc());
            let checked = tokio::task::spawn_blocking(check).await;
            if let Err(failed) = checked.unwrap_or(Err(TlsError::Interrupted)) {
                error!(
                    error = chain_text(&failed),
                    "going on with the old server certificate"
                );
            }
        }
    }
}

impl fmt::Debug for TlsIdentity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("TlsIdentity")
            .field("current", &self.current)
            .finish_non_exhaustive()
    }
}
