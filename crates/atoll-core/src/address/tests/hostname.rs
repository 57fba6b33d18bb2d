use proptest::prelude::*;

use crate::address::hostname::{is_plain, to_ascii};
use crate::address::{HOSTNAME_INPUT_BYTES_MAX, Hostname, HostnameRule};

fn hostname(text: &str) -> Hostname {
    text.parse().unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn hostnames_have_one_form() {
    for (text, canonical) in [
        ("registry.terraform.io", "registry.terraform.io"),
        ("Registry.Terraform.IO", "registry.terraform.io"),
        ("example.com:443", "example.com"),
        ("example.com:0443", "example.com"),
        ("example.com:081", "example.com:81"),
        ("example.com:8443", "example.com:8443"),
        ("localhost", "localhost"),
        ("localhost:1211", "localhost:1211"),
        ("1example.com", "1example.com"),
        ("a.1b", "a.1b"),
        ("r3---sn.example.com", "r3---sn.example.com"),
        ("Испытание.com", "xn--80akhbyknj4f.com"),
        ("münchen.de", "xn--mnchen-3ya.de"),
        ("mu\u{308}nchen.de:8443", "xn--mnchen-3ya.de:8443"),
        ("XN--MNCHEN-3YA.de", "xn--mnchen-3ya.de"),
        ("example。com", "example.com"),
        ("10.1.2.3:8443", "10.1.2.3:8443"),
        ("127.0.0.1", "127.0.0.1"),
        ("[::1]", "[::1]"),
        ("[0:0::1]:8443", "[::1]:8443"),
        ("[FE80::A]:443", "[fe80::a]"),
        ("self", "self"),
        ("https:80", "https:80"),
    ] {
        assert_eq!(hostname(text).as_str(), canonical);
        assert_eq!(hostname(canonical), hostname(text));
    }
}

#[test]
fn most_names_are_plain() {
    for name in [
        "registry.terraform.io",
        "localhost",
        "10.1.2.3",
        "r3---sn.a",
    ] {
        assert!(is_plain(name), "{name}");
    }
    for name in ["", "A.b", "a..b", "a.", "-a", "a-", "xn--a", "a_b", "é.de"] {
        assert!(!is_plain(name), "{name}");
    }
}

#[test]
fn hosts_and_ports_are_told_apart() {
    let host = hostname("[::1]:8443");
    assert_eq!((host.host(), host.port()), ("[::1]", Some(8443)));
    let host = hostname("[::1]:443");
    assert_eq!((host.host(), host.port()), ("[::1]", None));
    let host = hostname("example.com:8443");
    assert_eq!((host.host(), host.port()), ("example.com", Some(8443)));
}

#[test]
fn self_is_a_host_with_an_alias() {
    assert_eq!(hostname("SELF"), Hostname::self_());
    assert!(hostname("self:443").is_self());
    assert!(!hostname("self:8443").is_self());
    for alias in ["self", "self:8443", "atoll.internal", "atoll.internal:8443"] {
        assert!(hostname(alias).always_means_self(), "{alias}");
    }
    for other in [
        "myself",
        "self.example.com",
        "atoll.internal.example.com",
        "xatoll.internal",
        "registry.terraform.io",
    ] {
        assert!(!hostname(other).always_means_self(), "{other}");
    }
}

#[test]
fn what_is_no_host_is_refused_with_the_broken_rule() {
    let too_long = "a.".repeat(HOSTNAME_INPUT_BYTES_MAX);
    let long_name = format!("{}a", "a.".repeat(127));
    let long_label = format!("{}.com", "a".repeat(64));
    for (text, rule) in [
        ("", HostnameRule::Empty),
        (":8443", HostnameRule::Empty),
        (too_long.as_str(), HostnameRule::TooLong),
        ("https://example.com", HostnameRule::Url),
        ("example.com/path", HostnameRule::Url),
        ("user@example.com", HostnameRule::Url),
        ("example.com\\path", HostnameRule::Url),
        ("example.com?x", HostnameRule::Url),
        ("example.com:", HostnameRule::Port),
        ("example.com:0", HostnameRule::Port),
        ("example.com:65536", HostnameRule::Port),
        ("example.com:+80", HostnameRule::Port),
        ("example.com:80:90", HostnameRule::Port),
        ("example.com:http", HostnameRule::Port),
        ("example.com: 80", HostnameRule::Port),
        ("example.com:٨٠", HostnameRule::Port),
        ("[::1]8443", HostnameRule::Port),
        ("[::1", HostnameRule::Address),
        ("[::g]", HostnameRule::Address),
        ("[fe80::1%eth0]", HostnameRule::Address),
        ("[127.0.0.1]", HostnameRule::Address),
        ("::1", HostnameRule::Empty),
        ("127.1", HostnameRule::Address),
        ("0x7f.1", HostnameRule::Address),
        ("0x7f000001", HostnameRule::Address),
        ("2130706433", HostnameRule::Address),
        ("256.0.0.1", HostnameRule::Address),
        ("010.0.0.1", HostnameRule::Address),
        ("1.2.3.4.5", HostnameRule::Address),
        ("example.0x", HostnameRule::Address),
        ("a..b", HostnameRule::Name),
        (".a", HostnameRule::Name),
        ("example.com.", HostnameRule::Name),
        (".", HostnameRule::Name),
        ("-a.com", HostnameRule::Name),
        ("a-.com", HostnameRule::Name),
        ("a_b.com", HostnameRule::Name),
        ("*.example.com", HostnameRule::Name),
        ("exa mple.com", HostnameRule::Name),
        ("example.com\n", HostnameRule::Name),
        ("exam\0ple.com", HostnameRule::Name),
        ("a%2fb.com", HostnameRule::Name),
        ("example．com／path", HostnameRule::Name),
        ("xn--a.com", HostnameRule::Name),
        ("xn--.com", HostnameRule::Name),
        ("xn--example-.com", HostnameRule::Name),
        ("\u{ad}.com", HostnameRule::Name),
        (long_name.as_str(), HostnameRule::Name),
        (long_label.as_str(), HostnameRule::Name),
    ] {
        assert_eq!(
            text.parse::<Hostname>().map_err(|error| error.rule()),
            Err(rule),
            "{text:?}"
        );
    }
}

proptest! {
    #[test]
    fn hostnames_read_back(text in ".{0,30}|[a-z0-9x.-]{1,12}(:[0-9]{0,6})?|\\[[0-9a-f:.]{0,12}\\](:[0-9]{1,5})?|[a-zäßи。]{1,8}\\.[a-z]{2}") {
        if let Ok(read) = text.parse::<Hostname>() {
            prop_assert_eq!(&hostname(read.as_str()), &read);
            prop_assert_eq!(Hostname::from_part(&read.to_part()), Some(read.clone()));
            prop_assert!(read.as_str().is_ascii() && !read.as_str().contains("__"));
        }
    }

    #[test]
    fn plain_names_are_what_unicode_makes_of_them(name in "[a-z0-9x.-]{1,12}|([a-z0-9-]{60,66}\\.){1,4}[a-z]{1,3}|.{1,12}") {
        if is_plain(&name) {
            prop_assert_eq!(to_ascii(&name), Ok(name.as_str().into()));
        }
    }
}
