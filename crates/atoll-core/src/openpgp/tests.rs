use std::path::Path;
use std::process::{Command, Output};
use std::sync::OnceLock;

use pgp::composed::{ArmorOptions, Deserializable, SignedPublicKey};
use proptest::prelude::*;

use super::*;
use crate::time_micros::Micros;

macro_rules! data {
    ($name:literal) => {
        include_bytes!(concat!("../../testdata/openpgp/", $name)).as_slice()
    };
}

const SUMS: &[u8] = data!("SHA256SUMS");

fn key(bytes: &[u8]) -> PublicKey {
    PublicKey::parse_armored(text(bytes)).unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

fn at() -> Micros {
    Micros::from_secs(1_700_000_000)
}

/// One key for all tests: making it takes a second.
fn ours() -> &'static SigningKey {
    static KEY: OnceLock<SigningKey> = OnceLock::new();
    KEY.get_or_init(|| SigningKey::generate("Atoll test <atoll@example.com>", at()).unwrap())
}

#[test]
fn a_key_tells_who_it_is() {
    let key = key(data!("primary.asc"));
    assert_eq!(
        key.fingerprint(),
        "999D731EE00965188D01108E3DCF6E01CE729F27"
    );
    assert_eq!(key.key_id().to_string(), "3DCF6E01CE729F27");
    assert_eq!(
        key.user_ids(),
        ["Author (signs with the primary key) <author@example.com>"]
    );
    assert_eq!(key.armored().as_bytes(), data!("primary.asc"));
    assert!(!key.is_revoked());
    assert_eq!(format!("{key:?}"), "PublicKey(KeyId(3DCF6E01CE729F27))");
}

#[test]
fn signatures_of_gnupg_verify() {
    let good: [(&[u8], &[u8]); 7] = [
        (data!("primary.asc"), data!("primary.sig")),
        (data!("primary.asc"), data!("primary-text.sig")),
        (data!("subkey.asc"), data!("subkey.sig")),
        (data!("expired.asc"), data!("expired.sig")),
        (data!("curve.asc"), data!("curve.sig")),
        (data!("curve.asc"), data!("two.sig")),
        (data!("primary.asc"), data!("two.sig")),
    ];
    for (armored, signature) in good {
        let key = key(armored);
        let keys = [self::key(data!("revoked.asc")), key.clone()];
        assert_eq!(
            verify_detached(&keys, SUMS, signature).unwrap(),
            key.key_id()
        );
        let mut other = SUMS.to_vec();
        other[0] ^= 1;
        let error = verify_detached(&keys, &other, signature).unwrap_err();
        assert!(
            matches!(error, VerifyError::Mismatch(id) if id == key.key_id()),
            "{error}"
        );
    }
}

#[test]
fn an_unknown_issuer_is_told_apart_and_named() {
    let keys = [key(data!("curve.asc")), key(data!("expired.asc"))];
    let error = verify_detached(&keys, SUMS, data!("primary.sig")).unwrap_err();
    assert!(matches!(error, VerifyError::UnknownIssuer { .. }));
    assert_eq!(
        error.to_string(),
        "the signature is by key 3DCF6E01CE729F27, which is not among the known keys: 7098AA57EAED3451, BC2C16F8D0083FC4"
    );
    let error = verify_detached(&[], SUMS, data!("primary.sig")).unwrap_err();
    assert!(
        error
            .to_string()
            .ends_with("not among the known keys: none"),
        "{error}"
    );
}

#[test]
fn an_armored_signature_is_refused_with_the_way_out() {
    let keys = [key(data!("primary.asc"))];
    for prefix in ["", "\r\n  "] {
        let armored = [prefix.as_bytes(), data!("primary.sig.asc")].concat();
        let error = verify_detached(&keys, SUMS, &armored).unwrap_err();
        assert!(matches!(error, VerifyError::Armored));
        assert!(error.to_string().contains("gpg --dearmor"), "{error}");
    }
}

