//! Files that nobody would write.

use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::super::*;
use super::{CODER, VERSIONS, VPC, root};

/// Reads on a thread with a stack far smaller than any of the server's.
fn read(bytes: Vec<u8>) -> Part {
    let work = move || {
        let mut files = Files::new();
        files.insert("main.tf", bytes.clone());
        files.insert("main.tofu.json", bytes.clone());
        files.insert("README.md", bytes);
        describe(&files, "").root
    };
    let thread = std::thread::Builder::new().stack_size(256 << 10);
    thread
        .spawn(work)
        .unwrap()
        .join()
        .expect("it neither panics nor overflows")
}

#[test]
fn nesting_is_bounded() {
    for (open, close) in [
        ("[", "]"),
        ("(", ")"),
        ("{a=", "}"),
        ("\"${", "}\""),
        ("\"%{if ", "}\""),
        ("x(", ")"),
        ("{ x = <<A\n${", "}\nA\n}"),
    ] {
        for (depth, is_read) in [
            (NESTING_MAX / 2, true),
            (NESTING_MAX * 2, false),
            (100_000, false),
        ] {
            let value = format!("{}1{}", open.repeat(depth), close.repeat(depth));
            let text = format!("variable \"a\" {{}}\nvariable \"b\" {{\n  default = {value}\n}}\n");
            let is_small = text.len() <= FILE_BYTES_MAX;
            let part = read(text.into_bytes());
            let is_nested = part
                .diagnostics
                .iter()
                .any(|d| d.message.contains("nested"));
            assert!(
                !is_small || is_nested != is_read || open.len() > 5,
                "{open} {depth}"
            );
            assert!(!is_small || !part.inputs.is_empty());
        }
    }
    let blocks = |n: usize| format!("{}{}", "a {\n".repeat(n), "}\n".repeat(n)).into_bytes();
    assert!(
        root(str::from_utf8(&blocks(NESTING_MAX)).unwrap())
            .diagnostics
            .is_empty()
    );
    assert!(
        read(blocks(100_000)).diagnostics[0]
            .message
            .contains("nested")
    );
}

#[test]
fn chains_and_long_files_are_read_in_linear_time() {
    let pieces = [
        "!", "-", "1 + ", "a ? b : ", "x.", "1+1+(", "[<", "\"", "/*", "#", "\n", "a {\n", "a=1\n",
        "<<A\n", "$${", "\\", "a b ", "{},", "é",
    ];
    for piece in pieces {
        let text = format!(
            "locals {{\n  x = {}\n}}\n",
            piece.repeat(500_000 / piece.len())
        );
        let start = Instant::now();
        let _ = read(text.into_bytes());
        assert!(
            start.elapsed() < Duration::from_secs(20),
            "{piece:?} took {:?}",
            start.elapsed()
        );
    }
}

#[test]
fn flaws_have_places_and_spare_the_rest() {
    for (text, line, message) in [
        ("variable \"a\" {}\n}\n", 2, "must begin here"),
        ("variable \"a\" {}\nb {\n", 2, "no end"),
        ("variable \"a\" {}\nb {\n x = \"y\n}\n", 3, "quoted text"),
        ("variable \"a\" {}\nb {\n x = <<E\n", 3, "heredoc"),
        ("variable \"a\" {}\nb {\n x = [\n}\n", 4, "another kind"),
        ("variable \"a\" {}\nb {\n x = \n}\n", 3, "no value"),
        (
            "variable \"a\" {}\nb {\n x = 1, y = 2\n}\n",
            3,
            "line must end",
        ),
        ("variable \"a\" {}\nb = 1 }", 2, "line must end"),
        ("variable \"a\" {}\nb \"${c}\" {}", 2, "label"),
        ("variable \"a\" {}\nb . {}", 2, "followed by"),
        ("variable \"a\" {}\n/* b", 2, "comment"),
        ("variable \"a\" {}\nvariable {}", 2, "must have a name"),
    ] {
        let root = root(text);
        assert_eq!(root.inputs.len(), 1, "{text}");
        assert_eq!(root.diagnostics.len(), 1, "{text}");
        assert_eq!(root.diagnostics[0].line, Some(line), "{text}");
        assert!(
            root.diagnostics[0].message.contains(message),
            "{:?}",
            root.diagnostics
        );
    }
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(bytes: Vec<u8>) {
        read(bytes);
    }

    #[test]
    fn arbitrary_structures_never_panic(text in "(variable|output|terraform|required_providers|default|type|\"l\"|\"|=|\\{|\\}|\n|1|,|\\[|\\]|\\(|\\)|#|/\\*|\\*/|<<-?A\n|\n *A\n|\\$\\{|%\\{|\\\\|é|:| |---\n|description: ){0,60}") {
        read(text.into_bytes());
    }

    #[test]
    fn spoilt_files_never_panic(which in 0..3_usize, cut in 0..4000_usize, insert: Vec<u8>, skip in 0..40_usize) {
        let bytes = [VPC, VERSIONS, CODER][which].as_bytes();
        let cut = cut.min(bytes.len());
        let mut spoilt = bytes[..cut].to_vec();
        spoilt.extend(insert);
        spoilt.extend(&bytes[(cut + skip).min(bytes.len())..]);
        read(spoilt);
    }
}
