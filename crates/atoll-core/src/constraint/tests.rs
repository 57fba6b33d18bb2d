use proptest::prelude::*;

use super::*;
use crate::version::{Version, VersionRule};

fn constraints(text: &str) -> Constraints {
    text.parse().unwrap_or_else(|error| panic!("{error}"))
}

fn version(text: &str) -> Version {
    Version::parse_lenient(text).unwrap()
}

/// Behaviour of the clients' own libraries: constraint, version, whether it matches.
const RECORDED: &[(&str, &str, bool)] = &[
    (">= 1.0, < 1.2", "1.1.5", true),
    ("< 1.0, < 1.2", "1.1.5", false),
    ("= 1.0", "1.1.5", false),
    ("= 1.0", "1.0.0", true),
    ("1.0", "1.0.0", true),
    ("1.2.3", "1.2.4", false),
    ("~> 1.0", "2.0", false),
    ("~> 1.0", "1.1", true),
    ("~> 1.0", "1.2.3", true),
    ("~> 1.0.0", "1.2.3", false),
    ("~> 1.0.0", "1.0.7", true),
    ("~> 1.0.0", "1.1.0", false),
    ("~> 1.0.7", "1.0.4", false),
    ("~> 1.0.7", "1.0.7", true),
    ("~> 1.0.7", "1.0.8", true),
    ("~> 2.0", "2.1.0-beta", false),
    ("~> 2.1.0-a", "2.2.0", false),
    ("~> 2.1.0-a", "2.1.0", false),
    ("~> 2.1.0-a", "2.1.0-beta", true),
    ("~> 2.1.0-a", "2.2.0-alpha", false),
    ("~> 2.1.0-b", "2.1.0-a", false),
    ("> 2.0", "2.1.0-beta", false),
    (">= 2.1.0-a", "2.1.0-beta", true),
    (">= 2.1.0-a", "2.1.1-beta", false),
    (">= 2.0.0", "2.1.0-beta", false),
    (">= 2.1.0-a", "2.1.1", true),
    (">= 2.1.0-a", "2.1.0", true),
    ("<= 2.1.0-a", "2.0.0", true),
    ("<= 2.1.0-a", "2.1.0", false),
    ("= 2.1.0-a", "2.1.0-a", true),
    ("2.1.0-a", "2.1.0-b", false),
    ("2.1.0", "2.1.0-a", false),
    ("!= 2.1.0", "2.1.0", false),
    ("!= 2.1.0", "2.1.0-a", true),
    ("!= 2.1", "2.1.1", true),
    ("> 1.0", "1.0.0", false),
    ("> 1.0", "1.0.1", true),
    ("> 1", "1.5.0", true),
    (">= 1", "1.0.0", true),
    ("<= 1", "1.0.1", false),
    ("~> 1", "1.0.0", true),
    ("~> 1", "1.9.9", true),
    ("~> 1", "2.0.0", false),
    ("~> 1", "0.9.9", false),
    ("~> 0.1", "0.9.0", true),
    ("~> 0.1", "1.0.0", false),
    ("~> 1.2", "1.1.9", false),
    ("1.0.0, 2.0.0", "1.0.0", false),
    ("1.0.0, 1.0.0", "1.0.0", true),
    ("1.0.0, != 1.0.0", "1.0.0", false),
    (">= 1.0, != 1.5.0", "1.5.0", false),
    (">= 1.0, != 1.5.0", "1.5.1", true),
    ("= 1.0.0", "1.0.0+build", true),
    (">= 1.0.0+a", "1.0.0", true),
    ("= 1.2-beta", "1.2.0-beta", true),
];

#[test]
fn recorded_decisions_of_the_clients() {
    for (text, candidate, expected) in RECORDED {
        assert_eq!(
            constraints(text).matches(&version(candidate)),
            *expected,
            "{candidate} against {text:?}"
        );
    }
}

#[test]
fn a_constraint_that_names_a_build_means_that_build() {
    let named = constraints("= 1.0.0+a");
    assert!(named.matches(&version("1.0.0+a")));
    assert!(!named.matches(&version("1.0.0")));
    assert!(!named.matches(&version("1.0.0+b")));
    assert!(constraints("!= 1.0.0+a").matches(&version("1.0.0+b")));
    assert!(!constraints("!= 1.0.0").matches(&version("1.0.0+b")));
}

#[test]
fn no_constraint_is_met_by_all() {
    for text in ["", " ", "\t\n"] {
        assert!(constraints(text).is_any());
        assert!(constraints(text).matches(&version("0.0.0-a")));
    }
    assert_eq!(Constraints::any().to_string(), "");
}

#[test]
fn covering_judges_a_pre_release_by_its_place() {
    for (text, candidate, expected) in [
        ("< 3", "2.9.0-beta", true),
        ("< 3", "3.0.0-rc.1", true),
        ("< 3", "3.0.0", false),
        (">= 3", "3.0.0-rc.1", false),
        ("> 2", "3.0.0-rc.1", true),
        ("~> 4.0", "4.1.0-beta", true),
        ("~> 4.0", "5.0.0-beta", false),
        ("= 4.0.0", "4.0.0-beta", false),
    ] {
        assert_eq!(
            constraints(text).covers(&version(candidate)),
            expected,
            "{candidate} within {text:?}"
        );
    }
}

