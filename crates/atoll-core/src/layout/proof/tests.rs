use super::*;
use crate::digest::Digest;
use crate::manifest::media_types::{OCI_INDEX, OCI_MANIFEST};
use crate::manifest::{self, ParsedManifest};
use crate::openpgp::PublicKey;
use crate::proof::Proof;

const SIGNED: &str = include_str!("../../../testdata/layout/proof/signed.json");
const HASHED: &str = include_str!("../../../testdata/layout/proof/hashed.json");
const KEYS: &str = include_str!("../../../testdata/layout/proof/keys.json");

fn blob(content: &[u8]) -> StoredBlob {
    StoredBlob {
        digest: Digest::sha256(content),
        size_bytes: content.len() as u64,
    }
}

fn signed() -> ProofManifest {
    ProofManifest {
        subject: blob(b"index"),
        proof: Proof::Signed,
        signer: Some("51852D87348FFC4C".parse().unwrap()),
        origin: Some("registry.terraform.io".to_owned()),
        sums: Some(blob(b"sums")),
        signature: Some(blob(b"signature")),
        keys: Some(blob(b"keys")),
    }
}

fn hashed() -> ProofManifest {
    ProofManifest {
        proof: Proof::Hashed,
        signer: None,
        origin: None,
        sums: None,
        signature: None,
        keys: None,
        ..signed()
    }
}

fn parsed(bytes: &[u8]) -> ParsedManifest {
    manifest::parse(None, bytes).unwrap()
}

fn changed(from: &str, to: &str) -> ProofManifestError {
    assert!(SIGNED.contains(from), "{from}");
    ProofManifest::read(&parsed(SIGNED.trim_end().replacen(from, to, 1).as_bytes())).unwrap_err()
}

/// Whoever changes these bytes changes the address of every proof in every store.
#[test]
fn the_bytes_are_pinned() {
    for (proof, golden, digest) in [
        (
            signed(),
            SIGNED,
            "sha256:c7b924111eff5502b9caf5c2ccf23a2d12a873de6291085e74d47d624ac03e63",
        ),
        (
            hashed(),
            HASHED,
            "sha256:1eba8558472c84109eff0264d1cabc9fd775269c44696c1d242bb65bd6613176",
        ),
    ] {
        let bytes = proof.to_bytes();
        assert_eq!(String::from_utf8(bytes.clone()).unwrap(), golden.trim_end());
        assert_eq!(Digest::sha256(&bytes).to_string(), digest);
    }
}

#[test]
fn what_is_written_reads_back() {
    for proof in [
        signed(),
        hashed(),
        ProofManifest {
            proof: Proof::Own,
            ..signed()
        },
    ] {
        assert_eq!(ProofManifest::read(&parsed(&proof.to_bytes())), Ok(proof));
    }
}

#[test]
fn what_proves_nothing_is_explained() {
    assert!(matches!(
        changed(PROOF_TYPE, "application/x"),
        ProofManifestError::ArtifactType(_)
    ));
    assert_eq!(
        changed("\"signed\"", "\"sworn\""),
        ProofManifestError::Proof("sworn".into())
    );
    assert!(matches!(
        changed("51852D87348FFC4C", "somebody"),
        ProofManifestError::Signer(_)
    ));
    assert_eq!(
        changed(SIGNATURE_TYPE, SUMS_TYPE),
        ProofManifestError::TwoLayers(SUMS_TYPE)
    );
    for missing in [SUMS_TYPE, SIGNATURE_TYPE, KEYS_TYPE] {
        let expected = ProofManifestError::Incomplete {
            proof: Proof::Signed,
            missing,
        };
        assert_eq!(changed(missing, "application/x"), expected);
    }
    let unsigned = ProofManifest {
        proof: Proof::Unsigned,
        ..hashed()
    };
    let read = ProofManifest::read(&parsed(&unsigned.to_bytes()));
    assert!(matches!(
        read,
        Err(ProofManifestError::Incomplete {
            missing: SUMS_TYPE,
            ..
        })
    ));
    let bare = format!(
        r#"{{"schemaVersion":2,"mediaType":"{OCI_MANIFEST}","artifactType":"{PROOF_TYPE}","config":{{"mediaType":"{OCI_INDEX}","digest":"{}","size":2}},"layers":[]}}"#,
        Digest::sha256(b"{}")
    );
    assert_eq!(
        ProofManifest::read(&parsed(bare.as_bytes())),
        Err(ProofManifestError::NoSubject)
    );
}

#[test]
fn keys_survive_with_all_that_is_known_about_them() {
    let served = KeyMaterial {
        key_id: "34365D9472D7468F".to_owned(),
        ascii_armor: "-----BEGIN PGP PUBLIC KEY BLOCK-----\n…".to_owned(),
        trust_signature: "-----BEGIN PGP SIGNATURE-----\n".to_owned(),
        source: Some("HashiCorp".to_owned()),
        source_url: Some("https://www.hashicorp.com/security.html".to_owned()),
    };
    let bare = KeyMaterial {
        source: None,
        source_url: None,
        trust_signature: String::new(),
        ..served.clone()
    };
    let keys = [served, bare];
    let bytes = render_keys(&keys);
    assert_eq!(String::from_utf8(bytes.clone()).unwrap(), KEYS.trim_end());
    assert_eq!(parse_keys(&bytes).unwrap(), keys);
}

#[test]
fn keys_are_read_as_registries_write_them() {
    let text = r#"[{"ascii_armor":"a","trust_signature":null,"source":null,"extra":1}]"#;
    let keys = parse_keys(text.as_bytes()).unwrap();
    assert_eq!(
        keys,
        [KeyMaterial {
            ascii_armor: "a".to_owned(),
            ..KeyMaterial::default()
        }]
    );
    assert!(keys[0].public_keys().is_err());
    for bad in ["", "{}", "[{}]", "[1]", r#"[{"ascii_armor":null}]"#] {
        assert!(
            matches!(parse_keys(bad.as_bytes()), Err(KeysError::Form(_))),
            "{bad}"
        );
    }
    let many = format!("[{}]", vec![r#"{"ascii_armor":"a"}"#; 65].join(","));
    assert!(matches!(
        parse_keys(many.as_bytes()),
        Err(KeysError::TooMany(65))
    ));
    assert!(matches!(
        parse_keys(&vec![b' '; KEYS_BYTES_MAX + 1]),
        Err(KeysError::TooLarge(_))
    ));
}

#[test]
fn a_publishers_key_is_described_by_itself() {
    let armored = include_str!("../../../testdata/openpgp/primary.asc");
    let key = PublicKey::parse_armored(armored).unwrap();
    let material = KeyMaterial::of(&key);
    assert_eq!(
        (material.key_id.as_str(), material.ascii_armor.as_str()),
        ("3DCF6E01CE729F27", armored)
    );
    assert_eq!(material.trust_signature, "");
    assert_eq!(material.public_keys().unwrap(), [key]);
}
