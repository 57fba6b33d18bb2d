//! Certificates that the operator keeps in files.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rcgen::{KeyPair, PublicKeyData as _};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use super::client::Client;
use super::{name, names, now};
use crate::tls::der::{OCTET_STRING, Reader, SEQUENCE};
use crate::tls::{Authority, Checked, IssuedLeaf, TlsError, TlsIdentity};

struct Operator {
    dir: TempDir,
    authority: Authority,
}

impl Operator {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("operator-ca.pem");
        let key = Authority::generate_key().unwrap();
        let certificate = Authority::certify(&path, &key, now()).unwrap();
        let authority = Authority::from_pem(&path, &certificate, &path, &key).unwrap();
        Self { dir, authority }
    }

    fn issue(&self, host: &str) -> IssuedLeaf {
        self.authority.issue(&names(&[host]), now()).unwrap()
    }

    fn certificate(&self) -> PathBuf {
        self.dir.path().join("tls.crt")
    }

    fn key(&self) -> PathBuf {
        self.dir.path().join("tls.key")
    }

    fn write(&self, certificate: &str, key: &str) {
        fs::write(self.certificate(), certificate).unwrap();
        fs::write(self.key(), key).unwrap();
    }

    fn load(&self) -> Result<TlsIdentity, TlsError> {
        TlsIdentity::files(&self.certificate(), &self.key(), now())
    }

    fn connects(&self, identity: &TlsIdentity, host: &str) -> bool {
        let client = Client::trusting(self.authority.certificate_pem(), now());
        client
            .connect(&identity.server_config(), &name(host))
            .is_ok()
    }
}

#[test]
fn a_pair_is_served() {
    let operator = Operator::new();
    let leaf = operator.issue("a.example");
    operator.write(&leaf.certificate_pem, &leaf.key_pem);
    let identity = operator.load().unwrap();
    assert!(operator.connects(&identity, "a.example"));
    assert!(identity.covers(&name("a.example")));
    assert!(!identity.covers(&name("b.example")));
    assert_eq!(identity.ca_pem(), None);
    assert_eq!(identity.days_left(now()), 396);
}

#[test]
fn a_key_may_come_as_sec1() {
    let operator = Operator::new();
    let leaf = operator.issue("a.example");
    operator.write(
        &leaf.certificate_pem,
        &repack(&leaf.key_pem, "EC PRIVATE KEY"),
    );
    assert!(operator.connects(&operator.load().unwrap(), "a.example"));
}

#[test]
fn a_key_may_come_as_pkcs1() {
    let dir = tempfile::tempdir().unwrap();
    let key = KeyPair::generate_for(&rcgen::PKCS_RSA_SHA256).unwrap();
    assert!(!key.subject_public_key_info().is_empty());
    let params = rcgen::CertificateParams::new(vec!["a.example".to_owned()]).unwrap();
    let certificate = dir.path().join("tls.crt");
    fs::write(&certificate, params.self_signed(&key).unwrap().pem()).unwrap();
    let key_file = dir.path().join("tls.key");
    fs::write(&key_file, repack(&key.serialize_pem(), "RSA PRIVATE KEY")).unwrap();
    let identity = TlsIdentity::files(&certificate, &key_file, now()).unwrap();
    assert!(identity.covers(&name("a.example")));
}

/// Takes a key out of its PKCS #8 wrapping.
fn repack(pkcs8: &str, label: &str) -> String {
    let base64: String = pkcs8
        .lines()
        .filter(|line| !line.starts_with("-----"))
        .collect();
    let der = STANDARD.decode(base64).unwrap();
    let mut fields = Reader::new(&der).expect(SEQUENCE).unwrap().inside();
    fields.next().unwrap();
    fields.next().unwrap();
    let inner = STANDARD.encode(fields.expect(OCTET_STRING).unwrap().content);
    format!("-----BEGIN {label}-----\n{inner}\n-----END {label}-----\n")
}

#[test]
fn a_new_pair_is_loaded_without_a_restart() {
    let operator = Operator::new();
    let leaf = operator.issue("a.example");
    operator.write(&leaf.certificate_pem, &leaf.key_pem);
    let identity = operator.load().unwrap();
    assert_eq!(identity.check(now()).unwrap(), Checked::Unchanged);

    let leaf = operator.issue("b.example");
    operator.write(&leaf.certificate_pem, &leaf.key_pem);
    assert_eq!(identity.check(now()).unwrap(), Checked::Reloaded);
    assert_eq!(identity.check(now()).unwrap(), Checked::Unchanged);
    assert!(operator.connects(&identity, "b.example"));
    assert!(!operator.connects(&identity, "a.example"));
}

