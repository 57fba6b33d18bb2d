use proptest::prelude::*;

use super::*;
use crate::digest::Digest;

const HEX: &str = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

fn rule(text: &str) -> SumsRule {
    match ShaSums::parse_strict(text.as_bytes()).unwrap_err() {
        SumsError::Line { rule, .. } => rule,
        other => panic!("{other}"),
    }
}

#[test]
fn a_file_reads_and_renders() {
    let text = format!("{HEX}  b.zip\n{HEX}  a_manifest.json\n");
    let sums = ShaSums::parse_strict(text.as_bytes()).unwrap();
    assert_eq!(sums.render(), text);
    assert_eq!(sums.len(), 2);
    assert_eq!(sums.get("b.zip").unwrap().hex(), HEX);
    assert_eq!(sums.get("B.zip"), None);
    let unended = ShaSums::parse_strict(text.trim_end().as_bytes()).unwrap();
    assert_eq!(unended, sums, "the last line feed may be missing");
    assert_eq!(ShaSums::parse_lenient(text.as_bytes()), sums);
}

#[test]
fn every_rule_is_told() {
    let upper = HEX.to_uppercase();
    let cases = [
        (format!("{HEX}  a\n\n{HEX}  b\n"), SumsRule::Blank),
        (format!("{HEX}  a\n\n"), SumsRule::Blank),
        ("\n".to_owned(), SumsRule::Blank),
        ("  \n".to_owned(), SumsRule::Blank),
        (format!("{HEX}  a\r\n"), SumsRule::CarriageReturn),
        (format!("{HEX} *a\n"), SumsRule::BinaryMark),
        (format!("{upper}  a\n"), SumsRule::UpperCase),
        (format!("{HEX}0  a\n"), SumsRule::NotADigest),
        (format!(" {HEX}  a\n"), SumsRule::NotADigest),
        ("hello world\n".to_owned(), SumsRule::NotADigest),
        (format!("{HEX}\n"), SumsRule::NoName),
        (format!("{HEX}  \n"), SumsRule::NoName),
        (format!("{HEX}  a b\n"), SumsRule::SpaceInName),
        (format!("{HEX}  a \n"), SumsRule::SpaceInName),
        (format!("{HEX}  a\u{a0}b\n"), SumsRule::SpaceInName),
        (format!("{HEX}  ./a\n"), SumsRule::Path),
        (
            format!("{HEX}  a\n{HEX}  b\n{HEX}  a\n"),
            SumsRule::Duplicate(1),
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(rule(&text), expected, "{text:?}");
    }
    let error = ShaSums::parse_strict(b"\xff  a\n").unwrap_err();
    assert!(matches!(
        error,
        SumsError::Line {
            rule: SumsRule::NotText,
            ..
        }
    ));
    assert_eq!(ShaSums::parse_strict(b""), Err(SumsError::Empty));
    let long = vec![b'a'; SUMS_BYTES_MAX + 1];
    assert!(matches!(
        ShaSums::parse_strict(&long),
        Err(SumsError::TooLarge(_))
    ));
}

#[test]
fn an_error_names_line_and_text() {
    let text = format!("{HEX}  a\n{}\n", "x".repeat(200));
    let error = ShaSums::parse_strict(text.as_bytes())
        .unwrap_err()
        .to_string();
    let start = format!(
        "SHA256SUMS line 2 (\"{}…\"): a line begins with",
        "x".repeat(80)
    );
    assert!(error.starts_with(&start), "{error}");
}

#[test]
fn foreign_files_are_read_as_far_as_possible() {
    let upper = HEX.to_uppercase();
    let text = format!(
        "# sums\n\n{upper} *a.zip\r\n{HEX}\nshort  b.zip\n{HEX}\tc.zip  more\n{HEX}  a.zip"
    );
    let sums = ShaSums::parse_lenient(text.as_bytes());
    let names: Vec<_> = sums.iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["a.zip", "c.zip"]);
    assert_eq!(sums.get("a.zip").unwrap().hex(), HEX);
    assert!(ShaSums::parse_lenient(b"<html>").is_empty());
}

#[test]
fn entries_must_be_listable() {
    let digest = Digest::sha256(b"");
    let list = |names: &[&'static str]| {
        ShaSums::from_entries(names.iter().map(|name| (*name, digest.clone())))
    };
    assert_eq!(list(&["a", "b"]).unwrap().len(), 2);
    for bad in [&["a", "a"][..], &["a b"], &[""], &["../a"], &["*a"], &[]] {
        assert!(list(bad).is_err(), "{bad:?}");
    }
    let forged: &'static str = format!("a\n{HEX}  b").leak();
    assert!(list(&[forged]).is_err());
}

proptest! {
    #[test]
    fn what_reads_strictly_renders_the_same(names in prop::collection::btree_set("[a-z0-9._-]{1,20}", 1..20)) {
        let digests = names.iter().map(|name| (name.as_str(), Digest::sha256(name.as_bytes())));
        let sums = ShaSums::from_entries(digests).unwrap();
        let text = sums.render();
        prop_assert_eq!(&ShaSums::parse_strict(text.as_bytes()).unwrap(), &sums);
        prop_assert_eq!(&ShaSums::parse_lenient(text.as_bytes()), &sums);
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let lenient = ShaSums::parse_lenient(&bytes);
        if let Ok(strict) = ShaSums::parse_strict(&bytes) {
            prop_assert_eq!(strict, lenient);
        }
    }

    #[test]
    fn damaged_lines_are_read_or_refused(at in 0usize..75, byte in any::<u8>()) {
        let mut bytes = format!("{HEX}  a.zip\n{HEX}  b.zip\n").into_bytes();
        bytes[at] = byte;
        let lenient = ShaSums::parse_lenient(&bytes);
        if let Ok(strict) = ShaSums::parse_strict(&bytes) {
            prop_assert_eq!(strict, lenient);
        }
    }
}