#[test]
fn weak_hashes_are_refused() {
    let keys = [key(data!("primary.asc"))];
    let error = verify_detached(&keys, SUMS, data!("primary-sha1.sig")).unwrap_err();
    assert!(
        matches!(&error, VerifyError::WeakHash { hash, .. } if hash == "SHA1"),
        "{error}"
    );
    let both = [data!("primary-sha1.sig"), data!("primary.sig")].concat();
    verify_detached(&keys, SUMS, &both).unwrap();
}

#[test]
fn revoked_keys_and_subkeys_are_refused() {
    let revoked = key(data!("revoked.asc"));
    assert!(revoked.is_revoked());
    let error = verify_detached(&[revoked], SUMS, data!("revoked.sig")).unwrap_err();
    assert!(matches!(error, VerifyError::Revoked(_)), "{error}");
    let mut before = SignedPublicKey::from_string(text(data!("revoked.asc")))
        .unwrap()
        .0;
    before.details.revocation_signatures.clear();
    let before = key(before
        .to_armored_string(ArmorOptions::default())
        .unwrap()
        .as_bytes());
    let signature = data!("revoked.sig");
    verify_detached(std::slice::from_ref(&before), SUMS, signature).unwrap();
    for keys in [
        [before.clone(), key(data!("revoked.asc"))],
        [key(data!("revoked.asc")), before],
    ] {
        let error = verify_detached(&keys, SUMS, signature).unwrap_err();
        assert!(
            matches!(error, VerifyError::Revoked(_)),
            "an older copy does not help: {error}"
        );
    }
    let lost = key(data!("revoked-subkey.asc"));
    assert!(!lost.is_revoked());
    let error = verify_detached(&[lost], SUMS, data!("revoked-subkey.sig")).unwrap_err();
    assert!(matches!(error, VerifyError::Revoked(_)), "{error}");
}

#[test]
fn a_subkey_claimed_by_another_primary_key_does_not_count() {
    let parse = |bytes| SignedPublicKey::from_string(text(bytes)).unwrap().0;
    let mut thief = parse(data!("primary.asc"));
    thief.public_subkeys = parse(data!("subkey.asc")).public_subkeys;
    let thief = key(thief
        .to_armored_string(ArmorOptions::default())
        .unwrap()
        .as_bytes());
    let signature = data!("subkey.sig");
    let error = verify_detached(std::slice::from_ref(&thief), SUMS, signature).unwrap_err();
    assert!(matches!(error, VerifyError::CannotSign(_)), "{error}");
    let owner = key(data!("subkey.asc"));
    let by = verify_detached(&[thief, owner.clone()], SUMS, signature).unwrap();
    assert_eq!(
        by,
        owner.key_id(),
        "the thief does not stand in the owner's way"
    );
}

#[test]
fn a_key_without_a_signed_user_id_is_refused() {
    let parse = |bytes| SignedPublicKey::from_string(text(bytes)).unwrap().0;
    let armored = |key: &SignedPublicKey| key.to_armored_string(ArmorOptions::default()).unwrap();
    let mut bare = parse(data!("primary.asc"));
    bare.details.users = parse(data!("revoked.asc")).details.users;
    assert!(matches!(
        PublicKey::parse_armored(&armored(&bare)),
        Err(KeyError::NoUserId(_))
    ));
    bare.details.users.clear();
    assert!(matches!(
        PublicKey::parse_armored(&armored(&bare)),
        Err(KeyError::NoUserId(_))
    ));
}

