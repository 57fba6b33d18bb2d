use proptest::prelude::*;

use super::scope::matches;
use super::*;
use crate::repository::RepositoryName;

fn name(text: &str) -> RepositoryName {
    text.parse().unwrap()
}

fn scope(text: &str) -> Scope {
    text.parse().unwrap()
}

#[test]
fn scopes_read_as_they_are_written() {
    for text in [
        "admin",
        "pull:*",
        "push:acme/*",
        "delete:a/b-c_d.e",
        "pull:*/tools/*",
        "pull:a*",
    ] {
        assert_eq!(scope(text).to_string(), text);
    }
    let several: Scopes = "pull:a\n push:b/*\tadmin".parse().unwrap();
    assert_eq!(several.to_string(), "pull:a push:b/* admin");
    assert_eq!(several.to_string().parse(), Ok(several));
    assert!("".parse::<Scopes>().unwrap().is_empty());
}

#[test]
fn every_right_holds_the_right_to_read() {
    for (text, pull) in [
        ("admin", "pull:*"),
        ("push:acme/*", "pull:acme/*"),
        ("delete:a", "pull:a"),
        ("pull:a", "pull:a"),
    ] {
        assert_eq!(scope(text).to_pull(), scope(pull));
    }
}

#[test]
fn what_is_no_scope_is_refused_with_an_example() {
    for text in [
        "", "pull", "push", "Admin", "admin:*", "admin:", "write:a", ":a", "PULL:a", " pull:a",
        "*", "*:*",
    ] {
        let error = text.parse::<Scope>().unwrap_err();
        assert_eq!(error, ScopeError::Grammar(text.into()));
        assert!(error.to_string().contains("push:acme/*"));
    }
    for pattern in [
        "",
        "Acme/*",
        "a b",
        "a:b",
        "a,push",
        "a?",
        "[a]",
        "a**",
        "**",
        "/a",
        "a/",
        "*/",
        "/*",
        "a//b",
        "a\n",
        "é",
        &"a".repeat(256),
    ] {
        let error = format!("pull:{pattern}").parse::<Scope>().unwrap_err();
        assert!(
            matches!(error, ScopeError::Pattern { .. }),
            "{pattern}: {error}"
        );
        assert!(error.to_string().contains("pull:providers/*"));
    }
    assert!("pull:a nonsense".parse::<Scopes>().is_err());
    let long = format!("pull:{}", "A".repeat(1 << 20));
    assert!(long.parse::<Scope>().unwrap_err().to_string().len() < 1000);
}

#[test]
fn a_star_stands_for_any_run() {
    for (pattern, matching, other) in [
        ("*", "a/b/c", None),
        ("acme/*", "acme/app", Some("acme")),
        ("acme/*", "acme/a/b", Some("acmex/a")),
        ("acme*", "acme", Some("xacme")),
        ("*/app", "a/b/app", Some("a/b/app2")),
        ("a*b", "ab", Some("aba")),
        ("a/*/z", "a/b/z", Some("a/z")),
        ("*a*a", "aa", Some("a")),
        ("a*a", "aba", Some("a")),
        ("*ab*ab*", "xababx", Some("xabx")),
        ("a", "a", Some("a/b")),
    ] {
        let scope = scope(&format!("pull:{pattern}"));
        assert!(
            scope.grants(Action::Pull, &name(matching)),
            "{pattern} {matching}"
        );
        if let Some(other) = other {
            assert!(
                !scope.grants(Action::Pull, &name(other)),
                "{pattern} {other}"
            );
        }
    }
}

#[test]
fn rights_imply_reading_and_nothing_else() {
    let granted = |text: &str| {
        Action::ALL
            .into_iter()
            .filter(|action| scope(text).grants(*action, &name("a")))
            .collect::<Vec<_>>()
    };
    assert_eq!(granted("pull:a"), [Action::Pull]);
    assert_eq!(granted("push:a"), [Action::Pull, Action::Push]);
    assert_eq!(granted("delete:a"), [Action::Pull, Action::Delete]);
    assert_eq!(granted("admin"), Action::ALL);
}

#[test]
fn an_intersection_is_never_more_than_either_side() {
    let scopes: Scopes = "pull:* push:acme/*".parse().unwrap();
    let all = [
        Action::Admin,
        Action::Delete,
        Action::Push,
        Action::Pull,
        Action::Pull,
    ];
    assert_eq!(
        scopes.intersect_repository(&name("acme/a"), &all),
        [Action::Pull, Action::Push]
    );
    assert_eq!(
        scopes.intersect_repository(&name("b"), &all),
        [Action::Pull]
    );
    assert_eq!(
        scopes.intersect_repository(&name("acme/a"), &[Action::Push]),
        [Action::Push]
    );
    assert_eq!(scopes.intersect_repository(&name("acme/a"), &[]), []);
    let admin: Scopes = "admin".parse().unwrap();
    assert_eq!(
        admin.intersect_repository(&name("a"), &[Action::Admin, Action::Delete]),
        [Action::Delete]
    );
    assert_eq!(Scope::on_repository(Action::Admin, &name("a")), None);
}

#[test]
fn json_goes_through_the_parser() {
    let scopes: Scopes = serde_json::from_str(r#"["pull:a","admin"]"#).unwrap();
    assert_eq!(
        serde_json::to_string(&scopes).unwrap(),
        r#"["pull:a","admin"]"#
    );
    assert!(serde_json::from_str::<Scopes>(r#"["pull"]"#).is_err());
    assert!(serde_json::from_str::<Scopes>(r#""admin""#).is_err());
}

/// The obvious way, which is exponential.
fn matches_slowly(pattern: &[u8], name: &[u8]) -> bool {
    match (pattern.split_first(), name.split_first()) {
        (None, None) => true,
        (Some((b'*', rest)), None) => matches_slowly(rest, name),
        (Some((b'*', rest)), Some((_, left))) => {
            matches_slowly(rest, name) || matches_slowly(pattern, left)
        }
        (Some((one, rest)), Some((other, left))) => one == other && matches_slowly(rest, left),
        _ => false,
    }
}

proptest! {
    #[test]
    fn matching_is_what_it_should_be(pattern in "[ab*/]{0,8}", name in "[ab/]{0,10}") {
        prop_assert_eq!(matches(&pattern, &name), matches_slowly(pattern.as_bytes(), name.as_bytes()));
    }

    #[test]
    fn a_scope_on_a_repository_is_on_no_other(one in "[ab](/[ab]){0,2}", other in "[ab](/[ab]){0,2}") {
        let scope = Scope::on_repository(Action::Pull, &name(&one)).unwrap();
        prop_assert_eq!(scope.to_string().parse(), Ok(scope.clone()));
        prop_assert_eq!(scope.grants(Action::Pull, &name(&other)), one == other);
    }

    #[test]
    fn what_parses_is_canonical(text in "((pull|push|delete|admin):?)?[a-z*/:A-Z ]{0,10}") {
        if let Ok(scope) = text.parse::<Scope>() {
            prop_assert_eq!(scope.to_string(), text);
        }
    }

    #[test]
    fn parsing_never_panics(text in "\\PC{0,40}") {
        let _ = text.parse::<Scopes>();
    }
}
