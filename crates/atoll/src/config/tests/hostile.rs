//! Text that nobody would write.

use proptest::prelude::*;

use super::super::syntax::SourceText;
use super::super::{Environment, read};
use super::errors;

fn read(text: &str) {
    let source = SourceText {
        path: "atoll.hcl".into(),
        text: text.to_owned(),
    };
    let environment = Environment::fixed([("A", "a")]);
    if let Err(errors) = read::read(&source, &environment) {
        assert!(errors.iter().count() > 0);
        assert!(!errors.to_string().is_empty());
    }
}

#[test]
fn deep_nesting_is_refused() {
    for (open, close) in [
        ("[", "]"),
        ("(", ")"),
        ("{a=", "}"),
        ("\"${", "}\""),
        ("!", ""),
        ("-", ""),
    ] {
        let text = format!("a = {}1{}", open.repeat(10_000), close.repeat(10_000));
        assert!(errors(&text).starts_with("atoll.hcl:1:"));
    }
    let blocks = format!("{}{}", "server {\n".repeat(5_000), "}\n".repeat(5_000));
    assert!(errors(&blocks).starts_with("atoll.hcl:"));
    let sums = format!("offline = 1{}", " + 1".repeat(10_000));
    assert!(errors(&sums).starts_with("atoll.hcl:1:"));
}

proptest! {
    #[test]
    fn arbitrary_text_never_panics(text in "\\PC{0,200}") {
        read(&text);
    }

    #[test]
    fn arbitrary_lines_never_panic(text in "[\\PC\n]{0,200}") {
        read(&text);
    }

    #[test]
    fn arbitrary_values_never_panic(
        key in "offline|data_dir|listen|sync",
        value in "(env|file|nope)?\\(?(\"[a-zA-Z$%{}~./\\\\é]{0,12}\"|-?[0-9.eE]{1,20}|\\[?(1|true|null|\"a\"),? ?\\]?|<<-?A\n [$a{}]*\n A)\\)?",
    ) {
        read(&format!("{key} = {value}\n"));
        read(&format!("server {{\n {key} = {value}\n}}\n"));
    }

    #[test]
    fn arbitrary_upstreams_never_panic(
        label in "[a-z0-9.:\\[\\]é/ ]{0,12}",
        key in "url|allow|root|aliases|resolve|allow_addresses|proxy|max_bytes|token|anonymous|mode|protocol|require_proof",
        text in "[a-z0-9:/.*<>=~ @%\\[\\]é-]{0,24}",
    ) {
        read(&format!("upstream \"terraform\" \"{label}\" {{\n {key} = \"{text}\"\n}}\n"));
        read(&format!("upstream \"terraform\" \"a.example\" {{\n {key} = \"{text}\"\n}}\n"));
        read(&format!("upstream \"terraform\" \"a.example\" {{\n {key} = [\"{text}\", 7]\n}}\n"));
    }

    #[test]
    fn structures_never_panic(text in "((server|tls|upstream|namespace|x|\"l\"|=|\\{|\\}|\n|1|,|\\[|\\]|#|/\\*|\\*/) ?){0,40}") {
        read(&text);
    }
}
