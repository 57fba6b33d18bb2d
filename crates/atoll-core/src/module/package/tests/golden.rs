use super::super::*;
use super::build::{Item, PUBLISH, file, gzip, pack, tar, unpack, zip};
use crate::digest::Digest;
use crate::getter::ArchiveFormat;

const GOLDEN: &[u8] = include_bytes!("../../../../testdata/module/package.zip");

const GOLDEN_DIGEST: &str =
    "sha256:be4c2afaa6c42e5da8f9fcb167f82654d67443119789d336f49f3ae966ecfac4";

const REQUEST: Request<'_> = Request {
    wrapper: Wrapper::StripSingle,
    ..PUBLISH
};

/// Made by the programs that people use; the expected bytes come from another implementation.
#[test]
fn every_format_becomes_the_golden_bytes() {
    let archives: [(&str, ArchiveFormat, &[u8]); 5] = [
        (
            "zip",
            ArchiveFormat::Zip,
            include_bytes!("../../../../testdata/module/demo.zip"),
        ),
        (
            "gz",
            ArchiveFormat::TarGz,
            include_bytes!("../../../../testdata/module/demo.tar.gz"),
        ),
        (
            "xz",
            ArchiveFormat::TarXz,
            include_bytes!("../../../../testdata/module/demo.tar.xz"),
        ),
        (
            "bz2",
            ArchiveFormat::TarBz2,
            include_bytes!("../../../../testdata/module/demo.tar.bz2"),
        ),
        (
            "zst",
            ArchiveFormat::TarZst,
            include_bytes!("../../../../testdata/module/demo.tar.zst"),
        ),
    ];
    for (name, format, archive) in archives {
        assert_eq!(ArchiveFormat::sniff(archive), Ok(format));
        let (packaged, bytes) = pack(archive, &REQUEST).unwrap();
        assert!(bytes == GOLDEN, "{name}");
        let expected = Packaged {
            digest: GOLDEN_DIGEST.parse().unwrap(),
            size_bytes: GOLDEN.len() as u64,
            files: 7,
            unpacked_bytes: 117,
            subdir: None,
            stripped: Some("terraform-demo-1.0.0".to_owned()),
            warnings: Vec::new(),
        };
        assert_eq!(packaged, expected, "{name}");
    }
    assert_eq!(Digest::sha256(GOLDEN).to_string(), GOLDEN_DIGEST);
}

#[test]
fn a_package_is_its_own_package() {
    let (packaged, bytes) = pack(GOLDEN, &PUBLISH).unwrap();
    assert!(bytes == GOLDEN);
    assert_eq!(packaged.stripped, None);
}

#[test]
fn links_modes_and_names_are_as_they_should() {
    let files = unpack(GOLDEN);
    assert_eq!(files["docs/run.sh"].0, files["scripts/run.sh"].0);
    assert_eq!(files["docs/run.sh"].1, 0o755);
    assert_eq!(files["README.md"].1, 0o644);
    assert_eq!(files["modules/x/README.md"].0, b"# demo\n");
    assert!(files.contains_key("modules/x/über.txt"));
}

#[test]
fn order_and_times_do_not_matter() {
    let mut items = vec![file("main.tf", "a"), file("b.tf", "b"), file("a/x", "x")];
    items.push(Item::File("run".into(), b"#!".to_vec(), 0o700));
    let one = pack(&tar(&items), &PUBLISH).unwrap();
    items.reverse();
    assert_eq!(pack(&gzip(&tar(&items)), &PUBLISH).unwrap(), one);
    assert_eq!(pack(&zip(&items), &PUBLISH).unwrap(), one);
    assert_eq!(Digest::sha256(&one.1), one.0.digest);
}
