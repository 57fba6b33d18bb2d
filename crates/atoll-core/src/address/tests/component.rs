use proptest::prelude::*;

use crate::address::component::{ESCAPE_PREFIX, escape, unescape};
use crate::repository::is_component;

#[test]
fn components_are_spelled_or_escaped() {
    for plain in [
        "aws",
        "a.b",
        "a_b",
        "a__b",
        "a---b",
        "x-a",
        "xn--a",
        "example.com__8443",
    ] {
        assert_eq!(escape(plain), plain);
        assert_eq!(escape(&plain.to_uppercase()), plain);
    }
    for (text, escaped) in [
        ("a___b", "x--c5flunr2"),
        ("a_-b", "x--c5fiqog"),
        ("x--", "x--f0miq"),
        ("é", "x--oekg"),
        ("A B", "x--c4g64"),
    ] {
        assert_eq!(escape(text), escaped);
        assert_eq!(
            unescape(escaped).as_deref(),
            Some(text.to_ascii_lowercase().as_str())
        );
    }
}

#[test]
fn what_escape_does_not_write_is_not_read() {
    let needless = format!(
        "{ESCAPE_PREFIX}{}",
        data_encoding::BASE32_DNSSEC.encode(b"aws")
    );
    let unfolded = format!(
        "{ESCAPE_PREFIX}{}",
        data_encoding::BASE32_DNSSEC.encode(b"A B")
    );
    let not_text = format!(
        "{ESCAPE_PREFIX}{}",
        data_encoding::BASE32_DNSSEC.encode(&[0xff])
    );
    for bad in [
        "",
        "A",
        "a___b",
        "a/b",
        "x--",
        "x--w",
        "x--c5f",
        "x--C5FLUNR2",
        "x--f0mir",
        "x--c5flunr2=",
        needless.as_str(),
        unfolded.as_str(),
        not_text.as_str(),
    ] {
        assert_eq!(unescape(bad), None, "{bad:?}");
    }
    assert_eq!(unescape(&escape("")), None);
}

proptest! {
    #[test]
    fn every_text_has_a_component_that_reads_back(text in ".{1,20}|[a-bx_.-]{1,8}|x--[0-9a-v]{0,8}") {
        let component = escape(&text);
        prop_assert!(is_component(&component), "{}", component);
        prop_assert_eq!(unescape(&component), Some(text.to_ascii_lowercase()));
    }

    #[test]
    fn components_are_injective(a in "[aAx_.é-]{1,5}", b in "[aAx_.é-]{1,5}") {
        prop_assert_eq!(escape(&a) == escape(&b), a.eq_ignore_ascii_case(&b));
    }

    #[test]
    fn escaping_what_was_escaped_stays_injective(text in "[ax_-]{1,5}") {
        let once = escape(&text);
        prop_assert!(once == text || escape(&once) != once);
    }

    #[test]
    fn whatever_is_unescaped_is_escaped_the_same(component in "x--[0-9a-v]{0,12}|[a-b_.-]{0,6}|.{0,12}") {
        if let Some(text) = unescape(&component) {
            prop_assert_eq!(escape(&text), component);
        }
    }
}