#[tokio::test]
async fn watching_notices_a_new_pair() {
    let operator = Operator::new();
    let leaf = operator.issue("a.example");
    operator.write(&leaf.certificate_pem, &leaf.key_pem);
    let identity = Arc::new(operator.load().unwrap());
    let stop = CancellationToken::new();
    let watching =
        tokio::spawn(Arc::clone(&identity).watch_every(Duration::from_millis(1), stop.clone()));

    let leaf = operator.issue("b.example");
    operator.write(&leaf.certificate_pem, &leaf.key_pem);
    let noticed = async {
        while !identity.covers(&name("b.example")) {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), noticed)
        .await
        .unwrap();
    stop.cancel();
    watching.await.unwrap();
}

#[test]
fn a_broken_new_pair_keeps_the_old_one_and_complains_once() {
    let operator = Operator::new();
    let old = operator.issue("a.example");
    operator.write(&old.certificate_pem, &old.key_pem);
    let identity = operator.load().unwrap();

    let new = operator.issue("b.example");
    operator.write(&new.certificate_pem, &old.key_pem);
    let error = identity.check(now()).unwrap_err();
    assert!(matches!(error, TlsError::KeyMismatch { .. }), "{error}");
    assert_eq!(identity.check(now()).unwrap(), Checked::StillBroken);
    assert!(operator.connects(&identity, "a.example"));

    fs::remove_file(operator.key()).unwrap();
    assert!(matches!(
        identity.check(now()).unwrap_err(),
        TlsError::Read { .. }
    ));
    assert_eq!(identity.check(now()).unwrap(), Checked::StillBroken);
    assert!(operator.connects(&identity, "a.example"));

    operator.write(&new.certificate_pem, &new.key_pem);
    assert_eq!(identity.check(now()).unwrap(), Checked::Reloaded);
    assert!(operator.connects(&identity, "b.example"));

    operator.write("rubbish", &new.key_pem);
    assert!(identity.check(now()).is_err());
    operator.write(&new.certificate_pem, &new.key_pem);
    assert_eq!(identity.check(now()).unwrap(), Checked::Unchanged);
    operator.write("rubbish", &new.key_pem);
    assert!(
        identity.check(now()).is_err(),
        "the same fault later is a new one"
    );
}

#[test]
fn what_is_wrong_with_a_pair_is_said_with_the_file() {
    let operator = Operator::new();
    let leaf = operator.issue("a.example");
    let (certificate, key) = (leaf.certificate_pem.as_str(), leaf.key_pem.as_str());
    let block = |label: &str, body: &str| {
        format!("-----BEGIN {label}-----\n{body}\n-----END {label}-----\n")
    };
    let encrypted = block("ENCRYPTED PRIVATE KEY", "MIIB");
    let old_encrypted = block(
        "RSA PRIVATE KEY",
        "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nMIIB",
    );
    let no_certificate = block("CERTIFICATE", "AAAA");
    let chain_with_rubbish = format!("{certificate}{no_certificate}");
    let wrong_order = format!("{}{certificate}", operator.authority.certificate_pem());
    for (certificate, key, expected) in [
        ("", key, "tls.crt holds no PEM certificate"),
        (key, key, "tls.crt holds no PEM certificate"),
        (
            "-----BEGIN CERTIFICATE-----\nMIIB",
            key,
            "tls.crt is not readable as PEM",
        ),
        (
            "-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----",
            key,
            "tls.crt is not readable as PEM",
        ),
        (&no_certificate, key, "certificate 1 of "),
        (&chain_with_rubbish, key, "certificate 2 of "),
        (certificate, "", "tls.key holds no PEM private key"),
        (certificate, certificate, "tls.key holds no PEM private key"),
        (
            certificate,
            &encrypted,
            "tls.key is encrypted: store it without a passphrase",
        ),
        (
            certificate,
            &old_encrypted,
            "tls.key is encrypted: store it without a passphrase",
        ),
        (
            certificate,
            &block("PRIVATE KEY", "AAAA"),
            "tls.key can't be used",
        ),
        (
            &wrong_order,
            key,
            "the server's own certificate comes first",
        ),
    ] {
        operator.write(certificate, key);
        let error = operator.load().unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
    }
}

#[test]
fn a_missing_file_is_named() {
    let operator = Operator::new();
    let error = operator.load().unwrap_err();
    assert!(error.to_string().ends_with("tls.crt"), "{error}");
    let leaf = operator.issue("a.example");
    operator.write(&leaf.certificate_pem, &leaf.key_pem);
    fs::write(operator.key(), vec![b'x'; 2 * 1024 * 1024]).unwrap();
    let error = operator.load().unwrap_err();
    assert!(
        error
            .to_string()
            .contains("tls.key is larger than 1048576 bytes"),
        "{error}"
    );
}
