//! When the built-in certificate is issued anew, and that nothing restarts for it.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, DnType, DnValue, IsCa, KeyPair, KeyUsagePurpose};
use time::{Duration, OffsetDateTime};
use tokio_util::sync::CancellationToken;

use super::client::Client;
use super::{name, names, now};
use crate::tls::{Checked, Renewal, TlsError, TlsIdentity};

fn start(dir: &Path, at: OffsetDateTime) -> TlsIdentity {
    TlsIdentity::builtin(dir, names(&["a.example"]), at).unwrap()
}

#[test]
fn a_certificate_in_its_last_third_is_swapped_without_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let identity = start(dir.path(), now());
    let server = identity.server_config();
    let client = Client::trusting(identity.ca_pem().unwrap(), now() + Duration::days(300));
    let before = client.connect(&server, &name("a.example")).unwrap().leaf;

    let fresh = identity.facts().not_before + Duration::days(264);
    assert_eq!(identity.check(fresh).unwrap(), Checked::Unchanged);
    let due = identity.facts().not_before + Duration::days(265);
    assert_eq!(
        identity.check(due).unwrap(),
        Checked::Issued(Renewal::NearExpiry)
    );
    assert_eq!(identity.check(due).unwrap(), Checked::Unchanged);

    let after = client.connect(&server, &name("a.example")).unwrap().leaf;
    assert_ne!(before, after);
    assert_eq!(identity.days_left(due), 396);
    assert_eq!(
        start(dir.path(), due).facts().not_after,
        identity.facts().not_after
    );
}

#[test]
fn other_names_need_another_certificate() {
    let dir = tempfile::tempdir().unwrap();
    let first = start(dir.path(), now());
    let wanted = names(&["b.example"]);
    let second = TlsIdentity::builtin(dir.path(), wanted.clone(), now()).unwrap();
    assert_eq!(second.facts().names, wanted);
    assert_eq!(first.ca_pem(), second.ca_pem());
    let client = Client::trusting(first.ca_pem().unwrap(), now());
    client
        .connect(&second.server_config(), &name("b.example"))
        .unwrap();
    assert!(
        client
            .connect(&second.server_config(), &name("a.example"))
            .is_err()
    );
}

#[test]
fn a_certificate_from_the_future_is_issued_anew() {
    let dir = tempfile::tempdir().unwrap();
    let identity = start(dir.path(), now());
    let authority = identity.facts().not_before;
    fs::remove_file(dir.path().join("leaf.pem")).unwrap();
    let ahead = start(dir.path(), now() + Duration::days(900));
    assert!(ahead.facts().not_before > authority + Duration::days(800));
    assert_eq!(
        ahead.check(now()).unwrap(),
        Checked::Issued(Renewal::NotYetValid)
    );
}

#[test]
fn half_or_broken_leaf_files_are_issued_anew() {
    for (file, content) in [
        ("leaf.pem", None),
        ("leaf.key", None),
        ("leaf.pem", Some("rubbish")),
        (
            "leaf.key",
            Some("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"),
        ),
    ] {
        let dir = tempfile::tempdir().unwrap();
        start(dir.path(), now());
        match content {
            None => fs::remove_file(dir.path().join(file)).unwrap(),
            Some(content) => fs::write(dir.path().join(file), content).unwrap(),
        }
        let identity = start(dir.path(), now());
        let client = Client::trusting(identity.ca_pem().unwrap(), now());
        client
            .connect(&identity.server_config(), &name("a.example"))
            .unwrap();
    }
}

#[test]
fn a_leaf_of_another_authority_is_issued_anew() {
    let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    start(one.path(), now());
    start(other.path(), now());
    for file in ["leaf.pem", "leaf.key"] {
        fs::copy(other.path().join(file), one.path().join(file)).unwrap();
    }
    let identity = start(one.path(), now());
    let client = Client::trusting(identity.ca_pem().unwrap(), now());
    client
        .connect(&identity.server_config(), &name("a.example"))
        .unwrap();
}

#[test]
fn an_authority_of_the_operators_own_issues_too() {
    let dir = tempfile::tempdir().unwrap();
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::default();
    params.distinguished_name.push(
        DnType::CountryName,
        DnValue::PrintableString("DE".try_into().unwrap()),
    );
    params
        .distinguished_name
        .push(DnType::CommonName, "Bücher GmbH Root");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    fs::write(
        dir.path().join("ca.pem"),
        params.self_signed(&key).unwrap().pem(),
    )
    .unwrap();
    fs::write(dir.path().join("ca.key"), key.serialize_pem()).unwrap();
    let identity = start(dir.path(), now());
    let client = Client::trusting(identity.ca_pem().unwrap(), now());
    client
        .connect(&identity.server_config(), &name("a.example"))
        .unwrap();
}

#[test]
fn near_the_authoritys_end_certificates_end_with_it() {
    let dir = tempfile::tempdir().unwrap();
    start(dir.path(), now());
    let late = now() + Duration::days(3600);
    let identity = start(dir.path(), late);
    assert_eq!(identity.days_left(late), 49);
    let later = late + Duration::days(40);
    assert_eq!(
        identity.check(later).unwrap(),
        Checked::Unchanged,
        "a new one would end no later"
    );

    let after_the_end = late + Duration::days(60);
    let failed = identity.check(after_the_end).unwrap_err();
    assert!(
        matches!(failed, TlsError::AuthorityNotValid { .. }),
        "{failed}"
    );
    assert_eq!(
        start(dir.path(), after_the_end).days_left(after_the_end),
        -11
    );
}

#[tokio::test]
async fn watching_ends_when_told() {
    let dir = tempfile::tempdir().unwrap();
    let stop = CancellationToken::new();
    let watching = tokio::spawn(Arc::new(start(dir.path(), now())).watch(stop.clone()));
    stop.cancel();
    watching.await.unwrap();
}
