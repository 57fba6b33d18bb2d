use proptest::prelude::*;

use super::*;

fn version(text: &str) -> Version {
    text.parse().unwrap()
}

fn rule(text: &str) -> VersionRule {
    text.parse::<Version>().unwrap_err().rule()
}

#[test]
fn canonical_versions_display_as_written() {
    let longest = format!("1.2.3-{}", "a".repeat(VERSION_BYTES_MAX - 6));
    for text in [
        "0.0.0",
        "1.2.3",
        "10.20.30",
        "1.0.0-alpha",
        "1.0.0-alpha.1",
        "1.0.0-0.3.7",
        "1.0.0-x-y-z.--",
        "1.0.0+20130313144700",
        "1.0.0-beta+exp.sha.5114f85",
        "1.0.0+0.build.1-rc.10000aaa-kk-0.1",
        "1.0.0+001",
        "1.0.0--1",
        "20230101120000.0.0",
        "999999999999999999.0.0",
        longest.as_str(),
    ] {
        assert_eq!(version(text).to_string(), text);
    }
}

#[test]
fn everything_else_is_refused_with_the_broken_rule() {
    let too_long = format!("1.2.3-{}", "a".repeat(VERSION_BYTES_MAX - 5));
    for (text, expected) in [
        ("", VersionRule::Empty),
        (too_long.as_str(), VersionRule::TooLong),
        ("v1.2.3", VersionRule::LeadingV),
        ("V1.2.3", VersionRule::LeadingV),
        ("1", VersionRule::NumberCount),
        ("1.2", VersionRule::NumberCount),
        ("1.2-beta", VersionRule::NumberCount),
        ("1.2.3.4", VersionRule::NumberCount),
        ("1.2.3.x", VersionRule::NumberCount),
        ("1.2.", VersionRule::Number),
        (".1.2", VersionRule::Number),
        ("1..3", VersionRule::Number),
        ("-1.2.3", VersionRule::Number),
        ("01.2.3", VersionRule::Number),
        ("1.02.3", VersionRule::Number),
        ("1.2.03", VersionRule::Number),
        ("1.2.x", VersionRule::Number),
        ("1.2.3beta", VersionRule::Number),
        (" 1.2.3", VersionRule::Number),
        ("1.2.3 ", VersionRule::Number),
        ("1.2.3\n", VersionRule::Number),
        ("1.2.\u{0663}", VersionRule::Number),
        ("latest", VersionRule::Number),
        ("1.2.1000000000000000000", VersionRule::Number),
        ("1.2.18446744073709551616", VersionRule::Number),
        ("1.2.3-", VersionRule::Prerelease),
        ("1.2.3-a..b", VersionRule::Prerelease),
        ("1.2.3-01", VersionRule::Prerelease),
        ("1.2.3-a_b", VersionRule::Prerelease),
        ("1.2.3-é", VersionRule::Prerelease),
        ("1.2.3-+b", VersionRule::Prerelease),
        ("1.2.3+", VersionRule::Build),
        ("1.2.3+a+b", VersionRule::Build),
        ("1.2.3+a_b", VersionRule::Build),
        ("1.2.3+a/../b", VersionRule::Build),
        ("1.2.3-a+\0", VersionRule::Build),
    ] {
        assert_eq!(rule(text), expected, "{text:?}");
    }
}

#[test]
fn an_error_says_what_and_why_but_repeats_no_flood() {
    let message = "v1.2.3".parse::<Version>().unwrap_err().to_string();
    assert_eq!(
        message,
        "\"v1.2.3\" is not a version: it must not begin with `v`"
    );
    assert!(
        "9".repeat(1_000_000)
            .parse::<Version>()
            .unwrap_err()
            .to_string()
            .len()
            < 300
    );
}

