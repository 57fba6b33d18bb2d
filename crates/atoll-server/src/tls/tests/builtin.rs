//! The built-in authority: first start, later starts, broken installations.

use std::fs;

use rustls::ProtocolVersion;
use tempfile::TempDir;

use super::client::Client;
use super::{at, mode, name, names, now};
use crate::tls::{CertificateNames, TlsError, TlsIdentity, authority_certificate};

fn start(dir: &TempDir, names: CertificateNames) -> Result<TlsIdentity, TlsError> {
    TlsIdentity::builtin(&dir.path().join("tls"), names, now())
}

#[test]
fn every_name_verifies_and_no_other() {
    let dir = tempfile::tempdir().unwrap();
    let wanted = names(&[
        "atoll.example.com",
        "box",
        "10.1.2.3",
        "fd00::7",
        "registry.terraform.io",
    ]);
    let identity = start(&dir, wanted.clone()).unwrap();
    let client = Client::trusting(identity.ca_pem().unwrap(), now());
    for name in wanted.iter() {
        client.connect(&identity.server_config(), name).unwrap();
        assert!(identity.covers(name), "{name}");
    }
    for other in [
        "other.example.com",
        "x.atoll.example.com",
        "10.1.2.4",
        "registry.opentofu.org",
    ] {
        assert!(
            client
                .connect(&identity.server_config(), &name(other))
                .is_err(),
            "{other}"
        );
        assert!(!identity.covers(&name(other)), "{other}");
    }
}

#[test]
fn both_tls_versions_and_http2_are_spoken() {
    let dir = tempfile::tempdir().unwrap();
    let identity = start(&dir, names(&[])).unwrap();
    let ca = identity.ca_pem().unwrap();
    for (version, expected) in [
        (&rustls::version::TLS12, ProtocolVersion::TLSv1_2),
        (&rustls::version::TLS13, ProtocolVersion::TLSv1_3),
    ] {
        let client = Client::speaking(ca, now(), &[version]);
        let handshake = client
            .connect(&identity.server_config(), &name("localhost"))
            .unwrap();
        assert_eq!(handshake.version, expected);
        assert_eq!(handshake.alpn.as_deref(), Some(&b"h2"[..]));
    }
}

#[test]
fn lives_are_as_long_as_clients_accept() {
    let dir = tempfile::tempdir().unwrap();
    let identity = start(&dir, names(&[])).unwrap();
    let facts = identity.facts();
    assert_eq!((facts.not_after - facts.not_before).whole_days(), 397);
    assert!(facts.not_before < now());
    assert_eq!(identity.days_left(now()), 396);
    assert_eq!(
        identity.days_left(facts.not_after + time::Duration::SECOND),
        -1
    );
    let ca = identity.ca_pem().unwrap();
    let late = Client::trusting(ca, at("2028-01-01T00:00:00Z"));
    assert!(
        late.connect(&identity.server_config(), &name("localhost"))
            .is_err()
    );
}

#[test]
fn a_second_start_changes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let read_all = || {
        ["ca.pem", "ca.key", "leaf.pem", "leaf.key"]
            .map(|file| fs::read(dir.path().join("tls").join(file)).unwrap())
    };
    assert_eq!(
        authority_certificate(&dir.path().join("tls")).unwrap(),
        None
    );
    let first = start(&dir, names(&["a.example"])).unwrap();
    let before = read_all();
    let second = start(&dir, names(&["a.example"])).unwrap();
    assert!(before == read_all());
    assert_eq!(first.ca_pem(), second.ca_pem());
    assert_eq!(
        authority_certificate(&dir.path().join("tls"))
            .unwrap()
            .as_deref(),
        first.ca_pem()
    );
    let client = Client::trusting(first.ca_pem().unwrap(), now());
    let leaf = |identity: &TlsIdentity| {
        client
            .connect(&identity.server_config(), &name("a.example"))
            .unwrap()
            .leaf
    };
    assert_eq!(leaf(&first), leaf(&second));
}

