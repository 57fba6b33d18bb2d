//! A certificate authority for one test server.

use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::ServerConfig;
use rustls_pki_types::PrivateKeyDer;

/// What a TLS server needs, and what its clients must trust.
pub struct TestCertificate {
    /// The authority's certificate.
    pub ca_pem: String,
    /// The server's side.
    pub server_config: Arc<ServerConfig>,
}

impl TestCertificate {
    /// Issues a certificate for `localhost`, `127.0.0.1` and more names by a new authority.
    pub fn issue(more_names: &[&str]) -> Self {
        let mut ca_params = CertificateParams::new(Vec::new()).expect("no names");
        ca_params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let ca_key = KeyPair::generate().expect("a key for the test authority");
        let ca = CertifiedIssuer::self_signed(ca_params, ca_key).expect("a test authority");

        let names = ["localhost", "127.0.0.1"]
            .iter()
            .chain(more_names)
            .map(ToString::to_string);
        let params = CertificateParams::new(names.collect::<Vec<_>>()).expect("valid test names");
        let key = KeyPair::generate().expect("a key for the test server");
        let certificate = params.signed_by(&key, &ca).expect("a test certificate");

        let private_key = PrivateKeyDer::try_from(key.serialize_der()).expect("a PKCS #8 key");
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut server_config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("default TLS versions")
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], private_key)
            .expect("a key that fits its certificate");
        server_config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Self {
            ca_pem: ca.pem(),
            server_config: Arc::new(server_config),
        }
    }
}