#[test]
fn a_text_may_hold_several_keys() {
    let both = data!("two-in-one.asc");
    assert!(matches!(
        PublicKey::parse_armored(text(both)),
        Err(KeyError::Several(2))
    ));
    let ids = |keys: Vec<PublicKey>| {
        keys.iter()
            .map(|key| key.key_id().to_string())
            .collect::<Vec<_>>()
    };
    let keys = PublicKey::parse_many(text(both)).unwrap();
    for key in &keys {
        assert_eq!(
            PublicKey::parse_armored(key.armored()).unwrap().key_id(),
            key.key_id()
        );
    }
    assert_eq!(ids(keys), ["3DCF6E01CE729F27", "7098AA57EAED3451"]);
    let blocks = [
        b"words\n",
        data!("curve.asc"),
        b"between\r\n",
        data!("primary.asc"),
        b"\nafter",
    ]
    .concat();
    let keys = PublicKey::parse_many(text(&blocks)).unwrap();
    assert_eq!(keys[0].armored().as_bytes(), data!("curve.asc"));
    assert_eq!(ids(keys), ["7098AA57EAED3451", "3DCF6E01CE729F27"]);
    let many = data!("curve.asc").repeat(KEYS_MAX + 1);
    assert!(matches!(
        PublicKey::parse_many(text(&many)),
        Err(KeyError::TooMany)
    ));
}

#[test]
fn what_is_no_public_key_is_refused() {
    let parse = |text: &str| PublicKey::parse_many(text).unwrap_err();
    assert!(matches!(parse(""), KeyError::NotArmored));
    assert!(matches!(parse("ssh-rsa AAAA"), KeyError::NotArmored));
    assert!(matches!(
        parse(text(data!("primary.sig.asc"))),
        KeyError::WrongBlock(_)
    ));
    assert!(matches!(
        parse(&"x".repeat(KEY_BYTES_MAX + 1)),
        KeyError::TooLarge(_)
    ));
    let broken = text(data!("primary.asc")).replace("mQEN", "!!!!");
    assert!(matches!(
        parse(&broken),
        KeyError::Armor(_) | KeyError::Malformed(_)
    ));
    let secret = ours().to_armored_secret().unwrap();
    assert!(matches!(parse(secret.expose()), KeyError::Secret));
    let disguised = secret.expose().replace("PRIVATE KEY", "PUBLIC KEY");
    assert!(matches!(parse(&disguised), KeyError::Secret));
}

#[test]
fn our_key_signs_survives_storage_and_prints_nothing() {
    let signature = ours().sign_detached(SUMS, at()).unwrap();
    let public = ours().public_key().unwrap();
    assert_eq!(public.user_ids(), ["Atoll test <atoll@example.com>"]);
    assert_eq!(
        verify_detached(std::slice::from_ref(&public), SUMS, &signature).unwrap(),
        ours().key_id()
    );

    let secret = ours().to_armored_secret().unwrap();
    assert_eq!(format!("{secret:?}"), "SecretArmor(***)");
    let again = SigningKey::from_armored_secret(secret.expose()).unwrap();
    assert_eq!(again.public_armored().unwrap(), public.armored());
    assert_eq!(
        again.sign_detached(SUMS, at()).unwrap(),
        signature,
        "RSA signatures are deterministic"
    );
    assert!(!format!("{again:?}").contains("PRIVATE"));
}

#[test]
fn a_signing_key_that_cannot_be_read_is_an_error() {
    assert!(SigningKey::from_armored_secret("").is_err());
    assert!(SigningKey::from_armored_secret(text(data!("primary.asc"))).is_err());
    assert!(SigningKey::from_armored_secret(&"x".repeat(KEY_BYTES_MAX + 1)).is_err());
    for never in [-1, 1 << 32] {
        let signed = ours().sign_detached(SUMS, Micros::from_secs(never));
        assert!(matches!(signed, Err(SigningKeyError::Time(_))));
    }
}

