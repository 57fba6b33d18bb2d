use std::io::{Cursor, Write};

use proptest::prelude::*;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::*;
use crate::archive::ArchiveError;

const PROGRAM: &str = "terraform-provider-example_v1.0.0";

fn options(mode: u32) -> SimpleFileOptions {
    SimpleFileOptions::default().unix_permissions(mode)
}

fn writer() -> ZipWriter<Cursor<Vec<u8>>> {
    ZipWriter::new(Cursor::new(Vec::new()))
}

/// A zip with the program and some more files.
fn with(names: &[&str]) -> Vec<u8> {
    let mut writer = writer();
    writer.start_file(PROGRAM, options(0o755)).unwrap();
    writer.write_all(b"#!/bin/sh").unwrap();
    for name in names {
        writer.start_file(*name, options(0o644)).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn only(name: &str, mode: u32) -> Vec<u8> {
    let mut writer = writer();
    writer.start_file(name, options(mode)).unwrap();
    writer.finish().unwrap().into_inner()
}

fn lint_for(bytes: Vec<u8>, platform: &str) -> Result<ProviderZip, LintError> {
    lint(Cursor::new(bytes), "example", &platform.parse().unwrap())
}

fn rule(bytes: Vec<u8>) -> (String, LintRule) {
    match lint_for(bytes, "linux_amd64").unwrap_err() {
        LintError::Entry { entry, rule } => (entry.into(), rule),
        other => panic!("{other}"),
    }
}

/// Replaces bytes in the local headers and in the list of entries.
fn replaced(mut bytes: Vec<u8>, from: &[u8], to: &[u8]) -> Vec<u8> {
    while let Some(at) = bytes.windows(from.len()).position(|window| window == from) {
        bytes[at..at + to.len()].copy_from_slice(to);
    }
    bytes
}

/// The `count` bytes at `offset` of the first entry in the list.
fn directory_field(bytes: &mut [u8], offset: usize, count: usize) -> &mut [u8] {
    let start = bytes
        .windows(4)
        .position(|window| window == b"PK\x01\x02")
        .unwrap()
        + offset;
    &mut bytes[start..start + count]
}

#[test]
fn a_good_zip_is_described() {
    let found = lint_for(with(&["LICENSE.txt", "docs/index.md"]), "linux_amd64").unwrap();
    assert_eq!(
        found,
        ProviderZip {
            program: PROGRAM.to_owned(),
            files: 3,
            unpacked_bytes: 9
        }
    );
    for name in [
        "terraform-provider-example",
        "terraform-provider-example_v1",
        "terraform-provider-example.bin",
    ] {
        assert_eq!(
            lint_for(only(name, 0o755), "linux_amd64").unwrap().program,
            name
        );
    }
}

#[test]
fn names_that_do_not_unpack_alike_everywhere_are_refused() {
    let cases = [
        ("/etc/passwd", LintRule::Absolute),
        ("c:/x", LintRule::Absolute),
        ("a/../../b", LintRule::ParentDirectory),
        ("..", LintRule::ParentDirectory),
        ("a//b", LintRule::BadName),
        ("./a", LintRule::BadName),
        ("a\nb", LintRule::BadName),
        ("a\0b", LintRule::BadName),
        ("docs\\index.md", LintRule::Backslash),
    ];
    for (name, expected) in cases {
        // The writer corrects some names, so these go in by force.
        let stand_in = "q".repeat(name.len());
        let bytes = replaced(with(&[&stand_in]), stand_in.as_bytes(), name.as_bytes());
        assert_eq!(rule(bytes), (name.to_owned(), expected), "{name:?}");
    }
    let bytes = replaced(with(&["qqq"]), b"qqq", b"\xff\xfeq");
    assert_eq!(rule(bytes).1, LintRule::NotText);
    assert_eq!(
        rule(with(&["README", "readme"])),
        ("readme".to_owned(), LintRule::CaseClash("README".into()))
    );
    assert_eq!(
        rule(with(&["docs/a", "Docs"])),
        (
            "Docs".to_owned(),
            LintRule::FileAsDirectory("docs/a".into())
        )
    );
}

#[test]
fn duplicates_are_refused() {
    let bytes = replaced(with(&["qq1", "qq2"]), b"qq2", b"qq1");
    assert!(matches!(
        lint_for(bytes, "linux_amd64"),
        Err(LintError::Archive(ArchiveError::DuplicateNames))
    ));
}

#[test]
fn directories_and_links_are_refused() {
    let mut writer = writer();
    writer.add_directory("docs", options(0o755)).unwrap();
    assert_eq!(
        rule(writer.finish().unwrap().into_inner()),
        ("docs/".to_owned(), LintRule::Directory)
    );
    let mut writer = self::writer();
    writer
        .add_symlink("link", "/etc/passwd", options(0o777))
        .unwrap();
    assert_eq!(
        rule(writer.finish().unwrap().into_inner()),
        ("link".to_owned(), LintRule::SymbolicLink)
    );
    let mut pipe = with(&[]);
    directory_field(&mut pipe, 40, 2).copy_from_slice(&0o010_644_u16.to_le_bytes());
    assert_eq!(rule(pipe).1, LintRule::Special);
}

#[test]
fn what_clients_cannot_unpack_is_refused() {
    let mut encrypted = with(&[]);
    directory_field(&mut encrypted, 8, 1)[0] |= 1;
    assert_eq!(rule(encrypted), (PROGRAM.to_owned(), LintRule::Encrypted));
    let mut bzip2 = with(&[]);
    directory_field(&mut bzip2, 10, 2).copy_from_slice(&12_u16.to_le_bytes());
    assert_eq!(rule(bzip2), (PROGRAM.to_owned(), LintRule::Compression));
}

#[test]
fn the_program_must_be_there() {
    for name in [
        "terraform-provider-examples",
        "terraform-provider-other",
        "bin/terraform-provider-example",
    ] {
        let error = lint_for(only(name, 0o755), "linux_amd64").unwrap_err();
        assert!(
            matches!(error, LintError::NoProgram { .. }),
            "{name}: {error}"
        );
        assert!(
            error.to_string().contains("`terraform-provider-example`"),
            "{error}"
        );
    }
    assert!(matches!(
        lint_for(writer().finish().unwrap().into_inner(), "linux_amd64"),
        Err(LintError::NoProgram { .. })
    ));
}

#[test]
fn the_program_must_be_executable() {
    assert_eq!(
        rule(only(PROGRAM, 0o644)),
        (PROGRAM.to_owned(), LintRule::NotExecutable(0o644))
    );
    let mut foreign = with(&[]);
    directory_field(&mut foreign, 5, 1)[0] = 0; // made on MS-DOS
    assert_eq!(rule(foreign), (PROGRAM.to_owned(), LintRule::NoMode));
    let mut none = with(&[]);
    directory_field(&mut none, 38, 4).fill(0);
    assert_eq!(rule(none).1, LintRule::NoMode);
    // Clients start the first that fits, whichever was meant.
    let bytes = with(&["terraform-provider-example.md"]);
    assert_eq!(
        rule(bytes),
        (
            "terraform-provider-example.md".to_owned(),
            LintRule::NotExecutable(0o644)
        )
    );
}

#[test]
fn on_windows_the_name_counts() {
    lint_for(
        only("terraform-provider-example_v1.0.0_x5.exe", 0o644),
        "windows_amd64",
    )
    .unwrap();
    let error = lint_for(only(PROGRAM, 0o755), "windows_amd64").unwrap_err();
    assert!(
        matches!(
            error,
            LintError::Entry {
                rule: LintRule::NotExe,
                ..
            }
        ),
        "{error}"
    );
}

#[test]
fn other_files_are_no_zips() {
    for bytes in [
        b"".as_slice(),
        b"PK",
        b"<html></html>",
        b"PK\x05\x06",
        &[0; 100],
    ] {
        let error = lint_for(bytes.to_vec(), "linux_amd64").unwrap_err();
        assert!(
            matches!(error, LintError::Archive(ArchiveError::NotAZip(_))),
            "{error}"
        );
    }
}

#[test]
fn an_error_names_the_entry_and_the_rule() {
    let error = lint_for(only(PROGRAM, 0o600), "linux_amd64")
        .unwrap_err()
        .to_string();
    assert_eq!(
        error,
        "entry \"terraform-provider-example_v1.0.0\": the program is not executable (mode 0600), so clients could not run it; make it 0755 before packing"
    );
}

proptest! {
    #[test]
    fn damaged_zips_never_panic(
        changes in prop::collection::vec((0usize..600, any::<u8>()), 1..6),
        cut in 100usize..700,
    ) {
        let mut bytes = with(&["LICENSE", "docs/index.md"]);
        for (at, byte) in changes {
            if let Some(target) = bytes.get_mut(at) {
                *target = byte;
            }
        }
        bytes.truncate(cut);
        let _ = lint_for(bytes.clone(), "linux_amd64");
        let _ = crate::h1::H1::of_zip(Cursor::new(bytes));
    }

    #[test]
    fn any_bytes_are_refused(bytes in prop::collection::vec(any::<u8>(), 0..500)) {
        prop_assert!(lint_for(bytes, "linux_amd64").is_err());
    }

    #[test]
    fn safe_names_pass(names in prop::collection::btree_set("[a-z]{1,8}(/[a-z0-9]{1,8}\\.md){0,2}", 0..8)) {
        let clash = names.iter().any(|name| names.iter().any(|other| other.starts_with(&format!("{name}/"))));
        let names: Vec<_> = names.iter().map(String::as_str).collect();
        prop_assert_eq!(lint_for(with(&names), "linux_amd64").is_ok(), !clash);
    }
}

#[test]
fn what_others_published_only_has_to_be_usable() {
    let foreign = |bytes: Vec<u8>| lint_foreign(Cursor::new(bytes), "example");
    let mut writer = writer();
    writer.add_directory("docs/", options(0o755)).unwrap();
    writer.start_file("docs/README.md", options(0o644)).unwrap();
    writer.start_file("DOCS/readme.md", options(0o644)).unwrap();
    writer.start_file(PROGRAM, options(0o644)).unwrap();
    let found = foreign(writer.finish().unwrap().into_inner()).unwrap();
    assert_eq!((found.program.as_str(), found.files), (PROGRAM, 3));
    for hostile in ["../x", "/etc/passwd", "a\\b", "../"] {
        let refused = foreign(with(&[hostile])).unwrap_err();
        assert!(
            matches!(refused, LintError::Entry { .. }),
            "{hostile}: {refused}"
        );
    }
    assert!(matches!(
        foreign(only("README.md", 0o644)),
        Err(LintError::NoProgram { .. })
    ));
    assert!(matches!(
        foreign(b"no zip".to_vec()),
        Err(LintError::Archive(_))
    ));
}
