use proptest::prelude::*;

use super::*;
use crate::constraint::ConstraintRule;
use crate::version::Version;

fn pattern(text: &str) -> Pattern {
    text.parse().unwrap_or_else(|error| panic!("{error}"))
}

fn selection(text: &str) -> Selection {
    text.parse().unwrap_or_else(|error| panic!("{error}"))
}

fn version(text: &str) -> Version {
    text.parse().unwrap()
}

fn list(texts: &[&str]) -> PatternList {
    texts.iter().map(|text| pattern(text)).collect()
}

fn matches(text: &str, address: &str) -> bool {
    let segments: Vec<&str> = address.split('/').collect();
    pattern(text).matches(&segments, None) == Match::Yes
}

#[test]
fn wildcards_stay_within_a_segment() {
    for (text, address) in [
        ("hashicorp/*", "hashicorp/aws"),
        ("HashiCorp/*", "hashicorp/aws"),
        ("hashicorp/*", "HashiCorp/AWS"),
        ("*/*/coder", "acme/modules/coder"),
        ("*/aws", "hashicorp/aws"),
        ("acme-*/*", "acme-/x"),
        ("acme-*/*", "acme-infra/x"),
        ("*-beta/x", "google-beta/x"),
        ("a*b*c/x", "abc/x"),
        ("a*b*c/x", "a1b2b3c/x"),
        ("a*a/x", "aa/x"),
        ("*a*a*/x", "xaxax/x"),
        ("nginx", "nginx"),
    ] {
        assert!(matches(text, address), "{address} against {text}");
    }
    for (text, address) in [
        ("hashicorp/*", "hashicorp/consul/aws"),
        ("hashicorp/*", "hashicorp"),
        ("*", "hashicorp/aws"),
        ("*/*/coder", "acme/coder"),
        ("hashicorp/*", "xhashicorp/aws"),
        ("hashicorp/*", "hashicorpx/aws"),
        ("acme-*/*", "acme/x"),
        ("a*a/x", "a/x"),
        ("a*b*c/x", "acb/x"),
        ("a*bc*c/x", "abc/x"),
        ("*a*a*/x", "xax/x"),
        ("a.b/x", "aab/x"),
    ] {
        assert!(!matches(text, address), "{address} against {text}");
    }
}

#[test]
fn a_constraint_without_a_version_may_apply() {
    let github = pattern("integrations/github ~> 6.0");
    let address = ["integrations", "github"];
    assert_eq!(github.matches(&address, None), Match::Maybe);
    assert_eq!(
        github.matches(&address, Some(&version("6.1.0"))),
        Match::Yes
    );
    assert_eq!(github.matches(&address, Some(&version("7.0.0"))), Match::No);
    assert_eq!(github.matches(&["integrations", "gitlab"], None), Match::No);
    assert_eq!(
        github.matches(&["integrations", "gitlab"], Some(&version("6.1.0"))),
        Match::No
    );
}

#[test]
fn a_policy_says_why() {
    let policy = Policy {
        allow: Some(list(&["hashicorp/*", "integrations/github ~> 6.0"])),
        exclude: list(&["hashicorp/null < 3", "hashicorp/vault"]),
    };
    let permits = |namespace: &str, name: &str, at: Option<&str>| {
        policy.permits(&[namespace, name], at.map(version).as_ref())
    };
    assert_eq!(permits("hashicorp", "aws", None), Verdict::Permitted);
    assert_eq!(
        permits("hashicorp", "aws", Some("5.0.0-beta1")),
        Verdict::Permitted
    );
    assert_eq!(permits("acme", "aws", None), Verdict::NotAllowed);
    assert_eq!(permits("integrations", "github", None), Verdict::Permitted);
    assert_eq!(
        permits("integrations", "github", Some("6.2.0")),
        Verdict::Permitted
    );
    assert_eq!(
        permits("integrations", "github", Some("5.0.0")),
        Verdict::NotAllowed
    );
    assert_eq!(
        permits("integrations", "github", Some("6.2.0-rc.1")),
        Verdict::NotAllowed
    );
    assert_eq!(permits("hashicorp", "null", None), Verdict::Permitted);
    assert_eq!(
        permits("hashicorp", "null", Some("3.0.0")),
        Verdict::Permitted
    );
    for old in ["2.9.9", "2.9.9-beta", "3.0.0-rc.1", "2.0.0+build"] {
        assert_eq!(
            permits("hashicorp", "null", Some(old)),
            Verdict::Excluded("hashicorp/null < 3".to_owned()),
            "{old}"
        );
    }
    assert_eq!(
        permits("hashicorp", "vault", None),
        Verdict::Excluded("hashicorp/vault".to_owned())
    );
    assert_eq!(
        permits("HASHICORP", "Vault", Some("1.0.0")),
        Verdict::Excluded("hashicorp/vault".to_owned())
    );
}

