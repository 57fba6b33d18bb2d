use ::tar::EntryType;

use super::super::*;
use super::build::{MIRROR, PUBLISH, header, pack, rule, unpack};

/// A tar of entries with bodies, without any correction.
fn raw(entries: &[(&str, &str, EntryType, &[u8])]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (name, target, kind, body) in entries {
        bytes.extend_from_slice(header(name, target, *kind, 0o644, body.len()).as_bytes());
        bytes.extend_from_slice(body);
        bytes.resize(bytes.len().next_multiple_of(512), 0);
    }
    bytes.resize(bytes.len() + 1024, 0);
    bytes
}

fn record(key: &str, value: &str) -> Vec<u8> {
    let rest = format!(" {key}={value}\n");
    let mut length = rest.len() + 1;
    while length.to_string().len() + rest.len() != length {
        length += 1;
    }
    format!("{length}{rest}").into_bytes()
}

const MAIN: (&str, &str, EntryType, &[u8]) = ("main.tf", "", EntryType::Regular, b"");

#[test]
fn long_names_of_both_kinds_are_read() {
    let long = format!("{}/x.tf", "d".repeat(200));
    let pax = [record("path", &long), record("mtime", "1.5")].concat();
    let link = [record("path", "l"), record("linkpath", &long)].concat();
    let gnu = format!("{long}\0");
    let archives = [
        raw(&[
            (
                "g",
                "",
                EntryType::XGlobalHeader,
                &record("path", "ignored"),
            ),
            MAIN,
            ("x", "", EntryType::XHeader, &pax),
            ("short", "", EntryType::Regular, b"1"),
            ("x", "", EntryType::XHeader, &link),
            ("short", "short", EntryType::Symlink, b""),
        ]),
        raw(&[
            ("label", "", EntryType::new(b'V'), b""),
            MAIN,
            ("././@LongLink", "", EntryType::GNULongName, gnu.as_bytes()),
            ("short", "", EntryType::Regular, b"1"),
            ("././@LongLink", "", EntryType::GNULongLink, gnu.as_bytes()),
            ("l", "short", EntryType::Symlink, b""),
        ]),
    ];
    for archive in archives {
        let (packaged, bytes) = pack(&archive, &PUBLISH).unwrap();
        let files = unpack(&bytes);
        assert_eq!(packaged.files, 3);
        assert_eq!(
            (files[&long].0.as_slice(), files["l"].0.as_slice()),
            (&b"1"[..], &b"1"[..])
        );
    }
}

#[test]
fn hostile_names_in_extended_headers_are_seen() {
    let pax = record("path", "../x");
    let archive = raw(&[
        MAIN,
        ("x", "", EntryType::XHeader, &pax),
        ("x", "", EntryType::Regular, b""),
    ]);
    assert_eq!(
        rule(&archive, &MIRROR),
        ("../x".to_owned(), EntryRule::ParentDirectory)
    );
}

#[test]
fn damaged_and_endless_headers_are_refused() {
    let long = vec![b'x'; (1 << 20) + 1];
    for body in [
        &b"99 path=x\n"[..],
        b"path=x\n",
        b"9 path=xx",
        b"3 \n",
        &long,
    ] {
        let archive = raw(&[("x", "", EntryType::XHeader, body), MAIN]);
        assert_eq!(rule(&archive, &MIRROR).1, EntryRule::Extension);
    }
    let archive = raw(&[("x", "", EntryType::GNULongName, &long), MAIN]);
    assert_eq!(rule(&archive, &MIRROR).1, EntryRule::Extension);
    for (record, expected) in [
        (record("size", "1"), EntryRule::Size),
        (record("GNU.sparse.major", "1"), EntryRule::Sparse),
    ] {
        let archive = raw(&[("x", "", EntryType::XHeader, &record), MAIN]);
        assert_eq!(rule(&archive, &MIRROR).1, expected);
    }
}
