//! Whom we trust: the system's certificate authorities, and an upstream's `ca_file`.

use std::sync::{Arc, OnceLock};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};

use crate::UpstreamSettingsError;

/// The system's authorities. Reading them takes a while, so it is done once, when they are needed first.
#[derive(Clone, Default)]
pub(crate) struct SystemRoots {
    loaded: Arc<OnceLock<RootCertStore>>,
}

impl SystemRoots {
    fn get(&self) -> RootCertStore {
        self.loaded.get_or_init(load).clone()
    }
}

fn load() -> RootCertStore {
    let found = rustls_native_certs::load_native_certs();
    let mut roots = RootCertStore::empty();
    let (added, ignored) = roots.add_parsable_certificates(found.certs);
    tracing::debug!(
        added,
        ignored,
        "loaded the system's certificate authorities"
    );
    for error in found.errors {
        tracing::warn!(error = %error, "failed to load some of the system's certificate authorities");
    }
    if roots.is_empty() {
        // A container may have none at all; plain http and a `ca_file` still work then.
        tracing::warn!("the system has no certificate authorities, trusting `ca_file` alone");
    }
    roots
}

/// The system's authorities and more, as PEM for programs that read files.
pub(crate) fn pem_bundle(own: Option<&[u8]>) -> Vec<u8> {
    let mut bundle = own.unwrap_or_default().to_vec();
    for certificate in rustls_native_certs::load_native_certs().certs {
        let text = BASE64_STANDARD.encode(&certificate);
        bundle.extend_from_slice(b"\n-----BEGIN CERTIFICATE-----\n");
        for line in text.as_bytes().chunks(PEM_LINE_CHARS) {
            bundle.extend_from_slice(line);
            bundle.push(b'\n');
        }
        bundle.extend_from_slice(b"-----END CERTIFICATE-----\n");
    }
    bundle
}

/// Length of a line in a PEM file.
const PEM_LINE_CHARS: usize = 64;

/// The TLS side of an upstream's clients.
pub(crate) fn client_config(
    system: &SystemRoots,
    label: &str,
    own: RootCertStore,
) -> Result<ClientConfig, UpstreamSettingsError> {
    let mut roots = system.get();
    roots.extend(own.roots);
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|source| UpstreamSettingsError::Tls {
            label: label.to_owned(),
            source,
        })?;
    let mut config = builder.with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

/// The authorities in a `ca_file`: at least one, and nothing unusable.
pub(crate) fn parse_ca_pem(
    label: &str,
    pem: &[u8],
) -> Result<RootCertStore, UpstreamSettingsError> {
    let refuse = |source| UpstreamSettingsError::Certificates {
        label: label.to_owned(),
        source,
    };
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(pem) {
        let certificate = certificate.map_err(|error| refuse(Some(Box::new(error))))?;
        roots
            .add(certificate)
            .map_err(|error| refuse(Some(Box::new(error))))?;
    }
    if roots.is_empty() {
        Err(refuse(None))
    } else {
        Ok(roots)
    }
}