#[test]
fn patterns_of_three_segments_are_for_modules_and_whole_namespaces_for_both() {
    let policy = Policy {
        allow: Some(list(&[
            "terraform-aws-modules/vpc/aws ~> 5.0",
            "coder/* < 3",
            "Acme-*/*",
            "hashicorp/aws",
            "other/code*",
        ])),
        exclude: list(&["coder/old/coder", "coder/null", "acme-bad/*"]),
    };
    let verdict = |address: &str, at: Option<&str>| {
        let segments: Vec<&str> = address.split('/').collect();
        policy.permits(&segments, at.map(version).as_ref())
    };
    for (address, at) in [
        ("terraform-aws-modules/vpc/aws", None),
        ("terraform-aws-modules/vpc/aws", Some("5.3.1")),
        ("coder/code-server/coder", Some("2.0.0")),
        ("coder/old/other", Some("2.0.0")),
        ("coder/null/coder", Some("2.0.0")),
        ("coder/coder", Some("2.0.0")),
        ("acme-infra/vpc/aws", Some("1.0.0-rc.1")),
        ("acme-infra/cloud", None),
        ("hashicorp/aws", None),
        ("other/coder", None),
    ] {
        assert_eq!(verdict(address, at), Verdict::Permitted, "{address}");
    }
    for (address, at) in [
        ("terraform-aws-modules/vpc/aws", Some("6.0.0")),
        ("terraform-aws-modules/vpc", None),
        ("terraform-aws-modules/iam/aws", None),
        ("coder/code-server/coder", Some("3.0.0")),
        ("hashicorp/aws/aws", None),
        ("other/coder/aws", None),
    ] {
        assert_eq!(verdict(address, at), Verdict::NotAllowed, "{address}");
    }
    for (address, by) in [
        ("coder/old/coder", "coder/old/coder"),
        ("coder/null", "coder/null"),
        ("acme-bad/vpc/aws", "acme-bad/*"),
        ("acme-bad/cloud", "acme-bad/*"),
    ] {
        let excluded = Verdict::Excluded(by.to_owned());
        assert_eq!(verdict(address, None), excluded, "{address}");
    }
}

#[test]
fn selections_are_of_providers_modules_or_whole_namespaces() {
    for (text, address, is_selected) in [
        ("coder/*", "coder/code-server/coder", true),
        ("coder/* latest:3", "coder/code-server/coder", true),
        ("coder/*", "coder/coder", true),
        ("coder/*", "coder/a/b/c", false),
        ("coder/*", "coder", false),
        ("coder/code*", "coder/code-server/coder", false),
        ("coder/code*/*", "coder/code-server/coder", true),
        ("coder/code*/*", "coder/code-server", false),
        ("a/b/c ~> 1.0", "a/b/c", true),
        ("a/b ~> 1.0", "a/b", true),
        ("a/b ~> 1.0", "a/b/c", false),
    ] {
        let segments: Vec<&str> = address.split('/').collect();
        let found = selection(text).selects(&segments);
        assert_eq!(found, is_selected, "{text} {address}");
    }
    // Only policies and selections widen a pattern.
    assert!(!matches("coder/*", "coder/code-server/coder"));
    assert!(pattern("*/* > 1").is_for_namespaces());
    assert!(!pattern("*").is_for_namespaces() && !pattern("a/*b").is_for_namespaces());
}

