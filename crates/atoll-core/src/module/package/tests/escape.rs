use proptest::prelude::*;

use super::super::escape::Scan;

fn escapes(depth: usize, text: &str) -> bool {
    let mut scan = Scan::new(depth);
    scan.read(text.as_bytes());
    scan.finish()
}

#[test]
fn paths_out_of_the_module_are_seen() {
    for text in [
        r#"source = "../x""#,
        r#"source = "./../x""#,
        r#"source = "..""#,
        r#"file("${path.module}/../x")"#,
        r#"file("${path.module}/..")"#,
        r#"file("${local.base}../x")"#,
        r#"file("..${local.rest}")"#,
        r#"join("/", [path.module, "..", "x"])"#,
        r#"{"source": "..\/x"}"#,
        r#"source = "..\\x""#,
        "<<EOT\ncd ..\nEOT",
        r#"command = "true\n../x""#,
        "../x",
        "a/b/../../c",
    ] {
        assert!(escapes(0, text), "{text}");
    }
}

#[test]
fn other_dots_are_not() {
    for text in [
        r#"source = "./x""#,
        "1.2.3",
        "...",
        "values...",
        "a..b",
        "a../b",
        "..a/b",
        "# and so on... etc.",
        r#"source = ".../x""#,
        "[for x in y : x...]",
    ] {
        assert!(!escapes(0, text), "{text}");
    }
}

#[test]
fn the_depth_counts() {
    assert!(!escapes(1, r#"source = "../x""#));
    assert!(escapes(1, r#"source = "../../x""#));
    assert!(escapes(1, r#"source = "../x/../../y""#));
    assert!(!escapes(2, r#"a = "../x", b = "../../y""#));
}

proptest! {
    #[test]
    fn where_the_buffer_ends_does_not_matter(text in r#"[./a"$\\ ]{0,40}"#, cut in 0_usize..40, depth in 0_usize..4) {
        let mut scan = Scan::new(depth);
        let cut = cut.min(text.len());
        scan.read(&text.as_bytes()[..cut]);
        scan.read(&text.as_bytes()[cut..]);
        prop_assert_eq!(scan.finish(), escapes(depth, &text));
    }

    #[test]
    fn every_real_escape_is_seen(steps in prop::collection::vec(prop::sample::select(vec!["..", ".", "a", "b.c"]), 1..12), depth in 0_usize..4) {
        let path = format!("./{}", steps.join("/"));
        let mut level = isize::try_from(depth).unwrap();
        let mut leaves = false;
        for step in &steps {
            level += match *step { ".." => -1, "." => 0, _ => 1 };
            leaves |= level < 0;
        }
        let text = format!("source = \"{path}\"\n");
        prop_assert!(!leaves || escapes(depth, &text));
    }
}
