use super::super::*;
use super::build::{
    Item, MIRROR, PUBLISH, directory, file, hardlink, names, pack, rule, symlink, tar, zip,
};

fn with(items: &[Item]) -> Vec<u8> {
    let mut all = vec![file("main.tf", "")];
    all.extend_from_slice(items);
    tar(&all)
}

#[test]
fn hostile_names_are_refused_everywhere() {
    for (name, expected) in [
        ("../x", EntryRule::ParentDirectory),
        ("a/../b", EntryRule::ParentDirectory),
        ("..", EntryRule::ParentDirectory),
        ("a\\..\\b", EntryRule::ParentDirectory),
        ("/etc/passwd", EntryRule::Absolute),
        ("\\\\host\\share", EntryRule::Absolute),
        ("C:/x", EntryRule::Absolute),
        ("c:x", EntryRule::Absolute),
    ] {
        for request in [PUBLISH, MIRROR] {
            let found = rule(&with(&[file(name, "")]), &request);
            assert_eq!(found, (name.to_owned(), expected.clone()));
            let found = rule(&with(&[symlink(name, "main.tf")]), &request);
            assert_eq!(found.1, expected);
        }
    }
}

#[test]
fn odd_names_are_refused_or_left_out() {
    let long = "x".repeat(COMPONENT_BYTES_MAX + 1);
    for (name, expected) in [
        ("a\\b", EntryRule::Backslash),
        ("a\nb", EntryRule::Control),
        ("a\u{85}b", EntryRule::Control),
        (long.as_str(), EntryRule::TooLong),
    ] {
        // A zip, for the length of the name.
        let archive = zip(&[file("main.tf", ""), file(&name.replace('\\', "q"), "")]);
        let archive = if name.contains('\\') {
            with(&[file(name, "")])
        } else {
            archive
        };
        assert_eq!(rule(&archive, &PUBLISH).1, expected);
        let (packaged, _) = pack(&archive, &MIRROR).unwrap();
        assert_eq!(packaged.files, 1);
        assert!(packaged.warnings[0].ends_with(&expected.to_string()));
    }
    let mut latin = with(&[file("caf\u{e9}", "")]);
    let at = latin
        .windows(2)
        .position(|bytes| bytes == "\u{e9}".as_bytes())
        .unwrap();
    latin[at..at + 2].copy_from_slice(b"\xff\xfe");
    // The sum changes by as much.
    let header_at = at - "caf".len();
    let mut header = ::tar::Header::from_byte_slice(&latin[header_at..header_at + 512]).clone();
    header.set_cksum();
    latin[header_at..header_at + 512].copy_from_slice(header.as_bytes());
    assert_eq!(rule(&latin, &PUBLISH).1, EntryRule::NotText);
    assert_eq!(pack(&latin, &MIRROR).unwrap().0.files, 1);
}

#[test]
fn dots_and_slashes_in_names_are_cleaned() {
    let (names, packaged) = names(
        &[
            directory("./"),
            file("./main.tf", ""),
            directory("./a//"),
            file("a/./b", ""),
            file("empty/", ""),
        ],
        &PUBLISH,
    );
    assert_eq!(names, ["a/b", "main.tf"]);
    assert!(packaged.warnings.is_empty());
}

#[test]
fn duplicates_are_refused_unless_they_are_the_same() {
    let same = with(&[file("./main.tf", "")]);
    assert_eq!(
        rule(&same, &PUBLISH),
        ("./main.tf".to_owned(), EntryRule::Duplicate)
    );
    assert_eq!(pack(&same, &MIRROR).unwrap().0.files, 1);
    let other = with(&[file("main.tf", "x")]);
    for request in [PUBLISH, MIRROR] {
        assert_eq!(rule(&other, &request).1, EntryRule::Duplicate);
        let link = with(&[symlink("main.tf", "x")]);
        assert_eq!(rule(&link, &request).1, EntryRule::Duplicate);
    }
}

#[test]
fn a_file_is_no_directory() {
    for items in [
        [file("a", ""), file("a/b", "")],
        [file("a/b", ""), file("a", "")],
        [file("a", ""), directory("a")],
        [symlink("a", "."), file("a/b", "")],
        [file("a/b", ""), hardlink("a", "main.tf")],
    ] {
        for request in [PUBLISH, MIRROR] {
            assert_eq!(rule(&with(&items), &request).1, EntryRule::FileAsDirectory);
        }
    }
}

#[test]
fn names_that_clash_in_case_are_refused_or_reported() {
    for (one, other, clash) in [
        ("README", "readme", "readme"),
        ("Docs/a", "docs/b", "docs"),
        ("Ärger", "ärger", "ärger"),
    ] {
        let archive = with(&[file(one, ""), file(other, "")]);
        let (entry, rule) = rule(&archive, &PUBLISH);
        assert_eq!(entry, clash);
        assert!(matches!(rule, EntryRule::CaseClash(_)));
        let (packaged, _) = pack(&archive, &MIRROR).unwrap();
        assert_eq!((packaged.files, packaged.warnings.len()), (3, 1));
    }
}

#[test]
fn special_files_are_refused_or_left_out() {
    for kind in *b"346Z" {
        let archive = with(&[Item::Other("dev".into(), kind)]);
        assert_eq!(rule(&archive, &PUBLISH).1, EntryRule::Special);
        let (packaged, _) = pack(&archive, &MIRROR).unwrap();
        assert_eq!((packaged.files, packaged.warnings.len()), (1, 1));
    }
    let sparse = with(&[Item::Other("disk".into(), b'S')]);
    assert_eq!(rule(&sparse, &MIRROR).1, EntryRule::Sparse);
}

#[test]
fn what_tools_leave_behind_is_left_out() {
    let items = [
        file(".git/config", ""),
        file(".git/HEAD", ""),
        file("modules/x/.terraform/modules.json", ""),
        file(".terraform.lock.hcl", ""),
        file(".gitignore", ""),
        file("main.tf", ""),
    ];
    let (found, packaged) = names(&items, &PUBLISH);
    assert_eq!(found, [".gitignore", ".terraform.lock.hcl", "main.tf"]);
    assert_eq!(packaged.warnings.len(), 2, "{:?}", packaged.warnings);
    assert!(names(&items, &MIRROR).1.warnings.is_empty());
}

#[test]
fn warnings_are_bounded() {
    let items: Vec<_> = (0..WARNINGS_MAX + 5)
        .map(|index| symlink(&format!("l{index}"), "/"))
        .collect();
    let (packaged, _) = pack(&with(&items), &MIRROR).unwrap();
    assert_eq!(packaged.warnings.len(), WARNINGS_MAX + 1);
    assert_eq!(packaged.warnings.last().unwrap(), "and 5 more warnings");
}

#[test]
fn encrypted_and_exotic_zips_are_refused() {
    let at = |archive: &[u8], field: usize| {
        let start = archive.windows(4).rposition(|bytes| bytes == b"PK\x01\x02");
        start.unwrap() + field
    };
    let mut encrypted = zip(&[file("main.tf", "")]);
    let flags = at(&encrypted, 8);
    encrypted[flags] |= 1;
    assert_eq!(rule(&encrypted, &MIRROR).1, EntryRule::Encrypted);
    let mut exotic = zip(&[file("main.tf", "")]);
    let method = at(&exotic, 10);
    exotic[method] = 12;
    assert_eq!(rule(&exotic, &MIRROR).1, EntryRule::Compression);
}
