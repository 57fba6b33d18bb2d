//! A TLS client without a network.

use std::sync::Arc;

use rustls::client::{Resumption, WebPkiServerVerifier, danger};
use rustls::crypto::{WebPkiSupportedAlgorithms, aws_lc_rs};
use rustls::{
    ClientConfig, ClientConnection, DigitallySignedStruct, Error, RootCertStore, ServerConfig,
    ServerConnection, SignatureScheme, SupportedProtocolVersion,
};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};
use time::OffsetDateTime;

use crate::tls::CertificateName;

/// What came of a handshake.
#[derive(Debug)]
pub(super) struct Handshake {
    pub(super) leaf: CertificateDer<'static>,
    pub(super) alpn: Option<Vec<u8>>,
    pub(super) version: rustls::ProtocolVersion,
}

/// A client that trusts one authority, at some moment.
pub(super) struct Client {
    config: Arc<ClientConfig>,
}

impl Client {
    pub(super) fn trusting(ca_pem: &str, now: OffsetDateTime) -> Self {
        Self::speaking(
            ca_pem,
            now,
            &[&rustls::version::TLS13, &rustls::version::TLS12],
        )
    }

    pub(super) fn speaking(
        ca_pem: &str,
        now: OffsetDateTime,
        versions: &[&'static SupportedProtocolVersion],
    ) -> Self {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let mut roots = RootCertStore::empty();
        roots
            .add(CertificateDer::from_pem_slice(ca_pem.as_bytes()).unwrap())
            .unwrap();
        let inner =
            WebPkiServerVerifier::builder_with_provider(roots.into(), Arc::clone(&provider))
                .build()
                .unwrap();
        let seconds = u64::try_from(now.unix_timestamp()).unwrap();
        let now = UnixTime::since_unix_epoch(std::time::Duration::from_secs(seconds));
        let algorithms = provider.signature_verification_algorithms;
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(versions)
            .unwrap()
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(AtMoment {
                inner,
                algorithms,
                now,
            }))
            .with_no_client_auth();
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        // A resumed session would show the certificate of the first handshake.
        config.resumption = Resumption::disabled();
        Self {
            config: config.into(),
        }
    }

    /// Shakes hands with a server under a name.
    pub(super) fn connect(
        &self,
        server: &Arc<ServerConfig>,
        name: &CertificateName,
    ) -> Result<Handshake, Error> {
        let name: ServerName<'static> = name.server_name().unwrap();
        let mut client = ClientConnection::new(Arc::clone(&self.config), name)?;
        let mut server = ServerConnection::new(Arc::clone(server))?;
        while client.is_handshaking() || server.is_handshaking() {
            let mut wire = Vec::new();
            while client.wants_write() {
                client.write_tls(&mut wire).unwrap();
            }
            let mut unread = wire.as_slice();
            while !unread.is_empty() {
                server.read_tls(&mut unread).unwrap();
                server.process_new_packets()?;
            }
            let mut wire = Vec::new();
            while server.wants_write() {
                server.write_tls(&mut wire).unwrap();
            }
            let mut unread = wire.as_slice();
            while !unread.is_empty() {
                client.read_tls(&mut unread).unwrap();
                client.process_new_packets()?;
            }
        }
        Ok(Handshake {
            leaf: client.peer_certificates().unwrap()[0].clone(),
            alpn: client.alpn_protocol().map(<[u8]>::to_vec),
            version: client.protocol_version().unwrap(),
        })
    }
}

/// The usual verification, at a moment of the test's choice.
#[derive(Debug)]
struct AtMoment {
    inner: Arc<WebPkiServerVerifier>,
    algorithms: WebPkiSupportedAlgorithms,
    now: UnixTime,
}

impl danger::ServerCertVerifier for AtMoment {
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        _: UnixTime,
    ) -> Result<danger::ServerCertVerified, Error> {
        self.inner
            .verify_server_cert(leaf, intermediates, name, ocsp, self.now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<danger::HandshakeSignatureValid, Error> {
        rustls::crypto::verify_tls12_signature(message, leaf, signature, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<danger::HandshakeSignatureValid, Error> {
        rustls::crypto::verify_tls13_signature(message, leaf, signature, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}
