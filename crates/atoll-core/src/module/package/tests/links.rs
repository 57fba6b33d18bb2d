use super::super::*;
use super::build::{
    Item, MIRROR, PUBLISH, file, hardlink, names, pack, rule, symlink, tar, unpack, zip,
};

fn base() -> Vec<Item> {
    vec![
        file("main.tf", "m"),
        file("lib/a.tf", "a"),
        file("lib/b/c.tf", "c"),
    ]
}

fn with(items: &[Item]) -> Vec<Item> {
    let mut all = base();
    all.extend_from_slice(items);
    all
}

#[test]
fn links_inside_become_copies() {
    let items = with(&[
        symlink("x/file", "../lib/a.tf"),
        symlink("x/directory", "../lib"),
        symlink("x/chain", "./file"),
        symlink("x/through", "directory/b/c.tf"),
        symlink("x/physical", "directory/../main.tf"),
        symlink("x/self", "../x/../lib/b/"),
    ]);
    let expected = [
        "lib/a.tf",
        "lib/b/c.tf",
        "main.tf",
        "x/chain",
        "x/directory/a.tf",
        "x/directory/b/c.tf",
        "x/file",
        "x/physical",
        "x/self/c.tf",
        "x/through",
    ];
    for archive in [tar(&items), zip(&items)] {
        for request in [PUBLISH, MIRROR] {
            let (packaged, bytes) = pack(&archive, &request).unwrap();
            let files = unpack(&bytes);
            assert_eq!(files.keys().collect::<Vec<_>>(), expected);
            assert_eq!(files["x/chain"].0, b"a");
            assert_eq!(files["x/through"].0, b"c");
            assert_eq!(files["x/physical"].0, b"m");
            assert!(packaged.warnings.is_empty());
            assert_eq!(packaged.unpacked_bytes, 10);
        }
    }
}

#[test]
fn hard_links_start_at_the_top() {
    let items = with(&[hardlink("x/y/copy", "lib/a.tf"), symlink("z", "x/y/copy")]);
    let (packaged, bytes) = pack(&tar(&items), &PUBLISH).unwrap();
    let files = unpack(&bytes);
    assert_eq!(files["x/y/copy"].0, b"a");
    assert_eq!(files["z"].0, b"a");
    assert_eq!(packaged.files, 5);
}

#[test]
fn links_that_lead_nowhere_are_refused_or_left_out() {
    type Rule = fn(Box<str>) -> EntryRule;
    let cases: [(Item, Rule); 9] = [
        (symlink("l", "/etc/passwd"), EntryRule::LinkLeaves),
        (symlink("l", "../main.tf"), EntryRule::LinkLeaves),
        (symlink("l", "lib/../../x"), EntryRule::LinkLeaves),
        (hardlink("l", "../x"), EntryRule::LinkLeaves),
        (symlink("l", "missing"), EntryRule::LinkNowhere),
        (symlink("l", "main.tf/x"), EntryRule::LinkNowhere),
        (symlink("l", ""), EntryRule::LinkNowhere),
        (symlink("l", "l"), EntryRule::LinkTooDeep),
        (symlink("lib/l", ".."), EntryRule::LinkCycle),
    ];
    for (item, expected) in cases {
        let archive = tar(&with(std::slice::from_ref(&item)));
        let (_, found) = rule(&archive, &PUBLISH);
        let (Item::Symlink(_, target) | Item::Hardlink(_, target)) = item else {
            panic!("{item:?}");
        };
        assert_eq!(found, expected(target.into()));
        let (packaged, _) = pack(&archive, &MIRROR).unwrap();
        assert_eq!((packaged.files, packaged.warnings.len()), (3, 1));
    }
}

#[test]
fn long_chains_end() {
    let mut items = base();
    items.push(symlink("l0", "main.tf"));
    for index in 1..60 {
        items.push(symlink(&format!("l{index}"), &format!("l{}", index - 1)));
    }
    let (entry, rule) = rule(&tar(&items), &PUBLISH);
    assert!(matches!(rule, EntryRule::LinkTooDeep(_)), "{entry}: {rule}");
    let (_, packaged) = names(&items, &MIRROR);
    assert_eq!(packaged.files, base().len() + LINKS_FOLLOWED_MAX + 1);
}

#[test]
fn directories_that_contain_each_other_are_not_copied_forever() {
    let items = with(&[
        file("a/x", ""),
        file("b/y", ""),
        symlink("a/to-b", "../b"),
        symlink("b/to-a", "../a"),
    ]);
    let (entry, rule) = rule(&tar(&items), &PUBLISH);
    assert!(matches!(rule, EntryRule::LinkCycle(_)), "{entry}: {rule}");
    let (found, packaged) = names(&items, &MIRROR);
    assert!(found.contains(&"a/to-b/y".to_owned()) && found.contains(&"b/to-a/x".to_owned()));
    assert_eq!(packaged.warnings.len(), 2);
}

#[test]
fn long_targets_are_refused() {
    let items = [
        file("main.tf", ""),
        symlink("l", &"./".repeat(LINK_BYTES_MAX)),
    ];
    assert_eq!(rule(&zip(&items), &PUBLISH).1, EntryRule::LinkTarget);
}
