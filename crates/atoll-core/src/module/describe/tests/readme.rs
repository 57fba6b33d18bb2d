//! Descriptions from READMEs.

use super::super::DESCRIPTION_CHARS_MAX;
use super::super::readme::description;

fn says(readme: &str) -> Option<String> {
    description(&readme.replace('|', "\n"))
}

#[test]
fn the_first_paragraph_of_prose() {
    for (readme, expected) in [
        (
            "# VPC||Makes a [network](https://x.example/a) of|[parts] [here].||More.",
            "Makes a network of [parts] [here].",
        ),
        (
            "VPC|===||[![Build](a)](b) ![x](y)||<p align=\"center\">|</p>||Words.",
            "Words.",
        ),
        (
            "<!-- a|b||c -->|# T||```hcl|x = 1|```||- item||After",
            "After",
        ),
        ("Words first|# Then a title", "Words first"),
        ("Text\r||More", "Text"),
    ] {
        assert_eq!(says(readme).as_deref(), Some(expected), "{readme}");
    }
    for readme in ["", "# Title", "---", "```|never closed", "![a](b)"] {
        assert_eq!(says(readme), None, "{readme}");
    }
}

#[test]
fn front_matter() {
    for (readme, expected) in [
        (
            "---|display_name: X|description: 'Quoted text'|tags: [a]|---|# X||Body",
            "Quoted text",
        ),
        (
            "---|description: >-|  folded|  text|icon: i|---|Body",
            "folded text",
        ),
        ("---\r|description: a b \r|---\r|Body", "a b"),
        ("---|tags: [a]|---|# X||Body", "Body"),
        ("---|description: \"\"|---|Body", "Body"),
        ("---|description: never closed", "description: never closed"),
    ] {
        assert_eq!(says(readme).as_deref(), Some(expected), "{readme}");
    }
}

#[test]
fn long_ones_are_cut() {
    let text = description(&"é".repeat(5_000)).unwrap();
    assert_eq!(text.chars().count(), DESCRIPTION_CHARS_MAX);
    assert!(text.ends_with('…'));
}
