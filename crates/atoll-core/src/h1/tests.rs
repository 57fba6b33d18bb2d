use std::io::{Cursor, Write};

use proptest::prelude::*;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::hash::READ_BYTES;
use super::*;
use crate::archive::ArchiveError;
use crate::digest::{Algorithm, Digest};

const EMPTY: &str = "h1:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";

fn zip(files: &[(&str, &[u8])], method: CompressionMethod) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(method);
    for (name, content) in files {
        if let Some(directory) = name.strip_suffix('/') {
            writer.add_directory(directory, options).unwrap();
        } else {
            writer.start_file(*name, options).unwrap();
            writer.write_all(content).unwrap();
        }
    }
    writer.finish().unwrap().into_inner()
}

fn of(files: &[(&str, &[u8])]) -> H1 {
    H1::of_zip(Cursor::new(zip(files, CompressionMethod::Deflated))).unwrap()
}

#[test]
fn nothing_has_the_known_hash() {
    assert_eq!(of(&[]).to_string(), EMPTY);
    assert_eq!(H1::of_files([]).unwrap(), EMPTY.parse().unwrap());
}

/// The expected values come from another implementation.
#[test]
fn one_file_has_the_hash_of_its_line() {
    let hash = of(&[("hello.txt", b"hello\n")]);
    assert_eq!(
        hash.to_string(),
        "h1:U/MTbknduiUdDztSYaUnMfbpBiMl2oAft+3CdTktZ90="
    );
    let two = of(&[("b/x", b"x"), ("Z", b""), ("a", b"hello\n")]);
    assert_eq!(
        two.to_string(),
        "h1:l43SkisvbjPmZnE/LDiRG1+AplWjO5+6nmdpanGDoJQ="
    );
}

#[test]
fn order_and_compression_do_not_matter_but_directories_do() {
    let files: [(&str, &[u8]); 3] = [("a", b"1"), ("dir/b", b"2"), ("Z", b"3")];
    let mut reversed = files;
    reversed.reverse();
    assert_eq!(of(&files), of(&reversed));
    let stored = H1::of_zip(Cursor::new(zip(&files, CompressionMethod::Stored))).unwrap();
    assert_eq!(of(&files), stored);
    let listed = files.map(|(name, content)| (name, Digest::sha256(content)));
    assert_eq!(of(&files), H1::of_files(listed).unwrap());
    let with_directory = [("dir/", b"".as_slice()), files[0], files[1], files[2]];
    assert_ne!(of(&files), of(&with_directory));
    let listed = with_directory.map(|(name, content)| (name, Digest::sha256(content)));
    assert_eq!(of(&with_directory), H1::of_files(listed).unwrap());
}

#[test]
fn large_entries_are_read_in_pieces() {
    let content: Vec<u8> = (0..=250).cycle().take(READ_BYTES * 3 + 7).collect();
    let expected = H1::of_files([("big", Digest::sha256(&content))]).unwrap();
    assert_eq!(of(&[("big", &content)]), expected);
}

#[test]
fn names_with_line_feeds_and_other_digests_have_no_hash() {
    let bytes = zip(&[("a\nb", b"")], CompressionMethod::Stored);
    let error = H1::of_zip(Cursor::new(bytes)).unwrap_err();
    assert!(
        matches!(&error, H1Error::LineFeed(name) if &**name == "a\nb"),
        "{error}"
    );
    let long = Digest::of(Algorithm::Sha512, b"");
    assert!(matches!(
        H1Builder::new().add(b"a", long),
        Err(H1Error::NotSha256(_))
    ));
}

#[test]
fn damaged_content_is_an_error_that_names_the_entry() {
    let mut bytes = zip(
        &[("good", b"1"), ("bad", b"content of some length")],
        CompressionMethod::Stored,
    );
    let at = bytes
        .windows(7)
        .position(|window| window == b"content")
        .unwrap();
    bytes[at] ^= 1;
    let error = H1::of_zip(Cursor::new(bytes)).unwrap_err();
    assert!(
        matches!(&error, H1Error::Entry { entry, source: ArchiveError::NotAZip(_) } if &**entry == "bad")
    );
}

#[test]
fn an_entry_larger_than_declared_is_an_error() {
    let mut bytes = zip(&[("a", &[7; 5000])], CompressionMethod::Deflated);
    let declared = 5000_u32.to_le_bytes();
    let at = bytes
        .windows(4)
        .rposition(|window| window == declared)
        .unwrap();
    bytes[at..at + 4].copy_from_slice(&100_u32.to_le_bytes());
    assert!(matches!(
        H1::of_zip(Cursor::new(bytes)),
        Err(H1Error::Entry { .. })
    ));
}

#[test]
fn two_entries_of_one_name_have_no_hash() {
    let mut bytes = zip(&[("aa", b"1"), ("ab", b"2")], CompressionMethod::Stored);
    while let Some(at) = bytes.windows(2).position(|window| window == b"ab") {
        bytes[at..at + 2].copy_from_slice(b"aa");
    }
    let error = H1::of_zip(Cursor::new(bytes)).unwrap_err();
    assert!(
        matches!(error, H1Error::Archive(ArchiveError::DuplicateNames)),
        "{error}"
    );
}

#[test]
fn other_texts_are_refused() {
    for bad in [
        "",
        "h1:",
        "zh:00",
        "h1:AAAA",
        EMPTY.trim_start_matches("h1:"),
        &format!("{EMPTY}A"),
        &EMPTY.replace('=', ""),
    ] {
        assert!(bad.parse::<H1>().is_err(), "{bad:?}");
    }
}

proptest! {
    #[test]
    fn texts_parse_back(bytes in prop::array::uniform32(any::<u8>())) {
        let hash = H1(bytes);
        prop_assert_eq!(hash.to_string().parse::<H1>().unwrap(), hash);
    }

    #[test]
    fn damaged_archives_never_panic(at in 0usize..400, byte in any::<u8>(), cut in 0usize..500) {
        let mut bytes = zip(&[("a", b"1111111111111"), ("dir/", b""), ("dir/b", b"2")], CompressionMethod::Deflated);
        if let Some(target) = bytes.get_mut(at) {
            *target = byte;
        }
        bytes.truncate(cut);
        let _ = H1::of_zip(Cursor::new(bytes));
    }
}