#[test]
fn spaces_are_optional_and_the_display_is_canonical() {
    for (text, canonical) in [
        ("1.2.3", "= 1.2.3"),
        ("=1", "= 1"),
        ("  ~>1.2,<3 ", "~> 1.2, < 3"),
        (">=\t1.2-beta+b ,!=1.4", ">= 1.2-beta+b, != 1.4"),
    ] {
        assert_eq!(constraints(text).to_string(), canonical);
        assert_eq!(constraints(canonical), constraints(text));
    }
}

#[test]
fn other_languages_are_refused_with_the_broken_rule() {
    for (text, rule) in [
        (",", ConstraintRule::EmptyItem),
        (">= 1,", ConstraintRule::EmptyItem),
        (",>= 1", ConstraintRule::EmptyItem),
        (">= 1,,< 2", ConstraintRule::EmptyItem),
        ("=> 1", ConstraintRule::Operator),
        ("=< 1", ConstraintRule::Operator),
        ("== 1", ConstraintRule::Operator),
        ("^1.2", ConstraintRule::Operator),
        ("~1.2", ConstraintRule::Operator),
        ("<> 1", ConstraintRule::Operator),
        ("! 1", ConstraintRule::Operator),
        (">= ", ConstraintRule::Version(VersionRule::Empty)),
        ("> = 1", ConstraintRule::Version(VersionRule::Number)),
        (">= 1 < 2", ConstraintRule::Version(VersionRule::Number)),
        (">= 1 || < 2", ConstraintRule::Version(VersionRule::Number)),
        ("1.x", ConstraintRule::Version(VersionRule::Number)),
        ("*", ConstraintRule::Version(VersionRule::Number)),
        ("latest", ConstraintRule::Version(VersionRule::Number)),
        ("1.0 - 2.0", ConstraintRule::Version(VersionRule::Number)),
        ("~> v1.2", ConstraintRule::Version(VersionRule::LeadingV)),
        (
            "~> 1.0.9.5",
            ConstraintRule::Version(VersionRule::NumberCount),
        ),
        (
            "11387778780781445675529500000000000000000",
            ConstraintRule::Version(VersionRule::Number),
        ),
        (">= 1.2-", ConstraintRule::Version(VersionRule::Prerelease)),
    ] {
        assert_eq!(
            text.parse::<Constraints>().unwrap_err().rule(),
            rule,
            "{text:?}"
        );
    }
    let flood = ">= 1,".repeat(CONSTRAINT_BYTES_MAX);
    assert_eq!(
        flood.parse::<Constraints>().unwrap_err().rule(),
        ConstraintRule::TooLong
    );
}

#[test]
fn an_error_says_what_and_why() {
    assert_eq!(
        "=> 1".parse::<Constraints>().unwrap_err().to_string(),
        "\"=> 1\" is not a version constraint: its operator must be one of =, !=, >, >=, <, <=, ~>, or be left out for an exact version"
    );
}

fn any_version() -> impl Strategy<Value = Version> {
    r"[0-3]\.[0-3]\.[0-3](-[ab][01]?)?(\+[ab])?".prop_map(|text| version(&text))
}

fn any_constraints() -> impl Strategy<Value = String> {
    r"((=|!=|>|>=|<|<=|~>)? ?[0-3](\.[0-3]){0,2}(-[ab])?)(, ?(=|!=|>|>=|<|<=|~>) ?[0-3](\.[0-3]){0,2}){0,2}"
}

proptest! {
    #[test]
    fn the_display_reads_back_equal(text in any_constraints()) {
        let read = constraints(&text);
        prop_assert_eq!(constraints(&read.to_string()), read.clone());
        prop_assert_eq!(serde_json::from_str::<Constraints>(&serde_json::to_string(&read).unwrap()).unwrap(), read);
    }

    #[test]
    fn no_text_panics(text in ".{0,60}|[=!<>~, v0-9.+-]{0,20}") {
        if let Ok(read) = text.parse::<Constraints>() {
            prop_assert_eq!(constraints(&read.to_string()), read);
        }
    }

    #[test]
    fn what_matches_is_covered_and_releases_are_decided_alike(text in any_constraints(), candidate in any_version()) {
        let read = constraints(&text);
        prop_assert!(!read.matches(&candidate) || read.covers(&candidate));
        let pessimistic_prerelease = text.contains("~>") && text.contains('-');
        if !candidate.is_prerelease() && !pessimistic_prerelease {
            prop_assert_eq!(read.matches(&candidate), read.covers(&candidate));
        }
    }

    #[test]
    fn a_list_is_the_conjunction_of_its_items(a in any_constraints(), b in any_constraints(), candidate in any_version()) {
        let both = constraints(&format!("{a}, {b}")).matches(&candidate);
        prop_assert_eq!(both, constraints(&a).matches(&candidate) && constraints(&b).matches(&candidate));
    }

    #[test]
    fn opposites_divide_the_releases(bound in r"[0-3](\.[0-3]){0,2}", candidate in r"[0-3]\.[0-3]\.[0-3]") {
        let candidate = version(&candidate);
        let holds = |operator: &str| constraints(&format!("{operator}{bound}")).matches(&candidate);
        prop_assert_ne!(holds("="), holds("!="));
        prop_assert_ne!(holds(">"), holds("<="));
        prop_assert_ne!(holds("<"), holds(">="));
        prop_assert!(!holds("~>") || holds(">="));
    }
}
