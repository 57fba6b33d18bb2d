//! Archives made in memory.

use std::collections::BTreeMap;
use std::io::{Cursor, Read, Write};

use tar::{EntryType, Header};
use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

use super::super::*;

/// An entry to be packed.
#[derive(Clone, Debug)]
pub(super) enum Item {
    File(String, Vec<u8>, u32),
    Directory(String),
    Symlink(String, String),
    Hardlink(String, String),
    Other(String, u8),
}

pub(super) fn file(name: &str, content: &str) -> Item {
    Item::File(name.to_owned(), content.as_bytes().to_vec(), 0o644)
}

pub(super) fn symlink(name: &str, target: &str) -> Item {
    Item::Symlink(name.to_owned(), target.to_owned())
}

pub(super) fn hardlink(name: &str, target: &str) -> Item {
    Item::Hardlink(name.to_owned(), target.to_owned())
}

pub(super) fn directory(name: &str) -> Item {
    Item::Directory(name.to_owned())
}

/// A header with names put in by force: the library corrects some.
pub(super) fn header(name: &str, target: &str, kind: EntryType, mode: u32, size: usize) -> Header {
    let mut header = Header::new_gnu();
    header.set_entry_type(kind);
    header.set_mode(mode);
    header.set_size(size as u64);
    header.set_mtime(1_700_000_000);
    header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
    header.as_old_mut().linkname[..target.len()].copy_from_slice(target.as_bytes());
    header.set_cksum();
    header
}

pub(super) fn tar(items: &[Item]) -> Vec<u8> {
    let mut builder = ::tar::Builder::new(Vec::new());
    let mut append = |name: &str, target: &str, kind, mode, content: &[u8]| {
        let header = header(name, target, kind, mode, content.len());
        builder.append(&header, content).unwrap();
    };
    for item in items {
        match item {
            Item::File(name, content, mode) => {
                append(name, "", EntryType::Regular, *mode, content);
            }
            Item::Directory(name) => append(name, "", EntryType::Directory, 0o755, b""),
            Item::Symlink(name, target) => append(name, target, EntryType::Symlink, 0o777, b""),
            Item::Hardlink(name, target) => append(name, target, EntryType::Link, 0o644, b""),
            Item::Other(name, kind) => append(name, "", EntryType::new(*kind), 0o644, b""),
        }
    }
    builder.into_inner().unwrap()
}

pub(super) fn zip(items: &[Item]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default();
    for item in items {
        match item {
            Item::File(name, content, mode) => {
                let options = options.unix_permissions(*mode);
                writer.start_file(name.as_str(), options).unwrap();
                writer.write_all(content).unwrap();
            }
            Item::Directory(name) => writer.add_directory(name.as_str(), options).unwrap(),
            Item::Symlink(name, target) => writer
                .add_symlink(name.as_str(), target.as_str(), options)
                .unwrap(),
            Item::Hardlink(..) | Item::Other(..) => panic!("not in a zip"),
        }
    }
    writer.finish().unwrap().into_inner()
}

pub(super) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub(super) fn bzip2(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ::bzip2::write::BzEncoder::new(Vec::new(), ::bzip2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub(super) fn zstd(bytes: &[u8]) -> Vec<u8> {
    ruzstd::encoding::compress_to_vec(bytes, ruzstd::encoding::CompressionLevel::Fastest)
}

pub(super) const PUBLISH: Request<'_> = Request {
    strictness: Strictness::Publish,
    subdir: None,
    wrapper: Wrapper::Keep,
};

pub(super) const MIRROR: Request<'_> = Request {
    strictness: Strictness::Mirror,
    subdir: None,
    wrapper: Wrapper::Keep,
};

/// The package and its bytes.
pub(super) fn pack(
    archive: &[u8],
    request: &Request<'_>,
) -> Result<(Packaged, Vec<u8>), PackageError> {
    let mut out = Vec::new();
    let scratch = Cursor::new(Vec::new());
    let packaged = package(Cursor::new(archive), scratch, request, &mut out)?;
    Ok((packaged, out))
}

/// The files of a package: content and mode by name.
pub(super) fn unpack(zip: &[u8]) -> BTreeMap<String, (Vec<u8>, u32)> {
    crate::archive::open(Cursor::new(zip)).unwrap();
    let mut zip = ZipArchive::new(Cursor::new(zip)).unwrap();
    (0..zip.len())
        .map(|index| {
            let mut entry = zip.by_index(index).unwrap();
            let mut content = Vec::new();
            entry.read_to_end(&mut content).unwrap();
            let mode = entry.unix_mode().unwrap() & 0o777;
            (entry.name().unwrap().into_owned(), (content, mode))
        })
        .collect()
}

/// The names in a package, and what was said about it.
pub(super) fn names(items: &[Item], request: &Request<'_>) -> (Vec<String>, Packaged) {
    let (packaged, zip) = pack(&tar(items), request).unwrap();
    (unpack(&zip).into_keys().collect(), packaged)
}

/// The rule that an archive breaks, and the entry that breaks it.
pub(super) fn rule(archive: &[u8], request: &Request<'_>) -> (String, EntryRule) {
    match pack(archive, request) {
        Err(PackageError::Entry { entry, rule }) => (entry.into(), rule),
        other => panic!("{other:?}"),
    }
}