#[test]
fn no_list_permits_all_and_an_empty_one_nothing() {
    assert_eq!(
        Policy::default().permits(&["a", "b"], None),
        Verdict::Permitted
    );
    let nothing = Policy {
        allow: Some(PatternList::default()),
        exclude: PatternList::default(),
    };
    assert_eq!(nothing.permits(&["a", "b"], None), Verdict::NotAllowed);
}

#[test]
fn what_is_no_pattern_is_refused_with_the_broken_rule() {
    let too_long = "a".repeat(PATTERN_BYTES_MAX + 1);
    let too_many = "a/".repeat(SEGMENTS_MAX) + "a";
    for (text, rule) in [
        ("", PatternRule::EmptySegment),
        ("  ", PatternRule::EmptySegment),
        ("/aws", PatternRule::EmptySegment),
        ("hashicorp/", PatternRule::EmptySegment),
        ("hashicorp//aws", PatternRule::EmptySegment),
        ("hashicorp/**", PatternRule::DoubleWildcard),
        ("hashicorp/aws:5", PatternRule::Character),
        ("hashicorp/aws?", PatternRule::Character),
        ("hashicorp/[a-z]", PatternRule::Character),
        ("hashicorp/aws~>5", PatternRule::Character),
        ("hashicorp/áws", PatternRule::Character),
        ("hashicorp/a\0", PatternRule::Character),
        (too_long.as_str(), PatternRule::TooLong),
        (too_many.as_str(), PatternRule::SegmentCount),
    ] {
        match text.parse::<Pattern>() {
            Err(PatternError::Segments { rule: found, .. }) => assert_eq!(found, rule, "{text:?}"),
            other => panic!("{text:?} gave {other:?}"),
        }
    }
    for (text, rule) in [
        ("a/b ^1", ConstraintRule::Operator),
        ("a/b > 1,", ConstraintRule::EmptyItem),
    ] {
        match text.parse::<Pattern>() {
            Err(PatternError::Constraint { source, .. }) => {
                assert_eq!(source.rule(), rule, "{text:?}");
            }
            other => panic!("{text:?} gave {other:?}"),
        }
    }
    assert!("hashicorp / aws".parse::<Pattern>().is_err());
    assert!("hashicorp/aws latest:3".parse::<Pattern>().is_err());
}

