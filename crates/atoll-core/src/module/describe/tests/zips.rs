//! Packages.

use std::io::{Cursor, Write as _};

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::super::*;
use super::VPC;
use crate::kind::ErrorKind;

fn zip(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in entries {
        writer
            .start_file(*name, SimpleFileOptions::default())
            .unwrap();
        writer.write_all(content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

#[test]
fn a_package_is_read() {
    let large = vec![b' '; FILE_BYTES_MAX + 2];
    let bytes = zip(&[
        ("sub/main.tf", VPC.as_bytes()),
        ("sub/large.tf", &large),
        ("sub/latin1.tf", b"# ok\n# caf\xe9\n"),
        ("sub/readme.md", b"Caf\xe9"),
        ("sub/program", &[0; 100]),
        ("sub/modules/x/x.tf", b""),
    ]);
    let description = describe_zip(Cursor::new(&bytes), "sub").unwrap();
    assert!(describe_zip(Cursor::new(&bytes), "su").unwrap().root.empty);
    assert!(describe_zip(Cursor::new(&bytes), "..").unwrap().root.empty);
    assert_eq!(description.root.inputs.len(), 4);
    assert_eq!(description.submodules.len(), 1);
    assert_eq!(description.root.readme, "Caf\u{fffd}");
    let problems: Vec<_> = description
        .root
        .diagnostics
        .iter()
        .map(|d| (d.file.as_str(), d.line))
        .collect();
    assert_eq!(problems, [("large.tf", None), ("latin1.tf", Some(2))]);
}

#[test]
fn other_modules_of_a_tree_leave_room() {
    let large = vec![b'\n'; FILE_BYTES_MAX];
    let names: Vec<String> = (0..12).map(|n| format!("a/{n}/main.tf")).collect();
    let mut entries: Vec<(&str, &[u8])> = names.iter().map(|n| (n.as_str(), &large[..])).collect();
    entries.push(("z/main.tf", VPC.as_bytes()));
    let root = describe_zip(Cursor::new(zip(&entries)), "z").unwrap().root;
    assert_eq!(root.inputs.len(), 4);
    assert_eq!(root.diagnostics, []);
}

#[test]
fn damaged_packages_are_refused() {
    assert_eq!(
        describe_zip(Cursor::new(b"no zip"), "").unwrap_err().kind(),
        ErrorKind::Invalid
    );
    let mut bytes = zip(&[("main.tf", VPC.as_bytes())]);
    bytes[60..400].fill(0);
    let error = describe_zip(Cursor::new(&bytes), "").unwrap_err();
    assert!(matches!(error, DescribeError::Entry { .. }));
    assert_eq!(error.kind(), ErrorKind::Invalid);
}