#[test]
fn signature_files_that_are_none_are_refused() {
    let keys = [key(data!("primary.asc"))];
    let verify = |bytes: &[u8]| verify_detached(&keys, SUMS, bytes).unwrap_err();
    assert!(matches!(verify(b""), VerifyError::Empty));
    assert!(matches!(
        verify(&vec![0x88; SIGNATURE_BYTES_MAX + 1]),
        VerifyError::TooLarge(_)
    ));
    assert!(matches!(
        verify(b"<html>not found</html>"),
        VerifyError::Malformed(_) | VerifyError::NoSignature
    ));
    assert!(matches!(
        verify(&data!("primary.sig").repeat(SIGNATURES_MAX + 1)[1..]),
        VerifyError::Malformed(_)
    ));
    let many = data!("expired.sig").repeat(SIGNATURES_MAX + 1);
    assert!(matches!(verify(&many), VerifyError::TooMany));
    assert!(matches!(
        verify(&ours().public_armored().unwrap().into_bytes()),
        VerifyError::Armored
    ));
}

#[test]
fn key_ids_are_read_in_either_case() {
    let id: KeyId = "3dcf6e01ce729f27".parse().unwrap();
    assert_eq!(serde_json::to_string(&id).unwrap(), r#""3DCF6E01CE729F27""#);
    for bad in [
        "",
        "3DCF6E01CE729F2",
        "3DCF6E01CE729F2G",
        "3DCF6E01CE729F2700",
        "0x3DCF6E01CE729F",
    ] {
        assert!(bad.parse::<KeyId>().is_err(), "{bad}");
    }
}

proptest! {
    #[test]
    fn damaged_signatures_never_verify_and_never_panic(at in 0usize..310, bit in 0u8..8, cut in 0usize..400) {
        let keys = [key(data!("primary.asc"))];
        let mut bytes = data!("primary.sig").to_vec();
        bytes[at] ^= 1 << bit;
        bytes.truncate(cut.max(1));
        if let Ok(id) = verify_detached(&keys, SUMS, &bytes) {
            // Only what nothing signs may differ: the packet's header, the unhashed issuer, the count of bits.
            prop_assert_eq!(id, keys[0].key_id());
            prop_assert!(at < 3 || (38..54).contains(&at) || at >= cut, "byte {} is signed", at);
        }
    }

    #[test]
    fn any_bytes_are_an_error(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        prop_assert!(verify_detached(&[], SUMS, &bytes).is_err());
        let _ = PublicKey::parse_many(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn damaged_keys_never_panic(at in 0usize..2948, byte in 32u8..127) {
        let mut bytes = data!("subkey.asc").to_vec();
        bytes[at] = byte;
        let _ = PublicKey::parse_many(text(&bytes));
        let _ = SigningKey::from_armored_secret(text(&bytes));
    }

    #[test]
    fn key_ids_parse_back(bytes in "[0-9A-F]{16}") {
        prop_assert_eq!(bytes.parse::<KeyId>().unwrap().to_string(), bytes);
    }
}

/// `None` with a message if the machine has no `GnuPG`.
fn gpg(home: &Path, args: &[&str]) -> Option<Output> {
    let mut command = Command::new("gpg");
    command.args(["--batch", "--homedir"]).arg(home).args(args);
    if let Ok(output) = command.output() {
        return Some(output);
    }
    println!("skipped: gpg is not installed");
    None
}

#[test]
fn gnupg_verifies_what_we_sign() {
    let home = tempfile::tempdir().unwrap();
    let file = |name: &str, bytes: &[u8]| {
        let path = home.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let public = file("key.asc", ours().public_armored().unwrap().as_bytes());
    let Some(imported) = gpg(home.path(), &["--import", &public]) else {
        return;
    };
    assert!(imported.status.success(), "{imported:?}");
    let signature = file("sums.sig", &ours().sign_detached(SUMS, at()).unwrap());
    let signed = file("sums", SUMS);
    let output = gpg(
        home.path(),
        &["--status-fd", "1", "--verify", &signature, &signed],
    )
    .unwrap();
    let good = format!("GOODSIG {} Atoll test <atoll@example.com>", ours().key_id());
    assert!(
        String::from_utf8_lossy(&output.stdout).contains(&good),
        "{output:?}"
    );
}