#[test]
fn patterns_have_one_display() {
    for (text, canonical) in [
        (" HashiCorp/*  ", "HashiCorp/*"),
        ("integrations/github\t~>6.0", "integrations/github ~> 6.0"),
        ("a/b 1.2.3", "a/b = 1.2.3"),
        ("a/b >=1,<2", "a/b >= 1, < 2"),
    ] {
        assert_eq!(pattern(text).to_string(), canonical);
        assert_eq!(pattern(canonical), pattern(text));
    }
    assert_eq!(
        pattern("hashicorp/aws ~> 5.0").literal(),
        Some(vec!["hashicorp", "aws"])
    );
    assert_eq!(
        pattern("AJ0070/Net/aws").literal(),
        Some(vec!["AJ0070", "Net", "aws"])
    );
    assert_eq!(pattern("AJ0070/*").namespace(), Some("AJ0070"));
    assert_eq!(
        selection("AJ0070/* latest:1").to_string(),
        "AJ0070/* latest:1"
    );
    assert_eq!(pattern("hashicorp/*").literal(), None);
    assert_eq!(pattern("*/*/coder").segment_count(), 3);
    let read: PatternList = serde_json::from_str(r#"["a/*", "b/c < 3"]"#).unwrap();
    assert_eq!(read, list(&["a/*", "b/c < 3"]));
    assert!(serde_json::from_str::<PatternList>(r#"["a/**"]"#).is_err());
}

#[test]
fn selections_choose_versions() {
    let known: Vec<Version> = [
        "1.0.0",
        "1.2.0",
        "2.0.0-rc.1",
        "1.10.0",
        "2.0.0",
        "1.2.0",
        "2.0.0+b",
        "3.0.0-a",
    ]
    .map(version)
    .into();
    let chosen = |text: &str| {
        let versions = selection(text).choose(&known);
        versions
            .into_iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
    };
    assert_eq!(chosen("a/b ~> 1.2"), ["1.10.0", "1.2.0"]);
    assert_eq!(chosen("a/b latest:3"), ["2.0.0+b", "2.0.0", "1.10.0"]);
    assert_eq!(chosen("a/b latest:1000").len(), 5);
    assert_eq!(chosen("a/b 2.0.0-rc.1"), ["2.0.0-rc.1"]);
    assert_eq!(chosen("a/b").len(), 7);
    assert_eq!(chosen("a/b > 9"), Vec::<String>::new());
}

#[test]
fn selections_are_read_and_displayed() {
    for (text, canonical) in [
        ("hashicorp/aws  ~>5.90", "hashicorp/aws ~> 5.90"),
        ("hashicorp/random latest:3", "hashicorp/random latest:3"),
        ("a/*", "a/*"),
    ] {
        assert_eq!(selection(text).to_string(), canonical);
        assert_eq!(selection(canonical), selection(text));
    }
    assert!(selection("a/b ~> 1").pattern().constraints().is_any());
    for bad in [
        "latest",
        "latest:",
        "latest:0",
        "latest:-1",
        "latest:+1",
        "latest:1001",
        "latest:99999999999",
        "latest:3, < 2",
        "latest 3",
    ] {
        let refused = format!("a/b {bad}").parse::<Selection>();
        assert_eq!(refused, Err(SelectionError::Latest(bad.to_owned())));
    }
    assert!(matches!(
        "a/b newest:3".parse::<Selection>(),
        Err(SelectionError::Pattern(_))
    ));
    assert!(matches!(
        "latest:3".parse::<Selection>(),
        Err(SelectionError::Pattern(_))
    ));
}

/// The plain definition of a wildcard, to check the fast one against.
fn naive_glob(glob: &[u8], text: &[u8]) -> bool {
    match (glob.split_first(), text.split_first()) {
        (None, None) => true,
        (Some((b'*', rest)), None) => naive_glob(rest, text),
        (Some((b'*', rest)), Some((_, shorter))) => {
            naive_glob(rest, text) || naive_glob(glob, shorter)
        }
        (Some((a, glob)), Some((b, text))) => a == b && naive_glob(glob, text),
        (Some(_), None) | (None, Some(_)) => false,
    }
}

proptest! {
    #[test]
    fn wildcards_mean_what_they_mean(text in r"\*?([ab]{1,2}\*){0,4}[ab]{0,2}", segment in "[ab]{1,10}") {
        if let Ok(read) = text.parse::<Pattern>() {
            let expected = naive_glob(text.as_bytes(), segment.as_bytes());
            prop_assert_eq!(read.matches(&[&segment], None) == Match::Yes, expected);
        }
    }

    #[test]
    fn no_text_panics_and_what_is_read_is_written_back(text in ".{0,40}|[a-b*/]{1,8}( [<>=~]{1,2} ?[0-9.]{1,5}| latest:[0-9]{1,5})?") {
        if let Ok(read) = text.parse::<Pattern>() {
            prop_assert_eq!(pattern(&read.to_string()), read);
        }
        if let Ok(read) = text.parse::<Selection>() {
            prop_assert_eq!(selection(&read.to_string()), read);
        }
    }

    #[test]
    fn what_is_excluded_stays_excluded_whatever_is_allowed(
        major in 0_u8..5, bound in 0_u8..5, allow in "[*a]/[*b]( >= [0-5])?", pre in "(-rc)?",
    ) {
        let policy = Policy { allow: Some(list(&[&allow])), exclude: list(&[&format!("a/b < {bound}")]) };
        let at = version(&format!("{major}.0.0{pre}"));
        let excluded = major < bound || (major == bound && !pre.is_empty());
        let verdict = policy.permits(&["a", "b"], Some(&at));
        prop_assert_eq!(matches!(verdict, Verdict::Excluded(_)), excluded);
    }
}
