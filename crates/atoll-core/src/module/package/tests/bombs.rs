use std::io::{Cursor, Read, Write};

use super::super::*;
use super::build::{Item, MIRROR, PUBLISH, file, gzip, pack, symlink, tar, zip};
use crate::kind::ErrorKind;

/// A gzip of a tar whose one file would have so many zeros, made without them.
fn bomb(declared: u64, actual: u64) -> Vec<u8> {
    let encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    let mut encoder = std::io::BufWriter::new(encoder);
    let mut header = super::build::header("main.tf", "", ::tar::EntryType::Regular, 0o644, 0);
    header.set_size(declared);
    header.set_cksum();
    encoder.write_all(header.as_bytes()).unwrap();
    std::io::copy(&mut std::io::repeat(0).take(actual), &mut encoder).unwrap();
    encoder.into_inner().unwrap().finish().unwrap()
}

#[test]
fn a_declared_bomb_is_refused_before_it_is_unpacked() {
    let error = pack(&bomb(10 << 30, 1 << 10), &MIRROR).unwrap_err();
    assert!(matches!(error, PackageError::TooLarge), "{error:?}");
    assert_eq!(error.kind(), ErrorKind::TooLarge);
    let error = pack(&bomb(100 << 20, 1 << 10), &MIRROR).unwrap_err();
    assert!(matches!(error, PackageError::Bomb { .. }), "{error:?}");
}

#[test]
fn an_undeclared_bomb_is_refused_as_it_unpacks() {
    // All zeros behind the end of the tar.
    let bytes = bomb(0, RATIO_FREE_BYTES + 1);
    let error = pack(&bytes, &MIRROR).unwrap_err();
    assert!(matches!(error, PackageError::Bomb { .. }), "{error:?}");
    // A zip that lies about its size.
    let mut honest = zip(&[Item::File("main.tf".into(), vec![0; 1 << 20], 0o644)]);
    let start = honest
        .windows(4)
        .rposition(|bytes| bytes == b"PK\x01\x02")
        .unwrap();
    honest[start + 24..start + 28].copy_from_slice(&1_u32.to_le_bytes());
    assert!(pack(&honest, &MIRROR).is_err());
}

#[test]
fn links_do_not_multiply_without_end() {
    // Each directory twice in the one before: 2^20 copies of one file.
    let mut items = vec![file("main.tf", ""), file("d20/f", "")];
    for index in 0..20 {
        for side in ["a", "b"] {
            let target = format!("../d{}", index + 1);
            items.push(symlink(&format!("d{index}/{side}"), &target));
        }
    }
    for request in [PUBLISH, MIRROR] {
        let error = pack(&tar(&items), &request).unwrap_err();
        assert!(matches!(error, PackageError::TooManyEntries), "{error:?}");
    }
    let mut items = vec![Item::File("main.tf".into(), vec![0; 1 << 20], 0o644)];
    items.extend((0..64).map(|index| symlink(&format!("l{index}"), "main.tf")));
    let error = pack(&gzip(&tar(&items)), &PUBLISH).unwrap_err();
    assert!(matches!(error, PackageError::Bomb { .. }), "{error:?}");
}

#[test]
fn too_many_entries_are_refused() {
    let items: Vec<_> = (0..=ENTRIES_MAX)
        .map(|index| file(&format!("{index}"), ""))
        .collect();
    for archive in [gzip(&tar(&items)), zip(&items)] {
        let error = pack(&archive, &MIRROR).unwrap_err();
        assert!(matches!(error, PackageError::TooManyEntries), "{error:?}");
    }
    // Few entries, and many directories around them.
    let items: Vec<_> = (0..3000)
        .map(|index| file(&format!("{index}{}", "/a".repeat(40)), ""))
        .collect();
    let error = pack(&gzip(&tar(&items)), &MIRROR).unwrap_err();
    assert!(matches!(error, PackageError::TooManyEntries), "{error:?}");
}

#[test]
fn the_scratch_is_not_filled_by_what_is_refused() {
    let mut scratch = Cursor::new(Vec::new());
    let bytes = bomb(RATIO_FREE_BYTES + 512, RATIO_FREE_BYTES + 512);
    assert!(package(Cursor::new(bytes), &mut scratch, &MIRROR, Vec::new()).is_err());
    assert!(scratch.get_ref().len() as u64 <= RATIO_FREE_BYTES);
}

#[test]
fn deep_trees_end() {
    let mut items = vec![file("main.tf", ""), file("d/f", "")];
    items.push(file(&"a/".repeat(45), ""));
    items.push(symlink("d/up", "../e"));
    items.push(symlink("e/down", "../d"));
    let error = pack(&tar(&items), &PUBLISH).unwrap_err();
    assert!(matches!(error, PackageError::Entry { .. }), "{error:?}");
    let deep = format!("{}x", "a/".repeat(511));
    let items = [file("main.tf", ""), file(&deep, "")];
    assert_eq!(pack(&zip(&items), &PUBLISH).unwrap().0.files, 2);
}