#[test]
fn foreign_lists_are_read_leniently() {
    for (text, canonical) in [
        ("1.2.3", "1.2.3"),
        ("v1.2.3", "1.2.3"),
        ("1.2", "1.2.0"),
        ("1", "1.0.0"),
        ("v1", "1.0.0"),
        ("v0.1-rc.1+b", "0.1.0-rc.1+b"),
    ] {
        assert_eq!(Version::parse_lenient(text).unwrap().to_string(), canonical);
    }
    for bad in [
        "",
        "v",
        "vv1.2.3",
        "V1.2.3",
        "1.",
        "1.2.3.4",
        "release-1",
        " v1",
        "v 1",
        "01",
        "1.2.3_b",
    ] {
        assert!(Version::parse_lenient(bad).is_err(), "{bad:?}");
    }
    let fills_beyond_a_tag = format!("1-{}", "a".repeat(VERSION_BYTES_MAX - 2));
    assert_eq!(
        Version::parse_lenient(&fills_beyond_a_tag)
            .unwrap_err()
            .rule(),
        VersionRule::TooLong
    );
}

#[test]
fn the_order_is_precedence_and_then_the_text_of_the_build() {
    let ascending = [
        "1.0.0-alpha",
        "1.0.0-alpha.1",
        "1.0.0-alpha.beta",
        "1.0.0-beta",
        "1.0.0-beta.2",
        "1.0.0-beta.11",
        "1.0.0-rc.1",
        "1.0.0",
        "1.0.0+1",
        "1.0.0+10",
        "1.0.0+2",
        "1.0.1",
        "1.2.0",
        "1.10.0",
        "2.0.0",
    ];
    for pair in ascending.windows(2) {
        assert!(version(pair[0]) < version(pair[1]), "{pair:?}");
    }
    assert!(version("1.0.0+1").precedence_eq(&version("1.0.0+2")));
    assert!(!version("1.0.0-a").precedence_eq(&version("1.0.0-b")));
    assert_ne!(version("1.0.0+1"), version("1.0.0"));
}

#[test]
fn tags_write_a_plus_as_an_underscore() {
    let tag = version("1.0.0-rc.1+b1").to_tag();
    assert_eq!(tag.as_str(), "1.0.0-rc.1_b1");
    assert_eq!(Version::from_tag(&tag).unwrap(), version("1.0.0-rc.1+b1"));
    for other in [
        "latest",
        "v1.0.0",
        "1.0",
        "sha256-0000",
        "_1.0.0",
        "1.0.0_",
        "1.0.0_a_b",
        "1_0_0",
    ] {
        assert!(
            Version::from_tag(&other.parse().unwrap()).is_err(),
            "{other}"
        );
    }
}

#[test]
fn serde_goes_through_the_parser() {
    let read: Version = serde_json::from_str("\"1.2.3-a\"").unwrap();
    assert!(read.is_prerelease());
    assert_eq!(serde_json::to_string(&read).unwrap(), "\"1.2.3-a\"");
    assert!(serde_json::from_str::<Version>("\"v1.2.3\"").is_err());
    assert!(serde_json::from_str::<Version>("1").is_err());
}

proptest! {
    #[test]
    fn what_is_read_is_written_back(text in r"[0-9]{1,3}(\.[0-9]{1,3}){2}(-[0-9a-z.-]{0,8})?(\+[0-9a-z.-]{0,8})?") {
        if let Ok(version) = text.parse::<Version>() {
            prop_assert_eq!(version.to_string(), text.clone());
            prop_assert_eq!(Version::parse_lenient(&text).unwrap(), version.clone());
            prop_assert_eq!(Version::from_tag(&version.to_tag()).unwrap(), version);
        }
    }

    #[test]
    fn no_text_panics_and_what_is_accepted_semver_accepts_too(text in ".{0,40}|[v0-9.+-]{0,12}") {
        if let Ok(version) = text.parse::<Version>() {
            prop_assert_eq!(semver::Version::parse(&text).unwrap().to_string(), version.to_string());
        }
        if let Ok(version) = Version::parse_lenient(&text) {
            prop_assert_eq!(version.to_string().parse::<Version>().unwrap(), version);
        }
    }

    #[test]
    fn the_order_agrees_with_equality(a in "[01]\\.[01]\\.0(-[ab01])?(\\+[ab01])?", b in "[01]\\.[01]\\.0(-[ab01])?(\\+[ab01])?") {
        let (a, b) = (version(&a), version(&b));
        prop_assert_eq!(a.cmp(&b).is_eq(), a == b);
        prop_assert_eq!(a.cmp(&b), b.cmp(&a).reverse());
    }
}
