use std::collections::BTreeMap;

use proptest::prelude::*;

use super::build::{
    Item, MIRROR, PUBLISH, bzip2, file, gzip, pack, symlink, tar, unpack, zip, zstd,
};

/// Files whose names clash with nothing: a letter more for each level.
fn trees() -> impl Strategy<Value = BTreeMap<String, (Vec<u8>, bool)>> {
    let name = "(d[a-z]{0,2}/){0,3}f[a-zé]{0,3}(\\.tf)?";
    let content = (prop::collection::vec(any::<u8>(), 0..200), any::<bool>());
    prop::collection::btree_map(name, content, 0..8)
}

fn items(tree: &BTreeMap<String, (Vec<u8>, bool)>) -> Vec<Item> {
    let mut items = vec![file("main.tf", "# main")];
    items.extend(tree.iter().map(|(name, (content, executable))| {
        let mode = if *executable { 0o755 } else { 0o644 };
        Item::File(name.clone(), content.clone(), mode)
    }));
    items
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn trees_survive_in_every_format_and_order(tree in trees(), seed in any::<u64>()) {
        let mut items = items(&tree);
        let (packaged, bytes) = pack(&tar(&items), &PUBLISH).unwrap();
        let files = unpack(&bytes);
        prop_assert_eq!(files.len(), tree.len() + 1);
        for (name, (content, executable)) in &tree {
            let mode = if *executable { 0o755 } else { 0o644 };
            prop_assert_eq!(&files[name], &(content.clone(), mode));
        }
        let at = usize::try_from(seed % items.len() as u64).unwrap();
        items.rotate_left(at);
        items.reverse();
        let tar = tar(&items);
        for archive in [zip(&items), gzip(&tar), bzip2(&tar), zstd(&tar), bytes.clone()] {
            let (other, other_bytes) = pack(&archive, &PUBLISH).unwrap();
            prop_assert_eq!(&other, &packaged);
            prop_assert!(other_bytes == bytes);
        }
    }

    #[test]
    fn damaged_archives_never_panic(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
        cut in any::<prop::sample::Index>(),
        format in 0_usize..8,
    ) {
        let items = [file("d/main.tf", "../x"), file("d/b", "bbb"), symlink("l", "d"), symlink("d/m", "../d/b")];
        let mut bytes = match format {
            0 => tar(&items),
            1 => zip(&items),
            2 => gzip(&tar(&items)),
            3 => bzip2(&tar(&items)),
            4 => zstd(&tar(&items)),
            5 => include_bytes!("../../../../testdata/module/demo.tar.xz").to_vec(),
            6 => include_bytes!("../../../../testdata/module/demo.tar.zst").to_vec(),
            _ => include_bytes!("../../../../testdata/module/demo.zip").to_vec(),
        };
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        bytes.truncate(bytes.len() - cut.index(bytes.len()) / 4);
        for request in [PUBLISH, MIRROR, super::super::Request { subdir: Some("d"), ..MIRROR }] {
            if let Ok((_, zip)) = pack(&bytes, &request) {
                unpack(&zip);
            }
        }
    }

    #[test]
    fn links_never_panic(links in prop::collection::vec(("(a/|b/|c/){0,2}[a-c]l", "(\\.\\./|a/|b/|c/|al/|bl/){0,4}(al|bl|cl|f)?"), 0..10)) {
        let mut items = vec![file("main.tf", ""), file("a/f", ""), file("a/b/f", ""), file("c/f", "")];
        items.extend(links.iter().map(|(name, target)| symlink(name, target)));
        if let Ok((packaged, zip)) = pack(&tar(&items), &MIRROR) {
            prop_assert_eq!(unpack(&zip).len(), packaged.files);
        }
    }
}
