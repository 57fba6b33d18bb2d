use std::io::{self, Cursor, Read, Seek, SeekFrom, Write};

use super::super::*;
use super::build::{MIRROR, PUBLISH, file, gzip, pack, tar, zip};
use crate::getter::ArchiveFormat;
use crate::kind::ErrorKind;

#[test]
fn other_documents_are_recognised() {
    for page in [
        "<!DOCTYPE html>",
        "<html lang=en>",
        "\u{feff}\r\n  <!doctype html>",
        "\n<HTML>",
    ] {
        assert_eq!(
            ArchiveFormat::sniff(page.as_bytes()),
            Err(NotAnArchive::Html)
        );
    }
    let json = ArchiveFormat::sniff(b" {\"message\": \"Not Found\"}");
    assert!(matches!(json, Err(NotAnArchive::Json(text)) if text.contains("Not Found")));
    let text = ArchiveFormat::sniff("not found \u{e9}".as_bytes().split_last().unwrap().1);
    assert_eq!(text, Err(NotAnArchive::Text("not found".into())));
    assert_eq!(ArchiveFormat::sniff(b""), Err(NotAnArchive::Empty));
    assert_eq!(
        ArchiveFormat::sniff(b"\x7fELF\0"),
        Err(NotAnArchive::Unknown)
    );
    let error = pack(b"<!doctype html><title>Sign in", &PUBLISH).unwrap_err();
    assert!(error.to_string().contains("an HTML page (a login page?)"));
    assert_eq!(error.kind(), ErrorKind::Invalid);
}

#[test]
fn a_single_compressed_file_is_refused_with_words() {
    let error = pack(&gzip(b"resource \"x\" \"y\" {}"), &MIRROR).unwrap_err();
    assert!(
        matches!(error, PackageError::SingleFile("gzip")),
        "{error:?}"
    );
    assert!(error.to_string().contains("tar -czf"));
    let error = pack(&gzip(b""), &MIRROR).unwrap_err();
    assert!(
        matches!(error, PackageError::SingleFile("gzip")),
        "{error:?}"
    );
}

#[test]
fn what_was_cut_off_is_noticed() {
    let whole = tar(&[file("main.tf", &"x".repeat(2000))]);
    let packed = gzip(&whole);
    for cut in [
        packed.split_at(packed.len() - 1).0,
        packed.split_at(packed.len() / 2).0,
        whole.split_at(1000).0,
    ] {
        let error = pack(cut, &MIRROR).unwrap_err();
        assert!(matches!(error, PackageError::Damaged { .. }), "{error:?}");
    }
    let packed = zip(&[file("main.tf", "x")]);
    let error = pack(packed.split_at(packed.len() - 1).0, &MIRROR).unwrap_err();
    assert!(matches!(error, PackageError::Zip(_)), "{error:?}");
}

#[test]
fn streams_that_were_appended_are_read() {
    let whole = tar(&[file("main.tf", "x")]);
    let (head, tail) = whole.split_at(700);
    let (expected, _) = pack(&whole, &PUBLISH).unwrap();
    for compress in [gzip, super::build::bzip2, super::build::zstd] {
        let packed = [compress(head), compress(tail)].concat();
        assert_eq!(pack(&packed, &PUBLISH).unwrap().0, expected);
    }
    // A frame to be skipped.
    let skipped = [
        b"\x50\x2a\x4d\x18\x03\0\0\0abc",
        super::build::zstd(&whole).as_slice(),
    ]
    .concat();
    assert_eq!(pack(&skipped, &PUBLISH).unwrap().0, expected);
}

/// A disk without room.
struct Full;

impl Write for Full {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::ErrorKind::StorageFull.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A disk that goes away.
struct Broken(Cursor<Vec<u8>>);

impl Read for Broken {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.0.position() >= 1024 {
            return Err(io::Error::other("the disk is away"));
        }
        let count = buffer.len().min(512);
        self.0.read(&mut buffer[..count])
    }
}

impl Seek for Broken {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.0.seek(to)
    }
}

#[test]
fn broken_disks_are_not_broken_archives() {
    let scratch = || Cursor::new(Vec::new());
    let small = Cursor::new(tar(&[file("main.tf", "x")]));
    let error = package(small, scratch(), &PUBLISH, Full).unwrap_err();
    assert!(matches!(error, PackageError::Write(_)), "{error:?}");
    assert_eq!(error.kind(), ErrorKind::StorageFull);
    let large = Cursor::new(tar(&[file("main.tf", &"x".repeat(5000))]));
    let error = package(Broken(large), scratch(), &PUBLISH, Vec::new()).unwrap_err();
    assert!(matches!(error, PackageError::Read(_)), "{error:?}");
    assert_eq!(error.kind(), ErrorKind::Unavailable);
}
