//! What the server proves itself with.

use anyhow::Context as _;
use atoll_server::tls::TlsIdentity;
use time::OffsetDateTime;

use crate::config::{Settings, TlsSettings};

/// Reads or makes the certificate; nothing where the server speaks plain HTTP.
pub(super) fn load(settings: &Settings) -> anyhow::Result<Option<TlsIdentity>> {
    let now = OffsetDateTime::now_utc();
    match &settings.server.tls {
        TlsSettings::Off => Ok(None),
        TlsSettings::Builtin => {
            let identity = TlsIdentity::builtin(
                &settings.tls_dir(),
                settings.server.certificate_names(),
                now,
            );
            identity
                .context("failed to prepare the built-in certificate")
                .map(Some)
        }
        TlsSettings::Files { certificate, key } => TlsIdentity::files(certificate, key, now)
            .context("failed to prepare the configured certificate")
            .map(Some),
    }
}
