use proptest::prelude::*;

use super::*;

const EMPTY: &str = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

#[test]
fn known_content_has_its_known_digest() {
    assert_eq!(Digest::sha256(b"").as_str(), EMPTY);
    let braces = "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";
    assert_eq!(Digest::sha256(b"{}").to_string(), braces);
    let sha512 = Digest::of(Algorithm::Sha512, b"");
    assert!(sha512.hex().starts_with("cf83e1357eefb8bd"));
    assert_eq!(sha512.hex().len(), 128);
}

#[test]
fn algorithms_are_separate_address_spaces() {
    assert_ne!(
        Digest::of(Algorithm::Sha512, b"x"),
        Digest::of(Algorithm::Sha256, b"x")
    );
}

#[test]
fn what_nobody_could_verify_is_unsupported() {
    let hex = "0".repeat(64);
    for name in [
        "blake3",
        "sha384",
        "md5",
        "SHA256",
        "",
        "sha256+b64u",
        "../../etc",
    ] {
        let error = format!("{name}:{hex}").parse::<Digest>().unwrap_err();
        assert_eq!(error, DigestError::Unsupported(name.into()));
    }
}

#[test]
fn bad_digits_are_refused() {
    let good = "a".repeat(64);
    for hex in [
        String::new(),
        "a".repeat(63),
        "a".repeat(65),
        "a".repeat(128),
        good.to_uppercase(),
        good.replace('a', "g"),
        format!("{}:", "a".repeat(63)),
        format!(" {}", "a".repeat(63)),
        format!("{}\n", "a".repeat(63)),
        format!("{}/", "a".repeat(63)),
        // 64 bytes, but not 64 digits.
        "é".repeat(32),
    ] {
        let error = format!("sha256:{hex}").parse::<Digest>().unwrap_err();
        assert_eq!(
            error,
            DigestError::BadHex {
                algorithm: Algorithm::Sha256
            },
            "{hex}"
        );
    }
    assert_eq!(good.parse::<Digest>(), Err(DigestError::NoColon));
    assert!(format!("sha512:{good}").parse::<Digest>().is_err());
}

#[test]
fn errors_do_not_repeat_long_texts() {
    let error = format!("{}:00", "x".repeat(1 << 20))
        .parse::<Digest>()
        .unwrap_err();
    assert!(error.to_string().len() < 200);
}

#[test]
fn json_goes_through_the_parser() {
    let digest = Digest::sha256(b"x");
    let json = serde_json::to_string(&digest).unwrap();
    assert_eq!(serde_json::from_str::<Digest>(&json).unwrap(), digest);
    assert!(serde_json::from_str::<Digest>("\"sha256:xyz\"").is_err());
    assert!(serde_json::from_str::<Digest>("5").is_err());
}

proptest! {
    #[test]
    fn display_parses_back(bytes: [u8; SHA256_BYTES]) {
        let digest = Digest::from_sha256(bytes);
        prop_assert_eq!(digest.hex(), data_encoding::HEXLOWER.encode(&bytes));
        prop_assert_eq!(digest.to_string().parse::<Digest>(), Ok(digest));
    }

    #[test]
    fn only_canonical_texts_parse(text in "(sha256|sha512|sha1|):?[0-9a-fA-F]{60,66}") {
        if let Ok(digest) = text.parse::<Digest>() {
            prop_assert_eq!(digest.as_str(), text);
        }
    }

    #[test]
    fn parsing_never_panics(text in "\\PC{0,80}") {
        let _ = text.parse::<Digest>();
    }

    #[test]
    fn a_hasher_does_not_see_chunks(bytes: Vec<u8>, at: prop::sample::Index) {
        for algorithm in Algorithm::ALL {
            let (head, tail) = bytes.split_at(at.index(bytes.len() + 1));
            let mut hasher = Hasher::new(algorithm);
            hasher.update(head);
            hasher.update(tail);
            prop_assert_eq!(hasher.finish(), Digest::of(algorithm, &bytes));
        }
    }
}