#[test]
fn keys_are_their_owners_alone() {
    let dir = tempfile::tempdir().unwrap();
    let tls = dir.path().join("tls");
    start(&dir, names(&[])).unwrap();
    assert_eq!(mode(&tls), 0o700);
    for (file, expected) in [
        ("ca.key", 0o600),
        ("leaf.key", 0o600),
        ("ca.pem", 0o644),
        ("leaf.pem", 0o644),
    ] {
        assert_eq!(mode(&tls.join(file)), expected, "{file}");
    }
    let files = fs::read_dir(&tls).unwrap().count();
    assert_eq!(files, 4, "nothing staged is left behind");
}

#[test]
fn a_key_that_others_can_read_is_closed() {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = tempfile::tempdir().unwrap();
    start(&dir, names(&[])).unwrap();
    for file in ["ca.key", "leaf.key"] {
        let path = dir.path().join("tls").join(file);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    }
    start(&dir, names(&[])).unwrap();
    for file in ["ca.key", "leaf.key"] {
        assert_eq!(mode(&dir.path().join("tls").join(file)), 0o600, "{file}");
    }
}

#[test]
fn half_an_authority_is_never_replaced() {
    for (missing, present) in [("ca.key", "ca.pem"), ("ca.pem", "ca.key")] {
        let dir = tempfile::tempdir().unwrap();
        start(&dir, names(&[])).unwrap();
        let tls = dir.path().join("tls");
        let before = fs::read(tls.join(present)).unwrap();
        fs::remove_file(tls.join(missing)).unwrap();
        let error = start(&dir, names(&[])).unwrap_err();
        let words = error.to_string();
        assert!(
            words.contains(&format!("{present} is there but")),
            "{words}"
        );
        assert!(words.contains(&format!("{missing} is missing")), "{words}");
        assert!(before == fs::read(tls.join(present)).unwrap());
        assert!(!tls.join(missing).exists());
    }
}

#[test]
fn a_first_start_that_was_cut_off_is_finished() {
    let dir = tempfile::tempdir().unwrap();
    start(&dir, names(&[])).unwrap();
    let tls = dir.path().join("tls");
    let key = fs::read(tls.join("ca.key")).unwrap();
    for file in ["ca.pem", "leaf.pem", "leaf.key"] {
        fs::remove_file(tls.join(file)).unwrap();
    }
    fs::write(tls.join("ca.pem.new"), "half a certific").unwrap();
    let identity = start(&dir, names(&[])).unwrap();
    assert!(key == fs::read(tls.join("ca.key")).unwrap());
    assert!(!tls.join("ca.pem.new").exists());
    let client = Client::trusting(identity.ca_pem().unwrap(), now());
    client
        .connect(&identity.server_config(), &name("localhost"))
        .unwrap();
}

#[test]
fn a_foreign_key_beside_the_authority_is_refused() {
    let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    start(&one, names(&[])).unwrap();
    start(&other, names(&[])).unwrap();
    fs::copy(
        other.path().join("tls/ca.key"),
        one.path().join("tls/ca.key"),
    )
    .unwrap();
    let error = start(&one, names(&[])).unwrap_err();
    assert!(matches!(error, TlsError::KeyMismatch { .. }), "{error}");
}

#[test]
fn rubbish_in_the_authoritys_files_is_named() {
    for (file, content) in [
        ("ca.pem", "rubbish"),
        (
            "ca.pem",
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        ),
        ("ca.key", "rubbish"),
        ("ca.key", ""),
    ] {
        let dir = tempfile::tempdir().unwrap();
        start(&dir, names(&[])).unwrap();
        let path = dir.path().join("tls").join(file);
        fs::write(&path, content).unwrap();
        let error = start(&dir, names(&[])).unwrap_err();
        assert!(error.to_string().contains(file), "{error}");
        assert_eq!(fs::read_to_string(&path).unwrap(), content);
    }
}

#[test]
fn a_clock_that_is_not_set_makes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let tls = dir.path().join("tls");
    let error = TlsIdentity::builtin(&tls, names(&[]), at("1970-01-01T00:00:05Z")).unwrap_err();
    assert!(error.to_string().contains("the clock says 1970"), "{error}");
    assert!(!tls.exists());
}

#[test]
fn a_directory_that_cannot_be_made_is_named() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("tls"), "a file").unwrap();
    let error = start(&dir, names(&[])).unwrap_err();
    assert!(error.to_string().contains("/tls"), "{error}");
}
